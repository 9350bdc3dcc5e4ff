"""The PCA map."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from mlcl_core.errors import InputError
from mlcl_core.maps import pca_map


def test_by_hand() -> None:
    """Four points on a cross: the long arm is the first axis, the short one the second."""
    made = pca_map(np.array([[5.0, 7.0], [5.0, 3.0], [6.0, 5.0], [4.0, 5.0]]))
    np.testing.assert_allclose(made.xy, [[2, 0], [-2, 0], [0, 1], [0, -1]], atol=1e-6)
    assert made.details["explained"] == pytest.approx(1)


def test_equals_sklearn(z: np.ndarray) -> None:
    """Without a map before it is scikit-learn's PCA up to the sign of the axes."""
    model = PCA(2)
    expected, made = model.fit_transform(z.astype(np.float64)), pca_map(z)
    np.testing.assert_allclose(np.abs(made.xy), np.abs(expected), atol=1e-5)
    assert made.details["explained"] == pytest.approx(model.explained_variance_ratio_.sum())


def test_same_frame_same_map(z: np.ndarray) -> None:
    """The same frame gives the same bits."""
    assert (pca_map(z).xy == pca_map(z.copy()).xy).all()


@pytest.mark.parametrize("signs", [(-1, 1), (1, -1), (-1, -1)])
def test_axes_do_not_flip(z: np.ndarray, signs: tuple[int, int]) -> None:
    """A map before that lies mirrored is continued, exactly."""
    mirrored = pca_map(z).xy * np.array(signs, np.float32)
    np.testing.assert_allclose(pca_map(z, mirrored).xy, mirrored, atol=1e-6)


def test_previous_changes_no_distance(z: np.ndarray) -> None:
    """The map before turns the new one and does nothing else to it."""
    previous = np.random.default_rng(0).normal(size=(len(z), 2)).astype(np.float32)
    free, laid = pca_map(z).xy, pca_map(z, previous).xy
    np.testing.assert_allclose(laid @ laid.T, free @ free.T, atol=1e-5)


@pytest.mark.parametrize(
    "z",
    [np.zeros((0, 4)), np.ones((1, 4)), np.ones((2, 4)), np.ones((30, 4)), np.arange(5.0)[:, None], np.eye(3)],
    ids=["no items", "one item", "two equal", "collapse", "one column", "three items"],
)
def test_edge_cases_are_finite(z: np.ndarray) -> None:
    """Every shape gives finite coordinates, and a collapse one spot."""
    made = pca_map(z.astype(np.float32), np.zeros((len(z), 2), np.float32))
    assert made.xy.shape == (len(z), 2)
    assert np.isfinite(made.xy).all()
    assert 0 <= made.details["explained"] <= 1
    if (z == z[:1]).all():
        assert not made.xy.any()


def test_one_column_is_a_line() -> None:
    """Embeddings of one number lie on the first axis."""
    assert not pca_map(np.arange(5.0)[:, None]).xy[:, 1].any()


def test_bad_numbers() -> None:
    """NaN is refused."""
    with pytest.raises(InputError, match="row 1, column 0"):
        pca_map(np.array([[0.0, 1.0], [np.nan, 1.0]]))
