"""Values and gradients of a loss by tiles: the kernel at speed.

The values and forces of a tile are computed in place, and the forces multiplied into the gradients at once. A reduced
loss needs three matrix products in all (scores, and the gradients of anchors and references) and nothing in the
backward pass but a factor; one value per anchor (``reduction="none"``) computes the tiles again in the backward pass,
where the factor of each anchor is known.

Forces in closed form have no derivative: where a second one is asked for, :func:`dense` computes the same numbers.
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.losses.core.derivatives import dense_gradients, graph_wanted, traced
from mlcl_core.losses.core.kernel import coefficients, per_anchor
from mlcl_core.losses.core.tiled_problem import Tile, TiledProblem
from mlcl_core.losses.core.tiles import tile_terms, tiles_of
from mlcl_core.pairs import Workspace
from mlcl_core.pairs.slow import slow

TRACED = "torch.func or forward-mode differentiation is active: whole matrices instead of tiles"
GRAPH_WANTED = "the gradient itself is to be differentiated: whole matrices instead of tiles"


def summed(
    z: Float[Tensor, "n d"], references: Float[Tensor, "m d"], problem: TiledProblem
) -> tuple[Float[Tensor, ""], Int64[Tensor, ""]]:
    """Sum of all anchors' values (before ``reduction``) and how many anchors have a positive.

    Args:
        z: Anchors, over the temperature; unit vectors before that.
        references: Unit vectors.
        problem: Weights and form.
    """
    if traced(z, references):
        slow(TRACED)
        values, has_positive = dense(z, references, problem)
        return values.sum(), has_positive.sum()
    wanted = torch.is_grad_enabled() and (z.requires_grad or references.requires_grad)
    if wanted:
        return _Summed.apply(z, references, problem)
    sums = [
        _sums(tile_terms(problem.scores(z[rows], references), rows, problem, force=False))
        for rows in tiles_of(problem, z, references)
    ]
    return _total(sums, z)


def per_anchor_values(
    z: Float[Tensor, "n d"], references: Float[Tensor, "m d"], problem: TiledProblem
) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
    """Each anchor's value and whether it has a positive; arguments as :func:`summed`."""
    if traced(z, references):
        slow(TRACED)
        return dense(z, references, problem)
    if torch.is_grad_enabled() and (z.requires_grad or references.requires_grad):
        slow("one value per anchor (reduction none): the backward pass makes every tile again")
    return _PerAnchor.apply(z, references, problem)


def dense(
    z: Float[Tensor, "n d"], references: Float[Tensor, "m d"], problem: TiledProblem
) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
    """The same as :func:`per_anchor_values` by whole matrices and autograd: it has derivatives of any order, and its
    memory grows with the square of the batch.
    """
    form = problem.form
    # autograd keeps the weights: no other tile may overwrite them
    weights = problem.weights(slice(0, len(z)), Workspace()).whole()
    c, has_positive = coefficients(
        weights, problem.num_labels, placement=form.placement, normalise=form.normalise, epsilon=form.epsilon
    )
    return per_anchor(z @ references.T, weights, c * form.scale, form.placement, form.regularised), has_positive


def _sums(tile: Tile) -> tuple[Tensor, Tensor]:
    return tile.value.sum(), tile.has_positive.sum()


def _total(sums: list[tuple[Tensor, Tensor]], z: Tensor) -> tuple[Tensor, Tensor]:
    """Sum of the values, and number of anchors with a positive, of all tiles; most batches are one."""
    if not sums:
        return z.new_zeros(()), torch.zeros((), dtype=torch.int64, device=z.device)
    values, counts = zip(*sums, strict=True)
    return sum(values[1:], values[0]), sum(counts[1:], counts[0])


