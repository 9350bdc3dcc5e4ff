"""UMAP's layout: neighbours attract, random others repel; compiled by numba, once a machine.

Why not umap-learn itself, live: importing it and its first fit take 30 s of CPU on a fresh machine and 3 s in every
later process (pynndescent, sparse metrics, inverse transforms), beside a training that may lose one core second in
seven. This is the same algorithm for the one case that is needed here (2-D, Euclidean, one thread): 1 s and 0.1 s.
The tests hold it against umap-learn.
"""

import inspect
from collections.abc import Callable
from functools import cache

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32

# the curve 1 / (1 + A d^(2B)), fitted to min_dist 0.1 and spread 1 (umap-learn's find_ab_params; a test compares)
A, B = 1.5769434602697652, 0.8950608778515733
REPELLED = 5  # random others that one attraction is weighed against
LARGEST_PULL = 4.0  # a single coordinate's pull is clipped here, as in umap-learn


def _layout(
    xy: Float64[np.ndarray, "n 2"],
    free: Bool[np.ndarray, " n"],
    heads: Int32[np.ndarray, " e"],
    tails: Int32[np.ndarray, " e"],
    period: Float64[np.ndarray, " e"],
    others: int,
    epochs: int,
    rate: float,
    seed: int,
) -> None:
    # plain loops over numbers: this function is compiled, not interpreted
    state = np.uint64(seed) * np.uint64(2862933555777941757) + np.uint64(3037000493)
    due = period.copy()
    for epoch in range(epochs):
        step = rate * (1.0 - epoch / epochs)
        for edge in range(len(heads)):
            if due[edge] > epoch + 1:
                continue
            due[edge] += period[edge]
            i, j = heads[edge], tails[edge]
            dx, dy = xy[i, 0] - xy[j, 0], xy[i, 1] - xy[j, 1]
            square = dx * dx + dy * dy
            if square > 0:
                power = square**B
                pull = -2.0 * A * B * power / (square * (1.0 + A * power))
                px = step * min(max(pull * dx, -LARGEST_PULL), LARGEST_PULL)
                py = step * min(max(pull * dy, -LARGEST_PULL), LARGEST_PULL)
                if free[i]:
                    xy[i, 0] += px
                    xy[i, 1] += py
                if free[j]:
                    xy[j, 0] -= px
                    xy[j, 1] -= py
            if not free[i]:
                continue
            for _ in range(REPELLED):
                # xorshift64*: the high half is good enough to choose an item
                state ^= state >> np.uint64(12)
                state ^= state << np.uint64(25)
                state ^= state >> np.uint64(27)
                drawn = (state * np.uint64(2685821657736338717)) >> np.uint64(33)
                other = np.int64(drawn) % others
                dx, dy = xy[i, 0] - xy[other, 0], xy[i, 1] - xy[other, 1]
                square = dx * dx + dy * dy
                if square > 0:
                    push = 2.0 * B / ((0.001 + square) * (1.0 + A * square**B))
                    xy[i, 0] += step * min(max(push * dx, -LARGEST_PULL), LARGEST_PULL)
                    xy[i, 1] += step * min(max(push * dy, -LARGEST_PULL), LARGEST_PULL)


@cache
def _compiled() -> Callable[..., None]:
    import numba  # half a second: only a process that draws UMAP pays for it

    plain = inspect.unwrap(_layout)  # under the tests' shape checks the name stands for a wrapper
    signature = "void(f8[:,::1], b1[::1], i4[::1], i4[::1], f8[::1], i8, i8, f8, u8)"
    try:
        return numba.njit(signature, cache=True)(plain)
    except RuntimeError:
        # numba found no folder to write its cache in: compile for this process alone
        return numba.njit(signature)(plain)


def layout(
    start: Float64[np.ndarray, "n 2"] | Float32[np.ndarray, "n 2"],
    heads: Int32[np.ndarray, " e"],
    tails: Int32[np.ndarray, " e"],
    weights: Float32[np.ndarray, " e"],
    *,
    epochs: int,
    rate: float,
    seed: int,
    fixed: int = 0,
) -> Float64[np.ndarray, "n 2"]:
    r"""Move the points so that neighbours come together and others stay apart.

    .. math:: -\sum_{ij} w_{ij} \log q_{ij} - \sum_{ij} (1 - w_{ij}) \log (1 - q_{ij}), \quad q = 1/(1 + A d^{2B})

    by stochastic gradient descent; an edge of weight w acts in a share w of the epochs, and five random others then
    push its head away.

    Args:
        start: Where the points start; it is left alone.
        heads, tails, weights: Edges of :func:`~mlcl_core.maps.graph.neighbour_graph`.
        epochs: Passes over the edges. rate: Step of the first pass; it falls to 0 in a straight line.
        seed: Decides which others push.
        fixed: The first ``fixed`` points stay where they are, and only they push; 0: all move, all push.

    Edge cases:
        No edges: the points stay. Points on one spot don't push each other: start them apart.

    References:
        McInnes, Healy, Melville 2018 (arXiv:1802.03426), algorithm 5; umap-learn's clipping and epoch schedule.
    """
    xy = np.array(start, np.float64, order="C")
    if not len(heads) or epochs < 1:
        return xy
    # as in umap-learn: an edge too weak to act once in all epochs is left out
    kept = weights >= weights.max() / epochs
    period = weights.max() / weights[kept].astype(np.float64)
    free = np.arange(len(xy)) >= fixed
    _compiled()(xy, free, heads[kept], tails[kept], period, fixed or len(xy), epochs, rate, seed)
    return xy
