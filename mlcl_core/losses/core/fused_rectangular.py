"""The weighted softmax loss of anchors against references of their own in fused kernels: a queue, prototypes, a batch
and more.

As in fused.py, but that a pair acts in one role: the gradient of the anchors takes one kernel, that of the references
another, and only for those that need one. Nothing of size n x m leaves the chip, and two runs give equal bits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.autograd.function import once_differentiable

from mlcl_core.losses.core.fused_launches import Launches, Side
from mlcl_core.losses.core.fused_problem import DEFAULT_PLAN, Plan, Problem, fused_problem
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs import Rule


def fused_rectangular_summed(
    z: Float[Tensor, "n d"],
    y: Bool[Tensor, "n c"],
    references: Sequence[Float[Tensor, "m d"]],
    reference_y: Bool[Tensor, "m c"],
    self_index: Int64[Tensor, " n"] | None = None,
    *,
    rule: Rule,
    params: Mapping[str, Any],
    form: LossForm,
    temperature: float,
    similarity: str = "cosine",
    operands: torch.dtype = torch.bfloat16,
    plan: Plan = DEFAULT_PLAN,
) -> tuple[Float[Tensor, ""], Int64[Tensor, ""]]:
    """Sum of all anchors' values (before ``reduction``) and how many anchors have a positive.

    Args:
        z, y: Anchors, normalised here for the similarity ``cosine``, and their labels.
        references: The references in parts that follow each other; each part gets a gradient where it asks for one.
        reference_y: The labels of all references.
        self_index: Column of each anchor's own item among them, -1 where there is none; None: no pair is excluded. A
            reference is the own item of one anchor at most.
        rule, params, form, temperature, similarity, operands, plan: As those of
            :func:`mlcl_core.losses.core.fused.fused_summed`.

    Raises:
        InputError: What the kernels cannot do, as there.
    """
    problem = fused_problem(z, y, rule, params, form, temperature, similarity, operands, plan)
    return _Rectangular.apply(z, y, reference_y, self_index, problem, *references)


class _Rectangular(torch.autograd.Function):
    """Gradients are computed in the forward pass; backward only multiplies."""

    @staticmethod
    def forward(
        ctx: Any, z: Tensor, y: Tensor, reference_y: Tensor, own: Tensor | None, problem: Problem, *references: Tensor
    ) -> tuple[Tensor, Tensor]:
        of_anchors, *of_references = ctx.needs_input_grad[0], *ctx.needs_input_grad[-len(references) :]
        with torch.cuda.device_of(z):
            launches = Launches(Side.of([z], y, problem), Side.of(references, reference_y, problem), problem, own)
            total, count = launches.value()
            grads = [launches.gradient_of_anchors() if of_anchors else None]
            grads += launches.gradients_of_references(of_references)
        ctx.save_for_backward(*(grad for grad in grads if grad is not None))
        ctx.needed = [grad is not None for grad in grads]
        ctx.mark_non_differentiable(count)
        return total, count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> tuple[Tensor | None, ...]:
        saved = iter(ctx.saved_tensors)
        grads = [grad_total * next(saved) if need else None for need in ctx.needed]
        return grads[0], None, None, None, None, *grads[1:]


__all__ = ["fused_rectangular_summed"]