def _add_gradients(
    tile: Tile,
    rows: slice,
    z: Tensor,
    references: Tensor,
    scale: Tensor | None,
    grad_z: Tensor | None,
    grad_references: Tensor | None,
) -> None:
    """Add the gradients of a tile, ``scale`` (None: 1) times each anchor's value, to those of anchors and references.

    The first tile begins the gradient of the references.
    """
    assert tile.unscaled_force is not None
    assert tile.factor is not None
    # factors per row are cheaper on the embeddings than on the pairs
    factor = (tile.factor if scale is None else tile.factor * scale)[:, None]
    if grad_z is not None:
        torch.mm(tile.unscaled_force, references, out=grad_z[rows]).mul_(factor)
    if grad_references is None:
        return
    if rows.start == 0:
        torch.mm(tile.unscaled_force.T, z[rows] * factor, out=grad_references)
    else:
        grad_references.addmm_(tile.unscaled_force.T, z[rows] * factor)


def _gradients(z: Tensor, references: Tensor, needed: Sequence[bool]) -> tuple[Tensor | None, Tensor | None]:
    """Room for the gradients of anchors and references that are needed; without anchors that of references is 0."""
    of_references = torch.zeros_like if len(z) == 0 else torch.empty_like
    return torch.empty_like(z) if needed[0] else None, of_references(references) if needed[1] else None


class _Summed(torch.autograd.Function):
    """Gradients are computed tile by tile in the forward pass; the backward pass only multiplies."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, references: Tensor, problem: TiledProblem) -> tuple[Tensor, Tensor]:
        grad_z, grad_references = _gradients(z, references, ctx.needs_input_grad)
        sums = []
        for rows in tiles_of(problem, z, references):
            tile = tile_terms(problem.scores(z[rows], references), rows, problem, force=True)
            sums.append(_sums(tile))
            _add_gradients(tile, rows, z, references, None, grad_z, grad_references)
        total, count = _total(sums, z)
        ctx.save_for_backward(z, references, *(grad for grad in (grad_z, grad_references) if grad is not None))
        ctx.problem = problem
        ctx.mark_non_differentiable(count)
        ctx.set_materialize_grads(False)  # the total's alone is ever asked for
        return total, count

    @staticmethod
    def backward(ctx: Any, grad_total: Tensor | None, _: Any) -> tuple[Tensor | None, Tensor | None, None]:
        if grad_total is None:
            return None, None, None
        z, references, *computed = ctx.saved_tensors
        needed = ctx.needs_input_grad[:2]
        if graph_wanted(grad_total):
            slow(GRAPH_WANTED)
            grads = dense_gradients(
                lambda z, references: dense(z, references, ctx.problem)[0].sum(), (z, references), needed, grad_total
            )
            return grads[0], grads[1], None
        saved = iter(computed)
        grads = [grad_total * next(saved) if need else None for need in needed]
        return grads[0], grads[1], None


class _PerAnchor(torch.autograd.Function):
    """One value per anchor; the backward pass computes the tiles again."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, references: Tensor, problem: TiledProblem) -> tuple[Tensor, Tensor]:
        values = z.new_empty(len(z))
        has_positive = torch.empty(len(z), dtype=torch.bool, device=z.device)
        for rows in tiles_of(problem, z, references):
            tile = tile_terms(problem.scores(z[rows], references), rows, problem, force=False)
            values[rows], has_positive[rows] = tile.value, tile.has_positive
        ctx.save_for_backward(z, references)
        ctx.problem = problem
        ctx.mark_non_differentiable(has_positive)
        return values, has_positive

    @staticmethod
    def backward(ctx: Any, grad_values: Tensor, _: Any) -> tuple[Tensor | None, Tensor | None, None]:
        z, references = ctx.saved_tensors
        needed = ctx.needs_input_grad[:2]
        if graph_wanted(grad_values):
            slow(GRAPH_WANTED)
            grads = dense_gradients(
                lambda z, references: dense(z, references, ctx.problem)[0], (z, references), needed, grad_values
            )
            return grads[0], grads[1], None
        grad_z, grad_references = _gradients(z, references, needed)
        for rows in tiles_of(ctx.problem, z, references):
            tile = tile_terms(ctx.problem.scores(z[rows], references), rows, ctx.problem, force=True)
            _add_gradients(tile, rows, z, references, grad_values[rows], grad_z, grad_references)
        return grad_z, grad_references, None


__all__ = ["GRAPH_WANTED", "TRACED", "dense", "per_anchor_values", "summed"]
