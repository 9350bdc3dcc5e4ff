"""Lesson: what a map hides."""

from typing import Any

from dashboard.lessons.lesson import Card, Lesson, Numbers, Question, nearest
from dashboard.lessons.recorded import Recorded
from mlcl_core.demo_runs.make import DRAWN_TWICE

COMPARED = ("pca", "umap")
GUESSES = (0.2, 0.4, 0.6, 0.8, 1.0)


def scores(recorded: Recorded) -> Numbers:
    """How far each map of the last frame can be trusted."""
    found: dict[str, Any] = {"width": recorded.frame(recorded.step("last")).z.shape[1]}
    for name in COMPARED:
        of = recorded.scores(name)
        found |= {f"{name}_trust": of["trustworthiness"], f"{name}_recall": of["knn_recall"]}
    return found


def moved(recorded: Recorded) -> Numbers:
    """How far the points went between two maps of one frame."""
    first, second = (recorded.scores(name) for name in DRAWN_TWICE)
    return {
        "moved": second["map_moved"],
        "first_trust": first["trustworthiness"],
        "second_trust": second["trustworthiness"],
    }


WHAT_MAPS_HIDE = Lesson(
    name="what_maps_hide",
    title="What the map hides",
    idea="The space has many dimensions, the screen has two: what may you believe?",
    cards=(
        Card(
            "The same frame twice. **PCA** turns the {width} dimensions and looks at them from the side where they "
            "are widest: straight lines stay straight, but what lies behind each other falls together. **UMAP** tries "
            "to keep neighbours together; distances between groups and their sizes can't be read off.\n\n"
            "*Trustworthiness*: each false neighbour costs by how far down the space ranks it; perfect is one, chance "
            "about a half. PCA {pca_trust:.2f}, UMAP {umap_trust:.2f}.",
            "maps",
            scores,
        ),
        Card(
            "Take the nearest neighbours of an icon in the space, where the loss acts. Look for them on the map.",
            "maps with recall",
            scores,
            question=Question(
                "On average, which share of them is near it on the UMAP map too?",
                tuple(f"{guess:.0%}" for guess in GUESSES),
                lambda numbers: nearest(GUESSES, numbers["umap_recall"]),
                "**{umap_recall:.0%}**, and {pca_recall:.0%} on the PCA map. Before you believe a neighbourhood, open "
                "the Anchor page: its numbers are of the space itself.",
                veiled=True,
            ),
        ),
        Card(
            "UMAP begins somewhere and walks at random. Here is **one frame drawn twice**, from two seeds: the model "
            "stood still, and yet the points moved by {moved:.2f} of the map's spread. Their trustworthiness: "
            "{first_trust:.2f} and {second_trust:.2f}.\n\nDrawn afresh each time, such jumps would look like "
            "learning. So the Lab starts each map where the last one ended, turns it onto it, and says when only the "
            "**map** moved.",
            "maps again",
            moved,
        ),
    ),
    take_home="A map is a shadow: read its neighbourhoods with the score beside it, its distances with care, and a "
    "jump after asking whether the model moved.",
)
