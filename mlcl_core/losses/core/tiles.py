"""Tiles of anchors: their size, their memory, and the terms of one.

A tile is some anchors against all references, so that no n x m matrix larger than a tile exists.
"""

import threading
from collections.abc import Iterator
from functools import cache
from math import log2

import torch
from jaxtyping import Float
from torch import Tensor

from mlcl_core.losses.core.kernel import kernel_terms
from mlcl_core.losses.core.tile_in_place import tile_in_place
from mlcl_core.losses.core.tiled_problem import Tile, TiledProblem
from mlcl_core.pairs import TileWeights, Workspace
from mlcl_core.pairs.slow import slow

# Pairs of a tile on the CPU: larger tiles gain nothing, and matrix products of smaller ones are slower.
CPU_PAIRS = 2**21
MIN_ROWS = 128  # of a tile: products of fewer rows run far below the speed of the processor
# Of a workspace that is kept between losses: enough for the tiles of batches of some thousands.
MAX_KEPT_BYTES = 2**26
GPU_SHARE = 0.1  # of the free memory, for the arrays of a tile
GPU_ARRAYS = 8
# Largest |s| whose exponential, summed over a million pairs, float32 and float64 hold without a shift.
SAFE = {torch.float32: 70.0, torch.float64: 600.0}
_of_thread = threading.local()


def tiles(n: int, m: int, like: Tensor, workspace: Workspace, rows: int = 0) -> Iterator[slice]:
    """Slices of n anchors against m references; every tile reuses the arrays of the one before.

    Args:
        n, m: Numbers of anchors and references.
        like: A tensor of the type and on the device that is computed in.
        workspace: Holds the arrays of a tile.
        rows: Anchors of a tile; 0: chosen by size.
    """
    height = rows or tile_height(n, m, like)
    for start in range(0, n, height):
        workspace.clear()
        yield slice(start, min(start + height, n))
    workspace.shrink(MAX_KEPT_BYTES)


def tiles_of(problem: TiledProblem, z: Float[Tensor, "n d"], references: Float[Tensor, "m d"]) -> Iterator[slice]:
    """The slices of a problem."""
    return tiles(len(z), len(references), z, problem.workspace, problem.rows)


def thread_workspace() -> Workspace:
    """This thread's workspace, which keeps its memory between losses: for work that ends before the loss returns."""
    if not hasattr(_of_thread, "workspace"):
        _of_thread.workspace = Workspace()
    return _of_thread.workspace


def tile_height(n: int, m: int, like: Tensor) -> int:
    """How many anchors a tile takes: by cache on the CPU, by free memory on a GPU."""
    pairs = CPU_PAIRS
    if like.is_cuda:
        # a power of two: the same tiles, and so the same bits, while the free memory changes a little
        pairs = 2 ** int(log2(max(1, free_memory(like.device) * GPU_SHARE / GPU_ARRAYS / like.element_size())))
    return max(1, min(n, max(MIN_ROWS, pairs // max(m, 1))))


def free_memory(device: torch.device) -> float:
    """Memory of a GPU that this process may still take, in bytes.

    The driver is asked once, when nothing runs yet: later its answer would have to be waited for.
    """
    return max(0, _memory_at_first(device) - torch.cuda.memory_allocated(device))


@cache
def _memory_at_first(device: torch.device) -> int:
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device)


def tile_terms(
    s: Float[Tensor, "r m"], rows: slice, problem: TiledProblem, *, force: bool, probability: bool = False
) -> Tile:
    """The terms of the anchors in a slice; ``s`` is overwritten."""
    weights, form, num_labels = problem.weigh(rows), problem.form, problem.num_labels[rows]
    if _fits(problem, weights, SAFE[s.dtype]):
        return tile_in_place(s, weights, num_labels, problem, force=force, probability=probability)
    slow(_why_shifted(problem.bound, SAFE[s.dtype]))
    terms = kernel_terms(
        s,
        weights.whole(),
        num_labels,
        placement=form.placement,
        normalise=form.normalise,
        epsilon=form.epsilon,
        scale=form.scale,
        regularised=form.regularised,
        refuse=False,
    )
    one = torch.ones_like(terms.value)
    return Tile(terms.value, terms.coefficient, terms.has_positive, terms.force, one, terms.probability)


def _why_shifted(bound: float, safe: float) -> str:
    """Why exponentials are shifted row by row before they are summed, in arrays of their own."""
    shifted = "exponentials are shifted row by row, in arrays of their own, instead of in place"
    if bound <= safe:
        return f"some weights are so small or so large that sums of exponentials could overflow: {shifted}"
    if bound == float("inf"):
        return f"dot products have no bound: {shifted}"
    return f"similarities up to {bound:.4g} (1 / temperature) are beyond {safe:g}: {shifted}"


def _fits(problem: TiledProblem, weights: TileWeights, safe: float) -> bool:
    """Whether sums of exponentials stay in range without a shift, whatever weights multiply them.

    What the rule says its weights can be is enough for most; where it is not, the weights themselves are looked at on a
    CPU, and a GPU, which would have to be waited for, takes the shifted form.
    """
    in_sums = [weights.attract] if problem.form.placement in ("inside_sum", "numerator_and_denominator") else []
    in_sums += [] if weights.compete is None else [weights.compete]
    # written so that a bound of NaN or infinity takes the shifted form
    if not problem.bound <= safe or not in_sums or problem.bound + problem.reach <= safe:
        return problem.bound <= safe
    return in_sums[0].device.type == "cpu" and problem.bound + max(map(_largest_log, in_sums)) <= safe


def _largest_log(x: Tensor) -> float:
    if x.numel() == 0:
        return 0.0
    low, high = torch.where(x > 0, x, 1).aminmax()
    return float(torch.stack([low, high]).log().abs().max())


__all__ = ["thread_workspace", "tile_height", "tile_terms", "tiles", "tiles_of"]
