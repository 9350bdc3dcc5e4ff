"""The weighted softmax loss of a batch against itself in fused kernels: nothing of size n x n leaves the chip.

The first pass sums over the references of each anchor; value, coefficient and the factor of its exponentials follow
from the sums. The second computes the gradient without a stored force and without atomics: because s_ij = s_ji, the
force of a pair in both roles comes from one tile. Weights are expressions over the counts (``count_expression``). Two
runs give equal bits: all sums have one order.
"""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.autograd.function import once_differentiable

from mlcl_core.losses.core.fused_launches import Launches, Side
from mlcl_core.losses.core.fused_problem import DEFAULT_PLAN, Plan, Problem, fused_problem
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs import Rule


def fused_summed(
    z: Float[Tensor, "n d"],
    y: Bool[Tensor, "n c"],
    *,
    rule: Rule,
    params: Mapping[str, Any],
    form: LossForm,
    temperature: float,
    similarity: str = "cosine",
    operands: torch.dtype = torch.bfloat16,
    plan: Plan = DEFAULT_PLAN,
) -> tuple[Float[Tensor, ""], Int64[Tensor, ""]]:
    """Sum of all anchors' values (before ``reduction``) and how many anchors have a positive, self excluded.

    Args:
        z: Embeddings, of any float type; normalised here for the similarity ``cosine``.
        y: Their labels.
        rule, params: The pair rule and its checked parameters.
        form: Placement, normalisation, epsilon and scale; not regularised.
        temperature: tau.
        similarity: ``cosine`` or ``dot``.
        operands: Type that products take, bfloat16 or float32; sums are float32.
        plan: Tiles and splits of the kernels.

    Raises:
        InputError: A rule that is not a function of the counts, a regularised form, or embeddings that are too wide.
    """
    problem = fused_problem(z, y, rule, params, form, temperature, similarity, operands, plan)
    return _Fused.apply(z, y, problem)


class _Fused(torch.autograd.Function):
    """The gradient is computed in the forward pass; backward only multiplies."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, y: Tensor, problem: Problem) -> tuple[Tensor, Tensor]:
        with torch.cuda.device_of(z):
            items = Side.of([z], y, problem)
            launches = Launches(items, items, problem)
            total, count = launches.value()
            if ctx.needs_input_grad[0]:
                ctx.save_for_backward(launches.gradient_in_both_roles())
        ctx.mark_non_differentiable(count)
        return total, count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> tuple[Tensor, None, None]:
        (grad,) = ctx.saved_tensors
        return grad_total * grad, None, None


__all__ = ["fused_summed"]
