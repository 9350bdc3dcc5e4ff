"""UMAP's layout."""

import inspect

import numpy as np
import pytest

from mlcl_core.maps import layout as layout_file
from mlcl_core.maps.graph import neighbour_graph
from mlcl_core.maps.layout import A, B, layout
from mlcl_core.maps.neighbours import nearest

NO_EDGES = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))


def _slope(function: object, x: float) -> float:
    return (function(x + 1e-6) - function(x - 1e-6)) / 2e-6


def test_one_edge_by_hand() -> None:
    """One pass moves a free point by the slopes of log q (once) and log(1 - q) (five times), and no fixed one."""
    start = np.array([[0.0, 0.0], [1.2, 0.0]])
    heads, tails, weights = np.array([1], np.int32), np.array([0], np.int32), np.ones(1, np.float32)
    moved = layout(start, heads, tails, weights, epochs=1, rate=0.05, seed=0, fixed=1)
    x = 1.2
    x += 0.05 * _slope(lambda x: -np.log(1 + A * x ** (2 * B)), x)
    for _ in range(5):
        x += 0.05 * _slope(lambda x: np.log(A * x ** (2 * B) / (1 + A * x ** (2 * B))), x)
    # umap-learn's 0.001 under the push makes it a thousandth weaker at this distance
    np.testing.assert_allclose(moved, [[0, 0], [x, 0]], atol=1e-3)
    assert moved[1, 0] != 1.2


def test_compiled_equals_interpreted(z: np.ndarray) -> None:
    """The compiled loops give what the same Python gives, line by line."""
    heads, tails, weights = neighbour_graph(*nearest(z[:20], 4))
    start = z[:20, :2].astype(np.float64)
    compiled = layout(start, heads, tails, weights, epochs=3, rate=1.0, seed=7)
    kept = weights >= weights.max() / 3
    period = weights.max() / weights[kept].astype(np.float64)
    plain = start.copy()
    with np.errstate(over="ignore"):  # the random numbers wrap around, as they should
        loops = inspect.unwrap(layout_file._layout)
        loops(plain, np.ones(20, bool), heads[kept], tails[kept], period, 20, 3, 1.0, 7)
    np.testing.assert_allclose(compiled, plain, rtol=1e-9)


def test_seed_decides(z: np.ndarray) -> None:
    """The same seed gives the same bits, another seed another map; the start is left alone."""
    edges, start = neighbour_graph(*nearest(z, 14)), z[:, :2].astype(np.float64)
    kept = start.copy()
    one, two, other = (layout(start, *edges, epochs=5, rate=1.0, seed=seed) for seed in (1, 1, 2))
    assert (one == two).all()
    assert (one != other).any()
    assert (start == kept).all()


def test_random_numbers_reach_every_item() -> None:
    """The points that push are drawn evenly: a ring of free points around one fixed spot is pushed from it alone."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    start = np.concatenate([ring, 2 * ring])
    # each outer point is tied to an inner one, all inner ones push: the symmetric pushes cancel sideways
    heads, tails = np.arange(40, 80, dtype=np.int32), np.arange(40, dtype=np.int32)
    moved = layout(start, heads, tails, np.ones(40, np.float32), epochs=50, rate=0.1, seed=3, fixed=40)
    assert (moved[:40] == start[:40]).all()
    middle = (moved[40:] - start[40:]).mean(0)
    assert np.linalg.norm(middle) < 0.1


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1])
def test_no_edges(seed: int) -> None:
    """Without edges, or without passes, nothing moves."""
    start = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert (layout(start, *NO_EDGES, epochs=10, rate=1.0, seed=seed) == start).all()
    edge = (np.array([0], np.int32), np.array([1], np.int32), np.ones(1, np.float32))
    assert (layout(start, *edge, epochs=0, rate=1.0, seed=seed) == start).all()


def test_one_spot_stays_finite() -> None:
    """Points on one spot neither push nor pull, and nothing divides by their distance."""
    edges = neighbour_graph(*nearest(np.ones((10, 2), np.float32), 3))
    assert not layout(np.zeros((10, 2)), *edges, epochs=20, rate=1.0, seed=0).any()
