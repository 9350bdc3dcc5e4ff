"""Lesson 8: what it says of probe sets, of the last frame's maps, and of one frame drawn twice."""

import numpy as np
import pytest

from dashboard.figures.space import space_payload
from dashboard.lessons import Recorded
from dashboard.lessons import what_maps_hide as hide
from mlcl_core.demo_runs.make import DRAWN_TWICE
from mlcl_core.demo_runs.probe_sets import PROBE_SETS, drawn
from mlcl_core.maps import knn_recall, map_moved, trustworthiness

PROVES = {
    "test_noise_looks_grouped": (
        "Here it drew {items} points with the {near} nearest of each.",
        "Yet it scores {trust:.2f}.",
    ),
    "test_distances_between_groups": (
        "Three groups, A, B and C, of {each} points each, made at known distances.",
        "On their UMAP map C is {map_ratio:.1f} times as far from B as A is.",
        "**{ratio:.1f} times** as far: {far:.1f} from B to C, {near:.1f} from A to B.",
        "On the map these are {map_far:.1f} and {map_near:.1f}.",
        "UMAP keeps neighbours together, and here the neighbours of a point are nearly all of its own group: how far "
        "apart groups lie is left to chance.",
    ),
    "test_sizes_of_groups": (
        "Left the data, to turn: C is {ratio:.0f} times as wide as A.",
        "On the map it is {map_ratio:.1f} times as wide.",
        "So a dense group and a sparse one, {each} points each, look alike.",
    ),
    "test_rings_on_maps": (
        "**PCA** is the flat shadow on the two directions in which the points vary most.",
        "It lets the rings cross and scores {pca_trust:.2f}.",
        "UMAP pulls them apart and scores {umap_trust:.2f}.",
    ),
    "test_map_scores_are_the_maps_own": (
        "Now a trained space: {width} dimensions of the recorded run at step {step:,}.",
        "Trustworthiness: PCA {pca_trust:.2f}, UMAP {umap_trust:.2f}.",
        "**{umap_recall:.0%}**, and {pca_recall:.0%} on the PCA map (its *kNN recall*).",
        "The model did not change, and yet the points moved by {moved:.2f} of the map's spread.",
        "Trustworthiness: {first_trust:.2f} and {second_trust:.2f}.",
    ),
    "test_payload_of_a_space": ("{title} map of the same {…} points.",),
}


def of(name: str, neighbours: int | None = None) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray, np.ndarray]:
    """The groups' points in the space and on a map, all points and the whole map."""
    found = drawn(name, PROBE_SETS[name].neighbours[0] if neighbours is None else neighbours)
    points, xy, groups = found.truth.points.astype(float), found.xy.astype(float), found.truth.groups
    split = [[all_of[groups == group] for group in np.unique(groups)] for all_of in (points, xy)]
    return split[0], split[1], points, xy


def test_noise_looks_grouped(recorded: Recorded) -> None:
    """Random points of one cube; most neighbours on their map are true ones, and yet gaps divide it."""
    found, (_, _, points, xy) = hide.noise(recorded), of("noise")
    assert (found["items"], found["near"], found["groups"]) == (300, 5, 0)
    assert found["trust"] == pytest.approx(trustworthiness(points, xy))
    assert found["trust"] > 0.95
    assert found["recall"] == pytest.approx(knn_recall(points, xy))
    assert found["recall"] > 0.5
    # joined where they are nearer than a twentieth of the width: many islands on the map, and none in the data
    assert islands(xy) > 5
    assert islands(points, share=0.2) < 5


def islands(points: np.ndarray, *, share: float = 0.05) -> int:
    """Sets of three points or more that remain where pairs nearer than a share of the width are joined."""
    far = np.linalg.norm(points[:, None] - points, axis=2)
    joined = far < share * np.ptp(points, axis=0).max()
    reached = joined
    for _ in range(9):  # paths of up to 2^9 steps
        reached = reached.astype(float) @ reached > 0
    _, sizes = np.unique(reached, axis=0, return_counts=True)
    return int((sizes >= 3).sum())


