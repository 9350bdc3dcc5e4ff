"""Neighbours in two spaces of the same items: overlap, purity, drift, change of cosine, label sets that mixed."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies
from scipy.linalg import orthogonal_procrustes
from sklearn.metrics import jaccard_score
from sklearn.neighbors import NearestNeighbors

from mlcl_core.errors import InputError
from mlcl_core.metrics import (
    chance_overlap,
    cosine_change,
    drift,
    label_sets_mixed,
    moves,
    nearest_neighbours,
    neighbour_changes,
    neighbour_overlap,
    neighbours,
    purity,
    relative_drift,
)
from mlcl_core.metrics.cosines import TIE, directions
from tests import reference
from tests.cases import embeddings, labels, random_labels

# features on a small grid: copies, equal cosines and rows of zeros are common
ROW = strategies.tuples(*[strategies.sampled_from([-1.0, 0.0, 0.0, 1.0])] * 2)
PAIR = strategies.integers(1, 8).flatmap(
    lambda n: strategies.tuples(*[strategies.lists(ROW, min_size=n, max_size=n).map(torch.tensor)] * 2)
)
K = strategies.integers(1, 6)
SEED = strategies.integers(0, 1000)


def spaces(n: int = 60, d: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Two spaces without ties: the second one is the first with as much noise."""
    h = embeddings(n, d)
    return h, h + embeddings(n, d, seed=1)


def rotation(d: int, seed: int = 3) -> torch.Tensor:
    """An orthogonal matrix, drawn by chance."""
    return torch.linalg.qr(embeddings(d, d, seed=seed))[0]


def near_both(h_a: torch.Tensor, h_b: torch.Tensor, k: int = 5):
    """The neighbours in both."""
    return nearest_neighbours(h_a, k), nearest_neighbours(h_b, k)


def test_neighbours_are_those_of_scikit_learn() -> None:
    """Without ties: the same rows and cosines, whatever the tile; each takes a whole place."""
    h, _ = spaces()
    distance, where = NearestNeighbors(n_neighbors=5, metric="cosine").fit(h).kneighbors()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "TILE_NUMBERS", 7 * len(h))
        near = nearest_neighbours(h, 5)
    assert near.item.tolist() == np.repeat(np.arange(len(h)), 5).tolist()
    assert near.other.reshape(-1, 5).tolist() == np.sort(where, 1).tolist()
    in_order = np.take_along_axis(1 - distance, np.argsort(where, 1), 1)
    np.testing.assert_allclose(near.cosine.reshape(-1, 5), in_order, atol=1e-6)
    assert (near.share == 1).all()


@given(PAIR, K)
def test_places_equal_loops(pair, k) -> None:
    """However many are tied: the share of all choices of the k nearest, and no item near itself."""
    near = nearest_neighbours(pair[0], k)
    found: list[dict[int, float]] = [{} for _ in pair[0]]
    for item, other, share in zip(near.item, near.other, near.share, strict=True):
        found[item][int(other)] = float(share)
    assert found == [pytest.approx(one, abs=1e-6) for one in reference.shares(pair[0].numpy(), k, TIE)]


@given(PAIR, K)
def test_overlap_equals_loops_and_is_symmetric(pair, k) -> None:
    """With ties, copies and rows of zeros."""
    a, b = near_both(*pair, k)
    found = neighbour_overlap(a, b)
    np.testing.assert_allclose(found, reference.neighbour_overlap(*map(np.asarray, pair), k, TIE), atol=1e-6)
    np.testing.assert_array_equal(found, neighbour_overlap(b, a))
    there = found[~np.isnan(found)]
    assert ((there >= 0) & (there <= 1)).all()


def test_overlap_is_the_intersection_of_scikit_learns_neighbours() -> None:
    """Without ties, in spaces of other widths."""
    h, _ = spaces()
    wider = torch.cat([h, embeddings(len(h), 3, seed=2)], 1)
    sets = [
        [set(row) for row in NearestNeighbors(n_neighbors=7, metric="cosine").fit(x).kneighbors()[1]]
        for x in (h, wider)
    ]
    expected = [len(one & other) / 7 for one, other in zip(*sets, strict=True)]
    np.testing.assert_allclose(neighbour_overlap(*near_both(h, wider, 7)), expected)


@given(SEED)
def test_a_rotation_changes_nothing(seed) -> None:
    """Rotated, reflected, scaled, row by row too: overlap 1, drift 0, the same purity, no change of cosine."""
    h, _ = spaces(24)
    other = (h @ rotation(6, seed)) * (torch.rand(24, 1, generator=torch.Generator().manual_seed(seed)) + 0.1)
    a, b = near_both(h, other)
    assert (neighbour_overlap(a, b) == 1).all()
    y = random_labels(24, 4, 0.4, 0).numpy()
    np.testing.assert_allclose(purity(a, y), purity(b, y))
    np.testing.assert_allclose(drift(moves(h, other)), 0, atol=1e-5)
    np.testing.assert_allclose(cosine_change(h, other, a, b), 0, atol=1e-5)


