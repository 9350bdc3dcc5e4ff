"""Exact nearest neighbours."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from mlcl_core.maps import neighbours
from mlcl_core.maps.neighbours import nearest


def test_on_a_line() -> None:
    """Five points on a line have the neighbours and distances that the eye finds."""
    indices, distances = nearest(np.array([[0.0], [1.0], [3.0], [3.5], [10.0]]), 2)
    assert indices.tolist() == [[1, 2], [0, 2], [3, 1], [2, 1], [3, 2]]
    np.testing.assert_allclose(distances, [[1, 3], [1, 2], [0.5, 2], [0.5, 2.5], [6.5, 7]], atol=1e-6)


@pytest.mark.parametrize("tile", [7, 50, 1024])
def test_equals_sklearn(monkeypatch: pytest.MonkeyPatch, z: np.ndarray, tile: int) -> None:
    """The neighbours are scikit-learn's, whatever the tile, an uneven last one included."""
    monkeypatch.setattr(neighbours, "TILE", tile)
    indices, distances = nearest(z, 15)
    expected, where = NearestNeighbors(n_neighbors=15).fit(z).kneighbors()
    assert (indices == where).all()
    np.testing.assert_allclose(distances, expected, atol=1e-4)


def test_among_others(z: np.ndarray) -> None:
    """Among other rows, a row may be its own neighbour."""
    indices, distances = nearest(z[:5], 1, z)
    assert indices.ravel().tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(distances, 0, atol=1e-3)


def test_far_from_the_origin(z: np.ndarray) -> None:
    """A common offset of a thousand spreads changes no neighbour."""
    assert (nearest(z.astype(np.float64) + 1000, 10)[0] == nearest(z, 10)[0]).all()


@pytest.mark.parametrize(("n", "width"), [(0, 0), (1, 0), (2, 1), (3, 2)])
def test_too_few(n: int, width: int) -> None:
    """Fewer items than neighbours: as many as there are."""
    indices, distances = nearest(np.zeros((n, 4), np.float32), 5)
    assert indices.shape == distances.shape == (n, width)


def test_twins_are_not_themselves() -> None:
    """Equal items are neighbours of each other, none of itself."""
    indices, distances = nearest(np.ones((4, 2), np.float32), 3)
    assert all(i not in row for i, row in enumerate(indices.tolist()))
    assert not distances.any()


def test_twins_are_at_distance_zero(z: np.ndarray) -> None:
    """Rounding puts no distance between equal items, and takes none from different ones."""
    indices, distances = nearest(np.concatenate([z, z]) + np.float32(5), 2)
    assert not distances[:, 0].any()
    assert (indices[:, 0] == np.roll(np.arange(300), 150)).all()
    assert (distances[:, 1] > 0).all()
