"""How far a map can be trusted."""

import numpy as np
import pytest
from hypothesis import given, strategies
from hypothesis.extra.numpy import arrays
from sklearn.manifold import trustworthiness as sklearn_trustworthiness

from mlcl_core.maps import (
    directions,
    faithfulness,
    knn_recall,
    overlap,
    pca_map,
    rounding_recall,
    sample_neighbours,
    spread,
    trustworthiness,
)
from mlcl_core.maps.faithfulness import ROUNDED_ANCHORS, score_neighbours, score_sample
from mlcl_core.maps.neighbours import TIE
from tests import reference
from tests.maps.conftest import clusters

# items and their map on small grids: ties and copies on both sides, more often than not
GRIDS = strategies.integers(3, 11).flatmap(
    lambda n: strategies.tuples(
        arrays(np.float64, (n, 3), elements=strategies.integers(-1, 1)),
        arrays(np.float64, (n, 2), elements=strategies.integers(-1, 2)),
    )
)

# items 0 to 5 on a line; the map exchanges items 1 and 4
LINE = np.array([[0.0], [1.0], [2.1], [3.3], [4.6], [6.0]])
SWAPPED = np.stack([LINE[[0, 4, 2, 3, 1, 5], 0], np.zeros(6)], 1)


def test_by_hand() -> None:
    """One nearest neighbour, two items exchanged: ranks and shares counted by hand.

    Nearest in z: 1 0 1 2 3 4. On the map item 1 lies at 4.6 and item 4 at 1.0, so the nearest shown are 4 (of 0), 3 (of
    1), 4 (of 2), 2 (of 3), 0 (of 4), 1 (of 5): one of six is right. Their ranks in z: 4 is 4th from 0 (after 1, 2, 3);
    3 is 3rd from 1 (0, 2); 4 is 4th from 2 (1, 3, 0); 2 is 1st from 3; 0 is 5th from 4; 1 is 4th from 5 (4, 3, 2).
    Beyond rank 1: 3 + 2 + 3 + 0 + 4 + 3 = 15, times 2 / (6 * 1 * (12 - 3 - 1)) = 1 / 24.
    """
    assert knn_recall(LINE, SWAPPED, 1) == pytest.approx(1 / 6)
    assert trustworthiness(LINE, SWAPPED, 1) == pytest.approx(1 - 15 / 24)


@given(GRIDS, strategies.integers(1, 5))
def test_ties_equal_loops(grids: tuple[np.ndarray, np.ndarray], k: int) -> None:
    """With any ties, both scores are the mean over all ways to choose among the tied."""
    z, xy = grids
    k = score_neighbours(len(z), k)
    assert knn_recall(z, xy, k) == pytest.approx(reference.knn_recall(z, xy, k, TIE))
    assert trustworthiness(z, xy, k) == pytest.approx(reference.trustworthiness(z, xy, k, TIE))


@given(GRIDS, strategies.randoms(use_true_random=False))
def test_no_order_of_rows_counts(grids: tuple[np.ndarray, np.ndarray], random) -> None:
    """Items permuted: the same scores, ties or not."""
    z, xy = grids
    order = random.sample(range(len(z)), len(z))
    assert faithfulness(z[order], xy[order]) == pytest.approx(faithfulness(z, xy))


def test_copies_are_neighbours() -> None:
    """Five places of forty exact copies each: every copy shown is right, whichever of them stand nearest."""
    z = np.repeat(clusters(5), 40, 0)
    for order in (np.arange(200), np.random.default_rng(0).permutation(200)):
        shown = pca_map(z[order]).xy
        assert faithfulness(z[order], shown) == {"trustworthiness": 1, "knn_recall": 1, "tied": 1, "spots": 5}
    jittered = shown + np.random.default_rng(0).normal(scale=1e-3, size=(200, 2))
    assert knn_recall(z[order], jittered) == 1


def test_a_map_on_one_spot_shows_nothing(z: np.ndarray) -> None:
    """Where all items are tied on the map, recall is that of a random map: k of n - 1."""
    assert knn_recall(z, np.zeros((150, 2))) == pytest.approx(15 / 149)


def test_no_order_to_show() -> None:
    """All equal in z: both scores are 1 whatever the map, and there is one spot, which says why."""
    scores = faithfulness(np.ones((30, 4)), np.random.default_rng(0).normal(size=(30, 2)))
    assert scores == pytest.approx({"trustworthiness": 1, "knn_recall": 1, "tied": 1, "spots": 1})


def test_tied_by_hand() -> None:
    """Of six items, three lie on one spot and two on another: five of six are tied, on three spots."""
    z = np.array([[1.0, 0], [0, 1], [1, 0], [0.6, 0.8], [1, 0], [0, 1]])
    scores = faithfulness(z, z)
    assert (scores["tied"], scores["spots"]) == (pytest.approx(5 / 6), 3)


