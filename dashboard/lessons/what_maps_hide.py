"""Lesson: what a map hides."""

from typing import Any

import numpy as np

from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question, nearest
from dashboard.lessons.recorded import Recorded
from mlcl_core.demo_runs.make import DRAWN_TWICE
from mlcl_core.demo_runs.probe_sets import PROBE_SETS, drawn, group_distances, group_sizes

COMPARED = ("pca", "umap")
GUESSES = (0.2, 0.4, 0.6, 0.8, 1.0)
GROUPS = (0, 5, 10, 20)  # options: how many groups
FAR = (1, 2, 5)  # options: how many times as far
A, B, C = 0, 1, 2


def noise(_: Recorded) -> Numbers:
    """How many groups the random points have, and how well their map scores."""
    near = PROBE_SETS["noise"].neighbours[0]
    found = drawn("noise", near)
    groups = len(np.unique(found.truth.groups))
    return {
        "items": len(found.xy),
        "near": near,
        "groups": groups if groups > 1 else 0,
        "trust": found.scores["trustworthiness"],
        "recall": found.scores["knn_recall"],
    }


def distances(_: Recorded) -> Numbers:
    """Distances between three groups in the data and on their map."""
    found = drawn("distances", PROBE_SETS["distances"].neighbours[0])
    groups, numbers = found.truth.groups, {"each": int((found.truth.groups == A).sum())}
    for prefix, points in (("", found.truth.points), ("map_", found.xy)):
        far = group_distances(points, groups)
        numbers |= {f"{prefix}near": far[A, B], f"{prefix}far": far[B, C], f"{prefix}ratio": far[B, C] / far[A, B]}
    return numbers


def sizes(_: Recorded) -> Numbers:
    """Sizes of the narrowest and the widest of three groups in the data and on their map."""
    found = drawn("sizes", PROBE_SETS["sizes"].neighbours[0])
    numbers: dict[str, Any] = {"each": int((found.truth.groups == A).sum())}
    for prefix, points in (("", found.truth.points), ("map_", found.xy)):
        size = group_sizes(points, found.truth.groups)
        numbers |= {f"{prefix}small": size[A], f"{prefix}large": size[C], f"{prefix}ratio": size[C] / size[A]}
    return numbers


def rings(_: Recorded) -> Numbers:
    """Scores of both maps of the linked rings."""
    return {
        f"{name}_trust": drawn("rings", near).scores["trustworthiness"]
        for name, near in (("pca", None), ("umap", PROBE_SETS["rings"].neighbours[0]))
    }


def scores(recorded: Recorded) -> Numbers:
    """How far each map of the last frame can be trusted."""
    last = recorded.step("last")
    found: dict[str, Any] = {"width": recorded.frame(last).z.shape[1], "step": last}
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
            "A **map** lays points that have many dimensions on a flat screen. **UMAP** is the best known one: it "
            "tries to keep each point beside its nearest neighbours. Here it drew {items} points with the {near} "
            "nearest of each.",
            Picture("map of a probe set"),
            noise,
            question=Question(
                "Judge for yourself: how many groups do the data have?",
                ("None", "About five", "About ten", "About twenty"),
                lambda numbers: nearest(GROUPS, numbers["groups"]),
                "**None**: each point is a random place in a cube. Turn it and look for a gap; UMAP made those on the "
                "map. Yet it scores {trust:.2f}. This *trustworthiness* (perfect is one) asks whether points that lie "
                "together on the map are near in the data, and they are. It does not see an invented gap.",
                after=Picture("map and truth of a probe set"),
                usually="They count the islands of the map. Ask what an island should have around it in the data, turn "
                "the cube together, and look for that gap.",
            ),
        ),
        Card(
            "Three groups, A, B and C, of {each} points each, made at known distances. On their UMAP map C is "
            "{map_ratio:.1f} times as far from B as A is.",
            Picture("distances on a map"),
            distances,
            question=Question(
                "And in the data: how far is C from B, compared with A?",
                ("About as far", "About twice as far", "About five times as far"),
                lambda numbers: nearest(FAR, numbers["ratio"]),
                "**{ratio:.1f} times** as far: {far:.1f} from B to C, {near:.1f} from A to B. On the map these are "
                "{map_far:.1f} and {map_near:.1f}. UMAP keeps neighbours together, and here the neighbours of a point "
                "are nearly all of its own group: how far apart groups lie is left to chance.",
                after=Picture("distances on a map and in the data"),
                usually="They read the distance off the map: about as far. Ask which distances UMAP tries to keep: "
                "those to the nearest neighbours, which lie inside the groups.",
            ),
        ),
        Card(
            "Sizes deceive as well. Left the data, to turn: C is {ratio:.0f} times as wide as A. On the map it is "
            "{map_ratio:.1f} times as wide.\n\nUMAP measures the surroundings of each point by the distance to its "
            "own neighbours. So a dense group and a sparse one, {each} points each, look alike.",
            Picture("sizes on a map and in the data"),
            sizes,
        ),
        Card(
            "Shapes, too. These two rings are linked, like those of a chain: turn them.\n\n**PCA** is the flat shadow "
            "on the two directions in which the points vary most. It lets the rings cross and scores {pca_trust:.2f}. "
            "UMAP pulls them apart and scores {umap_trust:.2f}. A link needs three dimensions; the better score does "
            "not bring it back.",
            Picture("rings on maps and in the data"),
            rings,
        ),
        Card(
            "Now a trained space: {width} dimensions of the recorded run at step {step:,}. Trustworthiness: PCA "
            "{pca_trust:.2f}, UMAP {umap_trust:.2f}.\n\nTake the nearest neighbours of an icon in the space, where the "
            "loss acts. Look for them on the map.",
            Picture("maps"),
            scores,
            question=Question(
                "On average, what share of them is among the nearest on the UMAP map too?",
                tuple(f"{guess:.0%}" for guess in GUESSES),
                lambda numbers: nearest(GUESSES, numbers["umap_recall"]),
                "**{umap_recall:.0%}**, and {pca_recall:.0%} on the PCA map (its *kNN recall*). Before trusting a "
                "neighbourhood, open the Anchor page: its numbers come from the space itself.",
                after=Picture("maps with recall"),
                usually="They take the trustworthiness for the answer. It is kind to near misses: a false neighbour "
                "costs little where it is next in line. The recall counts the right ones.",
            ),
        ),
        Card(
            "UMAP takes random steps. Here is **one frame drawn twice**, from two seeds: each arrow leads from a "
            "point's first place to its second. The model did not change, and yet the points moved by {moved:.2f} of "
            "the map's spread. Trustworthiness: {first_trust:.2f} and {second_trust:.2f}.\n\nSuch jumps would look "
            "like learning. So the Lab starts each map from the last one, aligns the two, and says when only the "
            "**map** moved.",
            Picture("maps again"),
            moved,
        ),
    ),
    take_home="A map is a shadow: read its neighbourhoods with the score beside it, check a jump against the model, "
    "and do not read gaps, sizes and distances between groups off it.",
    aim="Tell what a map shows from what it invents, and say what its score does and does not check.",
    minutes=9,
)
