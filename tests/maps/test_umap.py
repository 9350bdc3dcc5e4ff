"""The UMAP map."""

import numpy as np
import pytest

from mlcl_core.errors import InputError
from mlcl_core.maps import MAP_MOVED, directions, knn_recall, map_moved, pca_map, trustworthiness, umap_map
from mlcl_core.maps.neighbours import squared_distances
from mlcl_core.maps.umap import place
from tests.maps.conftest import clusters


def test_shows_clusters(z: np.ndarray, cold: np.ndarray) -> None:
    """It keeps more neighbours than PCA, and the five clusters apart."""
    assert knn_recall(z, cold) > knn_recall(z, pca_map(z).xy)
    middles = np.stack([cold[np.arange(150) % 5 == c].mean(0) for c in range(5)])
    nearest_middle = np.square(cold[:, None] - middles).sum(2).argmin(1)
    assert (nearest_middle == np.arange(150) % 5).mean() > 0.8


def test_same_input_same_map(z: np.ndarray, cold: np.ndarray) -> None:
    """The same items and seed give the same bits."""
    assert (umap_map(z.copy()).xy == cold).all()


def test_warm_moves_less_than_cold(z: np.ndarray, cold: np.ndarray) -> None:
    """The same frame again: from its last map it hardly moves, from scratch with another seed it moves more."""
    warm = [map_moved(cold, umap_map(z, cold, seed=seed).xy) for seed in (1, 2, 3)]
    fresh = [map_moved(cold, umap_map(z, seed=seed).xy) for seed in (1, 2, 3)]
    assert max(warm) < min(fresh)
    assert max(warm) < MAP_MOVED


def test_warm_map_lies_on_the_last(z: np.ndarray, cold: np.ndarray) -> None:
    """A warm map is turned and shifted onto its last one, not only as similar as possible."""
    turned = (cold @ np.array([[0.0, 1.0], [-1.0, 0.0]], np.float32)) + np.float32(30)
    shown = umap_map(z, turned).xy
    np.testing.assert_allclose(shown.mean(0), turned.mean(0), atol=1e-3)
    assert np.square(shown - turned).sum(1).mean() ** 0.5 < 0.5 * np.std(turned)


def test_landmarks_place_the_rest() -> None:
    """With a third of the items fitted, the rest still lie in their clusters."""
    z = clusters(300)
    made = umap_map(z, landmarks=100)
    assert made.details == {"warm": 0.0, "landmarks": 100.0}
    assert trustworthiness(z, made.xy) > 0.9


def test_placed_by_hand() -> None:
    """An item between two landmarks, equally far from both, is placed half way; one on a landmark lies on it."""
    landmarks = np.array([[1.0, 0.0], [-1.0, 0.0]])
    xy = np.array([[4.0, 2.0], [0.0, 0.0]])
    np.testing.assert_allclose(place(np.array([[0.0, 0.0], [1.0, 0.0]]), landmarks, xy), [[2, 1], [4, 2]], atol=1e-5)


@pytest.mark.parametrize(
    "z",
    [
        np.zeros((0, 4)),
        np.ones((1, 4)),
        np.eye(2, 4),
        np.eye(3),
        np.eye(6),
        np.ones((30, 4)),
        np.repeat(np.eye(3), 20, 0),
        np.sign(np.arange(30) - 14.5)[:, None],
        np.arange(30.0)[:, None],
    ],
    ids=["none", "one", "two", "three", "fewer than neighbours", "collapse", "three spots", "two spots in 1-D", "line"],
)
def test_edge_cases_are_finite(z: np.ndarray) -> None:
    """Too few items, twins, a collapse, one column: finite coordinates, cold and warm; a collapse is one spot."""
    z = z.astype(np.float32)
    made = umap_map(z)
    again = umap_map(z, made.xy)
    for xy in (made.xy, again.xy):
        assert xy.shape == (len(z), 2)
        assert np.isfinite(xy).all()
        if (z == z[:1]).all():
            assert not xy.any()


def test_placed_between_tied_landmarks() -> None:
    """Ten landmarks tied at the same distance share five places: the item lies in their middle, in any order of them.

    Another, on three landmarks of one spot, lies in the middle of those three.
    """
    xy = np.random.default_rng(0).normal(size=(10, 2))
    for order in (np.arange(10), np.arange(10)[::-1]):
        np.testing.assert_allclose(place(np.zeros((1, 10)), np.eye(10)[order], xy[order]), [xy.mean(0)], atol=1e-9)
    twins = np.vstack([np.eye(10)[:7], np.eye(10)[[0, 0]] + 1e-9, np.eye(10)[9:]])
    np.testing.assert_allclose(place(np.eye(10)[:1], twins, xy), [xy[[0, 7, 8]].mean(0)], atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("spots", [1, 2, 5])
def test_copies_lie_in_clumps(spots: int) -> None:
    """Many exact copies, far more than neighbours: finite and told apart by their spots; one spot is one point."""
    z = np.repeat(clusters(spots), 300 // spots, 0)
    made = umap_map(z, umap_map(z).xy)
    if spots == 1:
        assert not made.xy.any()
        return
    nearest_shown = squared_distances(made.xy, made.xy)
    np.fill_diagonal(nearest_shown, np.inf)
    assert (nearest_shown.argmin(1) // (300 // spots) == np.arange(300) // (300 // spots)).all()


def test_rounding_is_no_layout() -> None:
    """Items that differ by the rounding of float32 only are drawn as the one spot that they are."""
    z = directions(np.ones((40, 8))) + np.random.default_rng(0).uniform(-3e-8, 3e-8, size=(40, 8)).astype(np.float32)
    assert np.abs(umap_map(z).xy).max() < 1e-6


@pytest.mark.parametrize("spot", [0.0, np.nan])
def test_useless_map_before(z: np.ndarray, cold: np.ndarray, spot: float) -> None:
    """A map before that is one spot, or no numbers, is no start: it begins cold."""
    made = umap_map(z, np.full((len(z), 2), spot, np.float32))
    assert made.details["warm"] == 0
    assert (made.xy == cold).all()


def test_bad_numbers() -> None:
    """NaN is refused."""
    with pytest.raises(InputError, match="row 0, column 1"):
        umap_map(np.array([[0.0, np.nan]] * 5))
