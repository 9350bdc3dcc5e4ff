"""The closed forms of kernel.py on one tile, in place: exponentials without a shift, for |s| of a moderate size."""

import torch
from jaxtyping import Float
from torch import Tensor

from mlcl_core.losses.core.kernel import LOG_ZERO, coefficients, log_weight_sums, surplus
from mlcl_core.losses.core.tiled_problem import Tile, TiledProblem
from mlcl_core.pairs import TileWeights


def tile_in_place(
    s: Float[Tensor, "r m"],
    weights: TileWeights,
    num_labels: Float[Tensor, " r"],
    problem: TiledProblem,
    *,
    force: bool,
    probability: bool,
) -> Tile:
    """The terms of :func:`mlcl_core.losses.core.kernel.kernel_terms`; ``s`` is overwritten.

    Sums of exponentials must not overflow: see ``SAFE`` in tiles.py.
    """
    form = problem.form
    c, has_positive = coefficients(
        weights, num_labels, placement=form.placement, normalise=form.normalise, epsilon=form.epsilon
    )
    if isinstance(form.scale, Tensor) or form.scale != 1:
        c = c * form.scale
    w, b, constant = _placed(weights, form.placement)
    inside_sum = form.placement == "inside_sum"
    product = None if inside_sum else torch.mul(w, s, out=problem.workspace.like(s, *s.shape))
    attraction, total = (c, None) if product is None else (product.sum(1), w.sum(1))
    # s is needed again by this form alone, once the shares are known
    kept = s.clone() if form.regularised else None
    e = s.exp_()
    if inside_sum:
        w = w * e
        sums = w.sum(1)
        w, attraction = w / _nonzero(sums)[:, None], _log(sums)
    if b is not None:
        e.mul_(b)
    weights.zero_self_pairs(e)
    normaliser = e.sum(1)
    nonzero, log_normaliser = _nonzero(normaliser), _log(normaliser)
    value = (log_normaliser if total is None else total * log_normaliser) - attraction
    if constant is not None:
        value = value - constant
    if kept is not None:
        r = surplus(e / nonzero[:, None], w, weights.positive)
        value = value - torch.linalg.vecdot(r, kept)
        w = w + r
    value = c * value.masked_fill(c <= 0, 0.0)
    share = e / nonzero[:, None] if probability else None
    if force:
        # (w - omega p) here, and -c as the factor: one pass over the pairs
        ratio = nonzero.reciprocal() if total is None else total / nonzero
        torch.addcmul(w, e, ratio[:, None], value=-1, out=e)
    return Tile(value, c, has_positive, e if force else None, -c, share)


def _placed(weights: TileWeights, placement: str) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The w and b that the softmax form of a placement works with (b None: 1), and a constant of the value."""
    w, b = weights.attract, weights.compete
    if placement not in ("inside", "numerator_and_denominator"):
        return w, b, None
    if placement == "numerator_and_denominator":
        b = torch.where(weights.positive > 0, w, 1 if b is None else b)
    return weights.positive, b, log_weight_sums(weights)


def _nonzero(x: Tensor) -> Tensor:
    return x.masked_fill(x <= 0, 1.0)


def _log(x: Tensor) -> Tensor:
    # x is 0 only in rows without a loss, whose value is replaced
    return x.log().clamp_min(LOG_ZERO)


__all__ = ["tile_in_place"]
