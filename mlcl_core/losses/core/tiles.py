"""The kernel at speed: the numbers of kernel.py's plain form by tiles of rows, never an n x m matrix beyond a tile.

A tile is some anchors against all others: their weights are made from the labels, their values and forces in place,
and the forces multiplied into the gradients at once. A reduced loss so needs three matrix products in all (similarity,
and the gradients of both sides) and nothing in backward but a factor; one value per anchor (``reduction="none"``)
makes the tiles again in backward, where each anchor's factor is known.

Forces in closed form have no derivative of their own: where a second one is asked for, :func:`dense` stands in.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.losses.core.derivatives import dense_gradients, graph_wanted, traced
from mlcl_core.losses.core.kernel import LOG_ZERO, coefficients, kernel_terms, log_weight_sums, per_anchor, surplus
from mlcl_core.pairs import TileWeights, Workspace
from mlcl_core.pairs.slow import slow

# Pairs of a tile on the CPU: beyond it nothing is gained, below it matrix products lose speed.
CPU_PAIRS = 2**21
FEWEST_ROWS = 128  # of a tile: products of fewer rows run far below the speed of the processor
# Of a workspace that stays from one loss to the next: enough for the tiles of batches of some thousands.
STANDING_BYTES = 2**26
_standing = threading.local()
TRACED = "torch.func or forward-mode differentiation looks on: whole matrices instead of tiles"
GRAPH_WANTED = "the gradient itself is to be derived: whole matrices instead of tiles"
GPU_SHARE = 0.1  # of the free memory, for the arrays of a tile
GPU_ARRAYS = 8
# Largest |s| whose exponential, summed over a million pairs, float32 and float64 hold without a shift.
SAFE = {torch.float32: 70.0, torch.float64: 600.0}


@dataclass(frozen=True)
class Form:
    """What stands in front of and between the sums: see :func:`mlcl_core.losses.core.kernel.kernel_terms`."""

    placement: str
    normalise: str
    epsilon: float = 0.0
    scale: float = 1.0
    regularised: bool = False  # for placement outside


@dataclass(frozen=True)
class Problem:
    """Anchors against others: what a tile is cut from.

    ``weights(rows, workspace)`` gives the weights of the anchors in a slice; ``num_labels`` is |S| of each anchor;
    ``bound`` the largest |s| that can be (1 / temperature for unit vectors); ``workspace`` holds the arrays of a tile.
    """

    weights: Callable[[slice, Workspace], TileWeights]
    num_labels: Float[Tensor, " n"]
    form: Form
    bound: float
    rows: int = 0  # of a tile; 0: chosen by size
    workspace: Workspace = field(default_factory=Workspace)

    def weigh(self, rows: slice) -> TileWeights:
        """The weights of the anchors in a slice."""
        return self.weights(rows, self.workspace)

    def similarity(self, z: Float[Tensor, "r d"], others: Float[Tensor, "m d"]) -> Float[Tensor, "r m"]:
        """s of a tile."""
        return torch.mm(z, others.T, out=self.workspace.like(z, len(z), len(others)))


@dataclass(frozen=True)
class Tile:
    """The kernel's numbers for some anchors: value L_i, coefficient c_i; of each pair, where they were asked for, the
    share p_ij of the normaliser and, times ``factor`` of its anchor, the force dL_i / ds_ij.
    """

    value: Float[Tensor, " r"]
    coefficient: Float[Tensor, " r"]
    has_positive: Bool[Tensor, " r"]
    pull: Float[Tensor, "r m"] | None = None
    factor: Float[Tensor, " r"] | None = None
    probability: Float[Tensor, "r m"] | None = None

    @property
    def force(self) -> Float[Tensor, "r m"] | None:
        """The force on each pair, where it was asked for."""
        return None if self.pull is None or self.factor is None else self.pull * self.factor[:, None]


def summed(
    z: Float[Tensor, "n d"], others: Float[Tensor, "m d"], problem: Problem
) -> tuple[Float[Tensor, ""], Int64[Tensor, ""]]:
    """Sum of all anchors' values (before ``reduction``) and how many anchors have a positive.

    Args:
        z: Anchors, over the temperature; unit vectors before that.
        others: Unit vectors.
        problem: Weights and form.
    """
    if traced(z, others):
        slow(TRACED)
        values, has_positive = dense(z, others, problem)
        return values.sum(), has_positive.sum()
    wanted = torch.is_grad_enabled() and (z.requires_grad or others.requires_grad)
    if wanted:
        return _Summed.apply(z, others, problem)
    total, count = z.new_zeros(()), torch.zeros((), dtype=torch.int64, device=z.device)
    for rows in tiles(z, others, problem):
        tile = tile_terms(problem.similarity(z[rows], others), rows, problem, force=False)
        total += tile.value.sum()
        count += tile.has_positive.sum()
    return total, count


def per_anchor_values(
    z: Float[Tensor, "n d"], others: Float[Tensor, "m d"], problem: Problem
) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
    """Each anchor's value and whether it has a positive; arguments as :func:`summed`."""
    if traced(z, others):
        slow(TRACED)
        return dense(z, others, problem)
    if torch.is_grad_enabled() and (z.requires_grad or others.requires_grad):
        slow("one value per anchor (reduction none): the backward pass makes every tile again")
    return _PerAnchor.apply(z, others, problem)


