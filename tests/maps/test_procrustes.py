"""Laying one map onto another."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from mlcl_core.maps import procrustes, spread

XY = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [3.0, 3.0]])


def test_quarter_turn_by_hand() -> None:
    """A map turned by 90 degrees, (x, y) to (-y, x), is turned back exactly."""
    turned = np.array([[0.0, 0.0], [0.0, 2.0], [-1.0, 0.0], [-3.0, 3.0]])
    fit = procrustes(turned, XY)
    np.testing.assert_allclose(fit.rotation, [[0, -1], [1, 0]], atol=1e-12)
    np.testing.assert_allclose(fit.apply(turned), XY, atol=1e-6)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 30, 135, 180, 290])
def test_undoes_turn_mirror_and_shift(degrees: float, mirrored: bool) -> None:
    """Any rotation or reflection with any shift is undone."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = (XY * [1, -1] if mirrored else XY) @ turn + [5, -7]
    np.testing.assert_allclose(procrustes(moved, XY).apply(moved), XY, atol=1e-5)


def test_equals_scipy() -> None:
    """On centred maps the rotation is SciPy's."""
    a, b = np.random.default_rng(0).normal(size=(2, 20, 2))
    a, b = a - a.mean(0), b - b.mean(0)
    np.testing.assert_allclose(procrustes(a, b).rotation, orthogonal_procrustes(a, b)[0], atol=1e-12)


def test_scale_keeps_the_spread() -> None:
    """With ``scale`` the map gets the spread of the one below, however much the points moved."""
    a, b = np.random.default_rng(0).normal(size=(2, 50, 2))
    assert spread(procrustes(3 * a, b, scale=True).apply(3 * a)) == pytest.approx(spread(b), rel=1e-6)
    assert procrustes(3 * a, b).scale == 1


def test_centred_leaves_the_origin() -> None:
    """A centred fit only turns: the origin stays."""
    fit = procrustes(XY + 4, XY, centred=True)
    np.testing.assert_array_equal(fit.apply(np.zeros((1, 2))), [[0, 0]])


@pytest.mark.parametrize("n", [0, 1, 4])
def test_one_spot(n: int) -> None:
    """Maps on one spot give the identity, with or without scale."""
    fit = procrustes(np.ones((n, 2)), XY[:n], scale=True)
    np.testing.assert_array_equal(fit.rotation, np.eye(2))
    assert fit.scale == 1