def test_overlap_by_chance() -> None:
    """Of independent spaces the mean is near k / (n - 1); of a space whose items all coincide it is exactly that."""
    h, other = embeddings(400, 8), embeddings(400, 8, seed=9)
    assert neighbour_overlap(*near_both(h, other, 15)).mean() == pytest.approx(chance_overlap(400, 15), abs=0.01)
    np.testing.assert_allclose(
        neighbour_overlap(*near_both(h, torch.ones(400, 2), 15)), chance_overlap(400, 15), rtol=1e-6
    )
    assert chance_overlap(4, 15) == 1
    assert math.isnan(chance_overlap(1, 15))


def test_overlap_by_hand() -> None:
    """Of two neighbours one is kept; without a direction on one side 0, on both NaN; other counts are refused."""
    angles = torch.tensor([0.0, 0.1, 0.2, 3.0, 3.1])
    h = torch.stack([angles.cos(), angles.sin()], 1)
    swapped = h[[0, 1, 3, 2, 4]]
    assert neighbour_overlap(*near_both(h, swapped, 2))[0] == 0.5
    gone, both_gone = h.clone(), h.clone()
    gone[0], both_gone[0, 0] = 0, torch.nan
    found = neighbour_overlap(*near_both(h, gone, 2))
    assert found[0] == 0
    assert np.isnan(neighbour_overlap(*near_both(both_gone, gone, 2))).tolist() == [True, *[False] * 4]
    with pytest.raises(ValueError, match="5 and 4 items"):
        neighbour_overlap(*near_both(h, h[:4], 2))


def test_coinciding_items_are_refused_where_they_would_fill_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says why."""
    monkeypatch.setattr(neighbours, "MAX_PAIRS", 1000)
    with pytest.raises(InputError, match="the 15 nearest of 40 items cannot be told apart: more than 1,000 pairs"):
        nearest_neighbours(torch.ones(40, 3))


@given(PAIR, K, SEED)
def test_purity_equals_loops(pair, k, seed) -> None:
    """With ties and with items without labels."""
    y = random_labels(len(pair[0]), 3, 0.3, seed).numpy()
    np.testing.assert_allclose(
        purity(nearest_neighbours(pair[0], k), y), reference.purity(pair[0].numpy(), y, k, TIE), atol=1e-6
    )


def test_purity_is_scikit_learns_jaccard_of_its_neighbours() -> None:
    """Without ties; the mean of ``jaccard_score`` over the neighbours."""
    h, _ = spaces()
    y = random_labels(len(h), 4, 0.5, 1)
    y[:, 0] = True
    where = NearestNeighbors(n_neighbors=6, metric="cosine").fit(h).kneighbors()[1]
    expected = [np.mean([jaccard_score(y[i], y[j]) for j in row]) for i, row in enumerate(where[:8])]
    np.testing.assert_allclose(purity(nearest_neighbours(h, 6), y.numpy())[:8], expected, rtol=1e-6)


def test_purity_with_one_label_each() -> None:
    """The usual purity: the share of neighbours of the item's class. Two items without labels are alike."""
    h, _ = spaces(40)
    kind = torch.arange(40) % 3
    near = nearest_neighbours(h, 4)
    same = (kind[near.item] == kind[near.other]).reshape(-1, 4).float().mean(1)
    np.testing.assert_allclose(purity(near, torch.nn.functional.one_hot(kind).bool().numpy()), same)
    assert (purity(near, np.zeros((40, 2), bool)) == 1).all()


def test_moves_are_what_no_rotation_explains() -> None:
    """Those after scipy's orthogonal Procrustes of the directions."""
    h, other = spaces()
    x, y = directions(h).double().numpy(), directions(other).double().numpy()
    turn, _ = orthogonal_procrustes(y, x)
    np.testing.assert_allclose(moves(h, other), y @ turn - x, atol=1e-5)
    np.testing.assert_allclose(drift(moves(h, other)), np.linalg.norm(y @ turn - x, axis=1), atol=1e-5)
    with pytest.raises(ValueError, match=r"\(60, 6\) and \(60, 5\)"):
        moves(h, other[:, :5])


def test_an_item_without_direction_has_no_drift() -> None:
    """NaN, and it has no part in the rotation and in the mean move of others."""
    h, other = spaces(20)
    with_gaps, broken = h.clone(), other.clone()
    with_gaps[3], broken[7, 0] = 0, torch.inf
    there = np.delete(np.arange(20), [3, 7])
    moved = moves(with_gaps, broken)
    np.testing.assert_allclose(moved[there], moves(h[there], other[there]), atol=1e-5)
    assert np.isnan(drift(moved)).nonzero()[0].tolist() == [3, 7]
    found = relative_drift(moved, nearest_neighbours(with_gaps, 4))
    assert np.isnan(found).nonzero()[0].tolist() == [3, 7]