def test_distances_between_groups(recorded: Recorded) -> None:
    """Middles of A, B and C by numpy; a point's fifteen neighbours are of its own group, but for one in a hundred."""
    found, (space, shown, points, _) = hide.distances(recorded), of("distances")
    for prefix, groups in (("", space), ("map_", shown)):
        a, b, c = (group.mean(0) for group in groups)
        assert found[f"{prefix}near"] == pytest.approx(np.linalg.norm(a - b), rel=1e-5)
        assert found[f"{prefix}far"] == pytest.approx(np.linalg.norm(b - c), rel=1e-5)
        assert found[f"{prefix}ratio"] == pytest.approx(found[f"{prefix}far"] / found[f"{prefix}near"])
    assert [len(group) for group in space] == [found["each"]] * 3
    assert (round(found["ratio"]), round(found["map_ratio"])) == (5, 1)
    group = np.repeat(np.arange(3), found["each"])
    near = np.argsort(np.linalg.norm(points[:, None] - points, axis=2), axis=1)[:, 1:16]
    assert (group[near] == group[:, None]).mean() > 0.99


def test_sizes_of_groups(recorded: Recorded) -> None:
    """Root mean square distances from the middle: widely different in the space, alike on the map."""
    found, (space, shown, _, _) = hide.sizes(recorded), of("sizes")
    for prefix, groups in (("", space), ("map_", shown)):
        narrow, _, wide = (np.square(group - group.mean(0)).sum(1).mean() ** 0.5 for group in groups)
        assert found[f"{prefix}ratio"] == pytest.approx(wide / narrow, rel=1e-5)
    assert [len(group) for group in space] == [found["each"]] * 3
    assert found["ratio"] > 10
    assert 0.8 < found["map_ratio"] < 1.25


def test_rings_on_maps(recorded: Recorded) -> None:
    """On the PCA map the rings cross, on the UMAP map a line parts them; the scores are the maps' own."""
    found = hide.rings(recorded)
    for name, near in (("pca", None), ("umap", 15)):
        shown = drawn("rings", near)
        assert found[f"{name}_trust"] == pytest.approx(trustworthiness(shown.truth.points, shown.xy))
        one, other = (shown.xy[shown.truth.groups == group].astype(float) for group in (0, 1))
        towards = other.mean(0) - one.mean(0)
        parted = bool((one @ towards).max() < (other @ towards).min())
        assert parted == (name == "umap")
    assert found["umap_trust"] > found["pca_trust"]


def test_map_scores_are_the_maps_own(recorded: Recorded) -> None:
    """As they stand in the files of the last frame, one frame for all four maps; how far the second draw moved."""
    run = recorded.runs["similarity_dissimilarity"]
    found, last = hide.scores(recorded), run.frame_steps()[-1]
    for name in ("pca", "umap"):
        assert run.map_steps(name)[-1] == last == found["step"]
        own = run.map(name, last).scores
        assert (found[f"{name}_trust"], found[f"{name}_recall"]) == (own["trustworthiness"], own["knn_recall"])
    assert found["width"] == run.config().model.projection_dim == run.frame(last).z.shape[1]
    moved = hide.moved(recorded)
    first, second = (run.map(name, run.map_steps(name)[-1]) for name in DRAWN_TWICE)
    assert {run.map_steps(name)[-1] for name in DRAWN_TWICE} == {last}
    assert len(set(DRAWN_TWICE.values())) == 2
    assert moved["first_trust"] == first.scores["trustworthiness"]
    assert moved["second_trust"] == second.scores["trustworthiness"]
    assert moved["moved"] == pytest.approx(map_moved(first.xy, second.xy), rel=1e-3)


def test_payload_of_a_space() -> None:
    """Coordinates, groups and one colour and shape for each name; an arrow for each point where there are targets."""
    points = np.array([[0.12345, 1.0], [2.0, 3.0]])
    flat = space_payload("mine", points, np.array([1, 0]), ("A", "B"), alt="two", to=points + 1)
    assert flat["points"].tolist() == [[0.1234, 1.0], [2.0, 3.0]]
    assert flat["arrows"].tolist() == [[1.1234, 2.0], [3.0, 4.0]]
    assert [mark["name"] for mark in flat["marks"]] == ["A", "B"]
    assert len({(mark["colour"], mark["shape"]) for mark in flat["marks"]}) == 2
    assert space_payload("one", points, alt="one")["groups"].tolist() == [0, 0]
