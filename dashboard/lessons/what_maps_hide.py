"""Lesson: what a map hides."""

from typing import Any

from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question, nearest
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
    """How far the points moved between two maps of one frame."""
    first, second = (recorded.scores(name) for name in DRAWN_TWICE)
    return {
        "moved": second["map_moved"],
        "first_trust": first["trustworthiness"],
        "second_trust": second["trustworthiness"],
    }


WHAT_MAPS_HIDE = Lesson(
    name="what_maps_hide",
    title="What the map hides",
    idea="The space has many dimensions, the screen has two: what can be trusted?",
    cards=(
        Card(
            "The same frame twice. **PCA** rotates the {width} dimensions and shows the two in which points vary "
            "most: straight lines stay straight, but points far apart in the other dimensions may coincide. **UMAP** "
            "tries to keep neighbours together; sizes of groups and distances between them cannot be read off.\n\n"
            "*Trustworthiness*: each false neighbour costs by how far down the space ranks it; perfect is one, chance "
            "about a half. PCA {pca_trust:.2f}, UMAP {umap_trust:.2f}.",
            Picture("maps"),
            scores,
        ),
        Card(
            "Take the nearest neighbours of an icon in the space, where the loss acts. Look for them on the map.",
            None,
            scores,
            question=Question(
                "On average, what share of them is near it on the UMAP map too?",
                tuple(f"{guess:.0%}" for guess in GUESSES),
                lambda numbers: nearest(GUESSES, numbers["umap_recall"]),
                "**{umap_recall:.0%}**, and {pca_recall:.0%} on the PCA map. Before trusting a neighbourhood, open "
                "the Anchor page: its numbers come from the space itself.",
                after=Picture("maps with recall"),
            ),
        ),
        Card(
            "UMAP optimises its layout with random steps. Here is **one frame drawn twice**, from two seeds: the model "
            "did not change, and yet the points moved by {moved:.2f} of the map's spread. Their trustworthiness: "
            "{first_trust:.2f} and {second_trust:.2f}.\n\nIf each map were drawn afresh, such jumps would look like "
            "learning. So the Lab starts each map from the last one, aligns the two, and says when only the **map** "
            "moved.",
            Picture("maps again"),
            moved,
        ),
    ),
    take_home="A map is a shadow: read its neighbourhoods with the score beside it, its distances with care, and a "
    "jump after checking whether the model moved.",
    aim="Read a map of a space with the score beside it.",
    minutes=5,
)
