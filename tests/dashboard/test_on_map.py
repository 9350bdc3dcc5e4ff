"""What a map shows besides its points: neighbours of the anchor, names of labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from dashboard.figures.anchor_neighbours import MAX_LINES, anchor_neighbours
from dashboard.figures.cloud import CloudFrame
from dashboard.figures.colourings.cardinality import by_label_count
from dashboard.figures.label_places import FEWEST, label_places
from dashboard.figures.on_map import OnMap
from dashboard.figures.wire import unpack

PROVES = {
    "test_ties_and_items_without_direction": (
        "no neighbours: the anchor has no direction",
        "no lines: {most:,} items {where} are equally near to the anchor",
    ),
    "test_neighbours_are_those_of_sorting": (
        "Lines from the anchor to its 15 nearest items in the embedding, before the head: solid where they are among "
        "the 15 nearest on the map too, dashed where they are not.",
        "Dashed circles: near on the map alone.",
    ),
    "test_twice_as_frequent_is_the_limit": (
        "A label's name stands where its items lie densest, if it is at least twice as frequent there as among all "
        "items, or if nine in ten carry it there.",
    ),
}
RANDOM = np.random.default_rng(0)


def nearest(distance: np.ndarray, row: int, k: int) -> set[int]:
    """The k nearest of a row by sorting, without ties."""
    return set(
        np.argsort(np.where(np.arange(len(distance)) == row, np.inf, distance))[: min(k, len(distance) - 1)].tolist()
    )


@settings(max_examples=30, deadline=None)
@given(some.integers(2, 60), some.integers(0, 10**6))
def test_neighbours_are_those_of_sorting(n: int, seed: int) -> None:
    """By cosine in the embedding, by distance on the map; the flags say which are on both sides."""
    random = np.random.default_rng(seed)
    h, xy, row = random.normal(size=(n, 6)), random.normal(size=(n, 2)), int(random.integers(n))
    unit = h / np.linalg.norm(h, axis=1, keepdims=True)
    real, shown = nearest(-unit @ unit[row], row, 15), nearest(((xy - xy[row]) ** 2).sum(1), row, 15)
    found = anchor_neighbours(h, xy, row)
    arrays = found.message()
    assert set(found.real.tolist()) == real
    assert set(arrays["near"][arrays["near_shown"] == 1].tolist()) == real & shown
    assert set(arrays["near_false"].tolist()) == shown - real
    both = f"{len(real & shown)} of its {len(real)} neighbours in the embedding"
    assert found.words == f"{both} are among its {len(shown)} nearest on the map"


def test_nearest_come_first() -> None:
    """The order is that of the cosine."""
    h = np.array([[1.0, 0], [0, 1], [1, 0.1], [1, -0.5], [-1, 0]])
    assert anchor_neighbours(h, RANDOM.normal(size=(5, 2)), 0).real.tolist() == [2, 3, 1, 4]


def test_ties_and_items_without_direction() -> None:
    """Copies beyond the fifteenth place count too; a vector of zeros is near nothing; a collapsed space has none."""
    h = np.vstack([np.tile([1.0, 0.0], (21, 1)), [[0.0, 0.0]], RANDOM.normal(size=(10, 2)) - [5, 0]])
    xy = RANDOM.normal(size=(len(h), 2))
    found = anchor_neighbours(h, xy, 3)
    assert set(found.real.tolist()) == set(range(21)) - {3}
    assert "of its 20 neighbours in the embedding" in found.words
    assert 21 not in found.shown
    assert anchor_neighbours(h, xy, 21).words == "no neighbours: the anchor has no direction"
    collapsed = anchor_neighbours(np.ones((MAX_LINES + 2, 3)), RANDOM.normal(size=(MAX_LINES + 2, 2)), 0)
    assert (len(collapsed.real), len(collapsed.shown)) == (0, 0)
    assert collapsed.words == "no lines: 61 items in the embedding are equally near to the anchor"


def gathered() -> tuple[np.ndarray, np.ndarray]:
    """400 points: label 0 gathered at (5, 5), label 1 spread evenly, label 2 carried by all, label 3 by four."""
    xy = RANDOM.uniform(-4, 4, size=(400, 2))
    xy[:60] = RANDOM.normal(5, 0.1, size=(60, 2))
    labels = np.zeros((400, 4), bool)
    labels[:60, 0], labels[::4, 1], labels[:, 2], labels[:4, 3] = True, True, True, True
    return xy, labels


def test_a_label_is_named_where_it_is_dense() -> None:
    """The gathered label stands among its items; the even one and the rare one have no place."""
    places = label_places(*gathered())
    assert set(places.labels) == {2, 0}
    assert np.abs(places.xy[places.labels.index(0)] - 5).max() < 0.3


@pytest.mark.parametrize(
    ("here", "there", "place"), [(40, 20, [0.0, 0.0]), (40, 21, None), (0, 180, [9.0, 9.0]), (0, 179, None)]
)
def test_twice_as_frequent_is_the_limit(here: int, there: int, place: list[float] | None) -> None:
    """100 items on one spot, 200 on another: 40 % and 10 % carry the label, 20 % of all; or none and nine in ten."""
    xy = np.repeat([[0.0, 0.0], [9.0, 9.0]], (100, 200), axis=0)
    labels = np.zeros((300, 1), bool)
    labels[:here], labels[100 : 100 + there] = True, True
    assert label_places(xy, labels).xy.tolist() == ([] if place is None else [place])


@pytest.mark.parametrize("n", [0, 1, FEWEST - 1])
def test_too_few_items_have_no_names(n: int) -> None:
    """No item, one, four: no label has a place."""
    assert label_places(np.zeros((n, 2)), np.ones((n, 3), bool)).labels == ()


def test_one_spot_and_missing_places() -> None:
    """All items on one spot: every label stands there; an item without a position counts nowhere."""
    xy = np.ones((8, 2))
    xy[7] = np.nan
    places = label_places(xy, np.ones((8, 2), bool))
    assert places.labels == (0, 1)
    assert (places.xy == 1).all()


def test_a_frame_carries_what_is_switched_on() -> None:
    """Switches, words and labels stand in the header, rows and positions in arrays; without switches none."""
    xy, labels = gathered()
    near = anchor_neighbours(RANDOM.normal(size=(400, 5)), xy, 7)
    shown = OnMap(neighbours=True, names=True, near=near, places=label_places(xy, labels))
    about = {"items": "i", "run": "r", "step": 3, "map_name": "pca", "status": "", "alt": ""}
    header, arrays = unpack(CloudFrame(xy, by_label_count(labels), on_map=shown, **about).message())
    assert header["show"] == {
        "neighbours": True,
        "rings": False,
        "items": False,
        "names": True,
        "near_words": near.words,
        "named": list(shown.places.labels),
    }
    assert arrays["near"].tolist() == near.real.tolist()
    assert len(arrays["named_xy"]) == 2 * len(header["show"]["named"])
    header, arrays = unpack(CloudFrame(xy, by_label_count(labels), **about).message())
    assert header["show"] is None
    assert not {"near", "named_xy"} & set(arrays)
