"""UMAP's neighbour graph against umap-learn's.

``tests/golden/umap_learn.npz`` was made with umap-learn 0.5.12: ``z`` 150 x 8, the dense ``graph`` of
``fuzzy_simplicial_set(z, 15, ...)`` with scikit-learn's exact neighbours, ``ab`` of ``find_ab_params(1.0, 0.1)``, and
scikit-learn's ``trustworthiness(z, xy, n_neighbors=15)`` of ``UMAP(n_neighbors=15, min_dist=0.1, init="pca",
n_epochs=200, random_state=seed, n_jobs=1)`` for seeds 0 to 4.
"""

from pathlib import Path

import numpy as np
import pytest

from mlcl_core.maps.graph import memberships, neighbour_graph
from mlcl_core.maps.layout import A, B
from mlcl_core.maps.neighbours import nearest

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "umap_learn.npz")


def test_equals_umap_learn() -> None:
    """Every edge weight is umap-learn's, with the item itself counted as a neighbour there."""
    heads, tails, weights = neighbour_graph(*nearest(GOLDEN["z"], 14))
    dense = np.zeros_like(GOLDEN["graph"])
    dense[heads, tails] = weights
    np.testing.assert_allclose(dense, GOLDEN["graph"], atol=2e-4)


def test_curve_is_umap_learns() -> None:
    """The constants of the curve are those that umap-learn fits to min_dist 0.1."""
    np.testing.assert_allclose([A, B], GOLDEN["ab"], rtol=1e-12)


def test_memberships_by_hand() -> None:
    """The nearest belongs fully; the scale makes the memberships sum to log2(k + 1)."""
    member = memberships(np.array([[1.0, 2.0, 3.0]], np.float32))[0]
    # 1 + q + q^2 = log2(4) = 2: the golden section
    golden = (5**0.5 - 1) / 2
    np.testing.assert_allclose(member, [1, golden, golden**2], atol=1e-4)


def test_union_by_hand() -> None:
    """An edge both want with m and m' weighs m + m' - m m', in both directions."""
    indices = np.array([[1, 2], [0, 2], [0, 1]])
    distances = np.array([[1.0, 2.0], [1.0, 3.0], [2.0, 3.0]], np.float32)
    heads, tails, weights = neighbour_graph(indices, distances)
    assert list(zip(heads.tolist(), tails.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]
    # each item: 1 for the nearer, log2(3) - 1 for the further
    far = np.log2(3) - 1
    np.testing.assert_allclose(weights, [1, 1, 1, 2 * far - far * far, 1, 2 * far - far * far], atol=1e-4)


@pytest.mark.parametrize("n", [2, 3, 40])
def test_twins(n: int) -> None:
    """Items on one spot belong to each other fully."""
    heads, tails, weights = neighbour_graph(*nearest(np.ones((n, 3), np.float32), 14))
    assert (weights == 1).all()
    assert (heads != tails).all()