def test_ties_are_counted_beyond_the_sample() -> None:
    """Two thousand items, each twice: all are tied, though a sample of five hundred holds few of the pairs."""
    z = np.repeat(clusters(1000), 2, 0)
    scores = faithfulness(z, z[:, :2])
    assert (scores["tied"], scores["spots"]) == (1, 1000)


@given(GRIDS, strategies.randoms(use_true_random=False))
def test_movement_hangs_on_no_order_of_rows(grids: tuple[np.ndarray, np.ndarray], random) -> None:
    """Items permuted in both frames: they have kept as many neighbours; frames exchanged: too; one frame: all."""
    z, other = grids
    order = random.sample(range(len(z)), len(z))
    before, now = sample_neighbours(z), sample_neighbours(other)
    kept = overlap(before, now)
    assert overlap(sample_neighbours(z[order]), sample_neighbours(other[order])) == pytest.approx(kept)
    assert overlap(now, before) == pytest.approx(kept)
    assert overlap(before, before) == pytest.approx(1)


def test_movement_equals_loops(z: np.ndarray) -> None:
    """Without ties it is the share of common neighbours, counted one by one."""
    before, now = z[:60].astype(np.float64), z[:60, ::-1] ** 3
    common = 0
    for left, right in zip(reference.distances(before), reference.distances(now), strict=True):
        common += len({*np.argsort(left)[:15]} & {*np.argsort(right)[:15]})
    assert overlap(sample_neighbours(before), sample_neighbours(now)) == pytest.approx(common / (60 * 15))


def test_items_without_direction_are_left_out(z: np.ndarray) -> None:
    """Rows of zeros change no score, wherever they stand on the map and in the order; all of them: no spot."""
    xy = pca_map(z).xy
    rows = np.random.default_rng(0).permutation(np.r_[np.arange(150), np.full(30, 150)])
    more, shown = np.vstack([z, np.zeros((1, 8))])[rows], np.vstack([xy, xy[:1]])[rows]
    assert faithfulness(more, shown) == pytest.approx(faithfulness(z, xy))
    nowhere = {"trustworthiness": 1, "knn_recall": 1, "tied": 0, "spots": 0}
    assert faithfulness(np.zeros((30, 8)), np.zeros((30, 2))) == nowhere


def test_equal_loops(z: np.ndarray) -> None:
    """Both scores are what plain loops over ranks give."""
    z, k = z[:40].astype(np.float64), 5
    xy = z[:, [3, 1]]
    cost = shared = 0
    for i in range(40):
        far = sorted((float(np.sum((z[i] - z[j]) ** 2)), j) for j in range(40) if j != i)
        near = sorted((float(np.sum((xy[i] - xy[j]) ** 2)), j) for j in range(40) if j != i)
        rank = {j: position + 1 for position, (_, j) in enumerate(far)}
        cost += sum(max(0, rank[j] - k) for _, j in near[:k])
        shared += sum(rank[j] <= k for _, j in near[:k])
    assert trustworthiness(z, xy, k) == pytest.approx(1 - cost * 2 / (40 * k * (80 - 3 * k - 1)))
    assert knn_recall(z, xy, k) == pytest.approx(shared / (40 * k))


def test_equals_sklearn(z: np.ndarray) -> None:
    """Trustworthiness is scikit-learn's."""
    xy = pca_map(z).xy
    assert trustworthiness(z, xy) == pytest.approx(sklearn_trustworthiness(z, xy, n_neighbors=15), abs=1e-9)


def test_perfect_map() -> None:
    """A map that is the space itself, turned and scaled, has both scores 1."""
    z = np.random.default_rng(0).normal(size=(60, 2))
    xy = 3 * z @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    assert faithfulness(z, xy) == {"trustworthiness": 1, "knn_recall": 1, "tied": 0, "spots": 60}


def test_random_map_is_half_trustworthy() -> None:
    """A map that knows nothing is trusted about half, and recalls k of n - 1."""
    z, xy = np.random.default_rng(0).normal(size=(2, 500, 2))
    assert trustworthiness(z, xy) == pytest.approx(0.5, abs=0.05)
    assert knn_recall(z, xy) == pytest.approx(15 / 499, abs=0.02)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10])
def test_few_items(n: int) -> None:
    """Few items lower k and break nothing; fewer than three can't be wrong."""
    z = np.random.default_rng(0).normal(size=(n, 3))
    scores = faithfulness(z, z[:, :2])
    assert all(0 <= scores[name] <= 1 for name in ("trustworthiness", "knn_recall"))
    assert (scores["tied"], scores["spots"]) == (0, n)
    if n < 3:
        assert scores["trustworthiness"] == scores["knn_recall"] == 1


def test_collapse_is_not_blamed() -> None:
    """Where all items are equal in z, any map shows true neighbours."""
    assert trustworthiness(np.ones((50, 4)), np.random.default_rng(0).normal(size=(50, 2))) == 1