def dense(
    z: Float[Tensor, "n d"], others: Float[Tensor, "m d"], problem: Problem
) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
    """What :func:`per_anchor_values` gives as written on paper, whole matrices left to autograd: it can be derived as
    often as anybody likes, and its memory grows with the square of the batch.
    """
    form = problem.form
    # autograd keeps the weights: no other tile may come to stand in their place
    weights = problem.weights(slice(0, len(z)), Workspace()).whole()
    c, has_positive = coefficients(
        weights, problem.num_labels, placement=form.placement, normalise=form.normalise, epsilon=form.epsilon
    )
    return per_anchor(z @ others.T, weights, c * form.scale, form.placement, form.regularised), has_positive


def tiles(z: Float[Tensor, "n d"], others: Float[Tensor, "m d"], problem: Problem) -> Iterator[slice]:
    """Slices of anchors, each small enough to be worked on at once, in the workspace of the one before."""
    height = problem.rows or tile_height(len(z), len(others), z)
    for start in range(0, len(z), height):
        problem.workspace.clear()
        yield slice(start, min(start + height, len(z)))
    problem.workspace.shrink(STANDING_BYTES)


def thread_workspace() -> Workspace:
    """This thread's workspace, which keeps its memory between losses: for work that ends before the loss returns."""
    if not hasattr(_standing, "workspace"):
        _standing.workspace = Workspace()
    return _standing.workspace