@given(PAIR, K)
def test_relative_drift_equals_loops(pair, k) -> None:
    """With ties; items without a direction are left out on both sides."""
    before = pair[0]
    moved = (pair[1] - pair[0]).numpy().astype(np.float32)
    expected = reference.relative_drift(moved.tolist(), reference.shares(before.numpy(), k, TIE))
    np.testing.assert_allclose(relative_drift(moved, nearest_neighbours(before, k)), expected, atol=1e-5)


def test_a_common_move_is_no_relative_drift() -> None:
    """All items of one region move alike: none moved otherwise than those around it."""
    h, _ = spaces()
    moved = np.tile(np.float32([0.3, 0, 0, 0, 0.1, 0]), (60, 1))
    assert drift(moved).min() > 0.3
    np.testing.assert_allclose(relative_drift(moved, nearest_neighbours(h, 5)), 0, atol=1e-6)


@given(PAIR, K)
def test_change_of_cosine_equals_loops(pair, k) -> None:
    """To the neighbours of either space, with ties; symmetric."""
    a, b = near_both(*pair, k)
    found = cosine_change(*pair, a, b)
    np.testing.assert_allclose(found, reference.cosine_change(*map(np.asarray, pair), k, TIE), atol=1e-5)
    np.testing.assert_allclose(found, cosine_change(*pair[::-1], b, a), atol=1e-6)


@given(PAIR, K, SEED)
def test_label_sets_that_mixed_equal_loops(pair, k, seed) -> None:
    """The places of each pair of different sets in both spaces, largest change first."""
    y = random_labels(len(pair[0]), 2, 0.5, seed).numpy()
    a, b = near_both(*pair, k)
    mixed = label_sets_mixed(a, b, y)
    sets = [frozenset(np.flatnonzero(row).tolist()) for row in y]
    found = {
        frozenset(sets[row] for row in rows): [before, after]
        for rows, before, after in zip(mixed.example, mixed.before, mixed.after, strict=True)
    }
    expected = reference.label_sets_mixed(*map(np.asarray, pair), y, k, TIE)
    assert found == {key: pytest.approx(value, abs=1e-6) for key, value in expected.items()}
    change = np.abs(mixed.after - mixed.before)
    assert (np.diff(change) <= 1e-6).all()
    assert mixed.items.tolist() == [[sets.count(sets[row]) for row in rows] for rows in mixed.example]


def test_sets_that_change_places_by_hand() -> None:
    """Items of {a} and {b} interleave in the second space: the pair gains all the places that equal sets lose."""
    y = labels("10", "10", "01", "01").numpy()
    angle = torch.tensor([0.0, 0.1, 2.0, 2.1])
    apart = torch.stack([angle.cos(), angle.sin()], 1)
    mixed = label_sets_mixed(*near_both(apart, apart[[0, 2, 1, 3]], 1), y)
    assert (mixed.before.tolist(), mixed.after.tolist(), mixed.items.tolist()) == ([0.0], [4.0], [[2, 2]])
    assert label_sets_mixed(*near_both(apart, apart, 1), np.ones((4, 1), bool)).example.shape == (0, 2)


@given(PAIR, K, strategies.data())
def test_one_items_neighbours_are_those_that_overlap_counts(pair, k, data) -> None:
    """Shares are those of both spaces, kept ones are near in both, and the smaller shares add up to the overlap."""
    n = len(pair[0])
    item = data.draw(strategies.integers(0, n - 1))
    changes = neighbour_changes(*pair, item, k)
    in_both = [reference.shares(h.numpy(), k, TIE)[item] for h in pair]
    fate = {(True, True): "kept", (False, True): "gained", (True, False): "lost"}
    for row, share, told in zip(changes.other, changes.share, changes.fate, strict=True):
        assert share.tolist() == pytest.approx([one.get(int(row), 0) for one in in_both])
        assert told == fate[bool(share[0] > 0), bool(share[1] > 0)]
    assert set(changes.other.tolist()) == in_both[0].keys() | in_both[1].keys()
    overlap = neighbour_overlap(*near_both(*pair, k))[item]
    if not math.isnan(overlap):
        assert np.minimum(*changes.share.T).sum() / max(changes.share.sum(0)) == pytest.approx(overlap, abs=1e-6)


def test_ranks_by_hand() -> None:
    """Lost, then gained, then kept; nearest first; tied neighbours have the better rank of theirs."""
    angle = torch.tensor([0.0, 0.1, 0.2, 0.2, 1.0, 2.0])
    h = torch.stack([angle.cos(), angle.sin()], 1)
    changes = neighbour_changes(h, h[[0, 4, 2, 3, 1, 5]], 0, 2)
    assert changes.other.tolist() == [1, 4, 2, 3]
    assert changes.fate == ("lost", "gained", "kept", "kept")
    assert changes.rank.tolist() == [[1, 4], [4, 1], [2, 2], [2, 2]]
    assert changes.share.tolist() == [[1, 0], [0, 1], [0.5, 0.5], [0.5, 0.5]]
    np.testing.assert_allclose(changes.cosine[:, 0], np.cos([0.1, 1.0, 0.2, 0.2]), atol=1e-6)