def test_sample_is_fixed() -> None:
    """Beyond 500 items a fixed sample of 500 rows is scored, in order, without repetition."""
    rows = score_sample(2000)
    assert len(set(rows.tolist())) == 500
    assert (rows == score_sample(2000)).all()
    assert (np.diff(rows) > 0).all()
    z = clusters(700)
    real = sample_neighbours(z)
    assert (real.near.far.shape, real.k, real.items) == ((500, 500), 15, 700)
    assert faithfulness(z, z[:, :2]) == faithfulness(z, z[:, :2], sample_neighbours(z))


def test_spread_by_hand() -> None:
    """Four points at distance 2 from their middle have spread 2; no points have none."""
    assert spread(np.array([[3.0, 1.0], [-1.0, 1.0], [1.0, 3.0], [1.0, -1.0]])) == 2
    assert spread(np.zeros((0, 2))) == 0


def test_overlap_by_hand() -> None:
    """Five items on a line, two neighbours each; where the last goes to the other end, shares are counted by hand.

    Before, at 1 2 4 7 11: {1 2} {0 2} {1, half of 0, half of 3} {2 4} {3 2}: 1 and 7 are equally far from 4. Now the
    last is at -3: {1 2} {0 2} {1, half of 0, half of 3} {2 1} {0 1}. Kept: 2, 2, 2, 1, 0 of 2 each.
    """
    line = np.array([[1.0], [2], [4], [7], [11]])
    moved = np.array([[1.0], [2], [4], [7], [-3]])
    # on a circle that is large enough, distances along it rank as on the line
    bent = [np.hstack([np.cos(x / 1000), np.sin(x / 1000)]) for x in (line, moved)]
    assert overlap(*map(sample_neighbours, bent)) == pytest.approx(7 / 10)


def test_overlap_of_copies() -> None:
    """Copies that stay copies keep their neighbours in any order of rows; those that part lose nearly all."""
    copies, apart = np.repeat(clusters(5), 40, 0), clusters(200)
    same, one = sample_neighbours(copies), sample_neighbours(np.ones((200, 8)))
    assert overlap(same, same) == pytest.approx(1)
    assert overlap(one, sample_neighbours(apart)) == pytest.approx(15 / 199)


def test_overlap_without_direction() -> None:
    """Items that lose or find a direction keep no neighbour, those without in both are not asked; none left: 1.

    Of 40 clustered items the last ten have no direction before; five of those have none now either, and no other one
    moved. 35 are asked, 5 of them kept nothing; the rest lost what the five new ones pushed out.
    """
    z = clusters(40)
    before, now = z.copy(), z.copy()
    before[30:], now[35:] = 0, 0
    kept = overlap(sample_neighbours(before), sample_neighbours(now))
    assert kept < 30 / 35
    assert kept == pytest.approx(overlap(sample_neighbours(now), sample_neighbours(before)))
    nothing = sample_neighbours(np.zeros((40, 8)))
    assert overlap(nothing, nothing) == 1
    assert overlap(nothing, sample_neighbours(z)) == 0
    with pytest.raises(ValueError, match="39 items"):
        overlap(sample_neighbours(z[1:]), nothing)


def rounded(z: np.ndarray) -> float:
    """What float16 leaves of the neighbours."""
    return rounding_recall(directions(z), directions(z.astype(np.float16)))


@pytest.mark.parametrize("n", [200, 2000])
def test_rounding_spares_an_open_space(n: int) -> None:
    """Clusters that are told apart keep their neighbours in float16; so do exact copies, and few items."""
    assert rounded(clusters(n, 64)) > 0.99
    assert rounded(np.repeat(clusters(5), n // 5, 0)) == 1
    assert rounded(np.ones((n, 8))) == pytest.approx(1)
    assert rounded(clusters(2)) == 1


@pytest.mark.parametrize("apart", [1e-3, 1e-4, 1e-5])
def test_rounding_loses_near_copies(apart: float) -> None:
    """A collapsed space, and five places of near copies: the neighbours are lost in float16, and it is seen."""
    noise = apart * np.random.default_rng(0).normal(size=(600, 16))
    assert rounded(directions(1 + noise)) < 0.97
    assert rounded(directions(np.repeat(clusters(5, 16), 120, 0) + noise)) < 0.97


def test_rounding_is_blind_below_float32() -> None:
    """Copies that differ by the rounding of float32 itself have no order that could be lost."""
    z = directions(np.tile(np.random.default_rng(0).normal(size=16), (300, 1)))
    noise = np.random.default_rng(1).uniform(-6e-8, 6e-8, size=z.shape)
    assert rounded((z * (1 + noise)).astype(np.float32)) == 1


def test_rounding_to_nothing_counts_as_lost() -> None:
    """Items whose rows vanish in float16 lose their direction, and with it all neighbours."""
    z = clusters(100)
    z[:50] *= 1e-9
    assert rounded(z) < 0.6
    assert rounding_recall(np.zeros((9, 2)), np.zeros((9, 2))) == 1


def test_rounding_asks_a_fixed_sample() -> None:
    """Beyond 64 anchors the cost grows with the rows only."""
    assert len(score_sample(2000, ROUNDED_ANCHORS)) == 64