def tile_height(n: int, m: int, like: Tensor) -> int:
    """How many anchors a tile takes: by cache on the CPU, by free memory on a GPU."""
    pairs = CPU_PAIRS
    if like.is_cuda:
        free, _ = torch.cuda.mem_get_info(like.device)
        pairs = int(free * GPU_SHARE / GPU_ARRAYS / like.element_size())
    return max(1, min(n, max(FEWEST_ROWS, pairs // max(m, 1))))


def tile_terms(
    s: Float[Tensor, "r m"], rows: slice, problem: Problem, *, force: bool, probability: bool = False
) -> Tile:
    """What the kernel makes of one tile; ``s`` is overwritten."""
    weights, form, num_labels = problem.weigh(rows), problem.form, problem.num_labels[rows]
    # written so that a bound of NaN or infinity takes the careful way
    if problem.bound + _weight_reach(weights, form.placement) <= SAFE[s.dtype]:
        return _quick(s, weights, num_labels, form, problem.workspace, force, probability)
    slow(_why_careful(problem.bound, SAFE[s.dtype]))
    terms = kernel_terms(
        s,
        weights.whole(),
        num_labels,
        placement=form.placement,
        normalise=form.normalise,
        epsilon=form.epsilon,
        scale=form.scale,
        regularised=form.regularised,
    )
    one = torch.ones_like(terms.value)
    return Tile(terms.value, terms.coefficient, terms.has_positive, terms.force, one, terms.probability)


def _why_careful(bound: float, safe: float) -> str:
    """Why exponentials are shifted row by row before they are added up, in arrays of their own."""
    shifted = "exponentials are shifted row by row, in arrays of their own, instead of in place"
    if bound <= safe:
        return f"some weights are so small or so large that sums of exponentials could overflow: {shifted}"
    if bound == float("inf"):
        return f"dot products have no bound: {shifted}"
    return f"similarities up to {bound:.4g} (1 / temperature) are beyond {safe:g}: {shifted}"


def _weight_reach(weights: TileWeights, placement: str) -> float:
    """Largest |log| of the weights that multiply exponentials: as good as added to |s|."""
    reach = 0.0
    if placement in ("inside_sum", "numerator_and_denominator"):
        reach = _largest_log(weights.attract)
    return reach if weights.compete is None else max(reach, _largest_log(weights.compete))


def _largest_log(x: Tensor) -> float:
    if x.numel() == 0:
        return 0.0
    low, high = torch.where(x > 0, x, 1).aminmax()
    return float(torch.stack([low, high]).log().abs().max())


def _quick(
    s: Float[Tensor, "r m"],
    weights: TileWeights,
    num_labels: Float[Tensor, " r"],
    form: Form,
    workspace: Workspace,
    want_force: bool,
    want_probability: bool,
) -> Tile:
    """The closed forms of kernel.py in place; exponentials without a shift, which ``SAFE`` allows."""
    c, has_positive = coefficients(
        weights, num_labels, placement=form.placement, normalise=form.normalise, epsilon=form.epsilon
    )
    if form.scale != 1:
        c = c * form.scale
    w, b = weights.attract, weights.compete
    constant = None
    if form.placement in ("inside", "numerator_and_denominator"):
        constant = log_weight_sums(weights)
        if form.placement == "numerator_and_denominator":
            b = torch.where(weights.positive > 0, w, 1 if b is None else b)
        w = weights.positive
    together = form.placement == "inside_sum"
    product = None if together else torch.mul(w, s, out=workspace.like(s, *s.shape))
    pull, total = (c, None) if product is None else (product.sum(1), w.sum(1))
    # the only form that asks for s again, with the shares at hand
    kept = s.clone() if form.regularised else None
    e = s.exp_()
    if together:
        w = w * e
        sums = w.sum(1)
        w, pull = w / _filled(sums)[:, None], _log(sums)
    if b is not None:
        e.mul_(b)
    weights.zero_self_pairs(e)
    normaliser = e.sum(1)
    filled, log_normaliser = _filled(normaliser), _log(normaliser)
    value = (log_normaliser if total is None else total * log_normaliser) - pull
    if constant is not None:
        value = value - constant
    if kept is not None:
        r = surplus(e / filled[:, None], w, weights.positive)
        value = value - torch.linalg.vecdot(r, kept)
        w = w + r
    value = c * torch.where(c > 0, value, 0.0)
    share = e / filled[:, None] if want_probability else None
    if want_force:
        # (w - omega p) here, and -c for its factor: one pass over the pairs
        ratio = filled.reciprocal() if total is None else total / filled
        torch.addcmul(w, e, ratio[:, None], value=-1, out=e)
    return Tile(value, c, has_positive, e if want_force else None, -c, share)


def _filled(x: Tensor) -> Tensor:
    return torch.where(x > 0, x, 1.0)


def _log(x: Tensor) -> Tensor:
    # 0 may stand in a row of nothing only: its logarithm is replaced
    return x.log().clamp_min(LOG_ZERO)


def _add_gradients(
    tile: Tile, rows: slice, z: Tensor, others: Tensor, scale: Tensor, grad_z: Tensor | None, grad_others: Tensor | None
) -> None:
    """What the forces of a tile, ``scale`` times each anchor's, do to its anchors and to the others."""
    assert tile.pull is not None
    assert tile.factor is not None
    # factors of rows are cheaper on the small sides of the products than on the pairs
    factor = (tile.factor * scale)[:, None]
    if grad_z is not None:
        torch.mm(tile.pull, others, out=grad_z[rows]).mul_(factor)
    if grad_others is not None:
        grad_others.addmm_(tile.pull.T, z[rows] * factor)


class _Summed(torch.autograd.Function):
    """Gradients are made tile by tile on the way forward; backward only multiplies."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, others: Tensor, problem: Problem) -> tuple[Tensor, Tensor]:
        total, count = z.new_zeros(()), torch.zeros((), dtype=torch.int64, device=z.device)
        grad_z = torch.empty_like(z) if ctx.needs_input_grad[0] else None
        grad_others = torch.zeros_like(others) if ctx.needs_input_grad[1] else None
        for rows in tiles(z, others, problem):
            tile = tile_terms(problem.similarity(z[rows], others), rows, problem, force=True)
            total += tile.value.sum()
            count += tile.has_positive.sum()
            _add_gradients(tile, rows, z, others, z.new_ones(()), grad_z, grad_others)
        ctx.save_for_backward(z, others, *(grad for grad in (grad_z, grad_others) if grad is not None))
        ctx.problem = problem
        ctx.mark_non_differentiable(count)
        return total, count

    @staticmethod
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> tuple[Tensor | None, Tensor | None, None]:
        z, others, *made = ctx.saved_tensors
        needed = ctx.needs_input_grad[:2]
        if graph_wanted(grad_total):
            slow(GRAPH_WANTED)
            grads = dense_gradients(
                lambda z, others: dense(z, others, ctx.problem)[0].sum(), (z, others), needed, grad_total
            )
            return grads[0], grads[1], None
        saved = iter(made)
        grads = [grad_total * next(saved) if need else None for need in needed]
        return grads[0], grads[1], None


class _PerAnchor(torch.autograd.Function):
    """One value per anchor; backward makes the tiles again."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, others: Tensor, problem: Problem) -> tuple[Tensor, Tensor]:
        values = z.new_empty(len(z))
        has_positive = torch.empty(len(z), dtype=torch.bool, device=z.device)
        for rows in tiles(z, others, problem):
            tile = tile_terms(problem.similarity(z[rows], others), rows, problem, force=False)
            values[rows], has_positive[rows] = tile.value, tile.has_positive
        ctx.save_for_backward(z, others)
        ctx.problem = problem
        ctx.mark_non_differentiable(has_positive)
        return values, has_positive

    @staticmethod
    def backward(ctx: Any, grad_values: Tensor, _: Any) -> tuple[Tensor | None, Tensor | None, None]:
        z, others = ctx.saved_tensors
        needed = ctx.needs_input_grad[:2]
        if graph_wanted(grad_values):
            slow(GRAPH_WANTED)
            grads = dense_gradients(
                lambda z, others: dense(z, others, ctx.problem)[0], (z, others), needed, grad_values
            )
            return grads[0], grads[1], None
        grad_z = torch.empty_like(z) if needed[0] else None
        grad_others = torch.zeros_like(others) if needed[1] else None
        for rows in tiles(z, others, ctx.problem):
            tile = tile_terms(ctx.problem.similarity(z[rows], others), rows, ctx.problem, force=True)
            _add_gradients(tile, rows, z, others, grad_values[rows], grad_z, grad_others)
        return grad_z, grad_others, None


__all__ = [
    "Form",
    "Problem",
    "Tile",
    "dense",
    "per_anchor_values",
    "summed",
    "thread_workspace",
    "tile_height",
    "tile_terms",
    "tiles",
]
