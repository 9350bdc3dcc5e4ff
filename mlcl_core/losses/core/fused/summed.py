"""The weighted softmax loss in fused kernels: nothing of the size of all pairs leaves the chip.

The first pass sums over the references of each anchor; value, coefficient and the factor of its exponentials follow
from the sums. The second computes the gradient without a stored force and without atomics. For a batch against itself
one kernel is enough: because s_ij = s_ji, the force of a pair in both roles comes from one tile. Against references of
their own (a queue, prototypes, or the batch and these) a pair has one role: the gradient of the anchors takes one
kernel, that of the references another, and only those that need a gradient. Weights are expressions over the counts
(``count_expression``). Two runs give equal bits: all sums have one order.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences
from mlcl_core.losses.core.derivatives import dense_gradients, graph_wanted
from mlcl_core.losses.core.fused.expression import CountExpression, count_expression
from mlcl_core.losses.core.fused.launches import Launches, Side
from mlcl_core.losses.core.fused.path import FusedRefused, refused_by_machine
from mlcl_core.losses.core.fused.problem import (
    LARGE_SHARED,
    MAX_DIM,
    Constants,
    FusedProblem,
    Plan,
    constants_of,
    plan_of,
)
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs import Rule
from mlcl_core.pairs.slow import slow

FUSED_GRAPH_WANTED = "the gradient itself is to be differentiated: whole matrices instead of the fused kernels"


def fused_summed(
    pairs: AnchorsAndReferences,
    *,
    rule: Rule,
    params: Mapping[str, Any],
    form: LossForm,
    temperature: float,
    dense: Callable[..., Tensor],
    similarity: str = "cosine",
    operands: torch.dtype | None = None,
    plan: Plan | None = None,
) -> tuple[Float[Tensor, ""], Int64[Tensor, ""]]:
    """Sum of all anchors' values (before ``reduction``) and how many anchors have a positive.

    Args:
        pairs: Anchors and references, normalised here for the similarity ``cosine``; float32, or 16 bits. References
            that are the tensor of the anchors itself: each item is the own item of its row. Otherwise a reference is
            the own item of one anchor at most, and each of the parts gets a gradient where it asks for one.
        rule, params: The pair rule and its checked parameters.
        form: Placement, normalisation, epsilon and scale; not regularised.
        temperature: tau.
        dense: The same sum by whole matrices and autograd, for derivatives beyond the first: of the anchors, and of
            the parts of references of their own.
        similarity: ``cosine`` or ``dot``.
        operands: Type that products take, bfloat16 or float32; sums are float32. None: bfloat16, and float32 under
            Triton's interpreter.
        plan: Tiles and splits of the kernels; None: by the device.

    Raises:
        FusedRefused: A machine without Triton or a fitting GPU, a rule that is not a function of the counts or whose
            weights are not finite, a regularised form, float64, or embeddings that are too wide.
    """
    z, c = pairs.z, pairs.y.shape[1]
    expression = count_expression(rule, params, c, kinds=pairs.kind is not None)
    if reason := _refused(z, expression, rule, form) or refused_by_machine(z.device):
        raise FusedRefused(reason)
    assert expression is not None
    from mlcl_core.losses.core.fused.functions import INTERPRETED

    operands = operands or (torch.float32 if INTERPRETED.value else torch.bfloat16)
    plan = plan or _said(plan_of(z.device))
    problem = FusedProblem(expression, form, temperature, similarity == "cosine", operands, plan)
    call = _Call(pairs, problem, constants_of(problem, z.shape[1], c), dense)
    with _launching(z, call.constants):
        if torch.is_grad_enabled() and any(x.requires_grad for x in call.inputs):
            return _Fused.apply(call, *call.inputs)
        return call.launches().value()


@contextmanager
def _launching(z: Tensor, constants: Constants) -> Iterator[None]:
    from mlcl_core.losses.core.fused.functions import TritonError

    if constants.failure:
        raise FusedRefused(constants.failure)
    try:
        # Triton launches on the current device
        with torch.cuda.device(z.device) if z.is_cuda else nullcontext():
            yield
    except TritonError as error:
        constants.failure = f"Triton does not compile them here: {' '.join(str(error).split())[:300]}"
        raise FusedRefused(constants.failure) from error


def _refused(z: Tensor, expression: CountExpression | None, rule: Rule, form: LossForm) -> str:
    if expression is None:
        return f"the weights of the rule {rule.name} are no function of the label counts of a pair"
    if expression.not_finite:
        return f"the rule {rule.name} gives weights that are not finite: {expression.not_finite}"
    if expression.zero_positive and form.placement in ("inside", "numerator_and_denominator"):
        return (
            f"the rule {rule.name} gives some positives the weight 0, whose logarithm placement {form.placement} takes"
        )
    if form.regularised:
        return "they have no regularised form"
    if z.dtype == torch.float64:
        return "the embeddings are float64"
    return f"embeddings have {z.shape[1]} dimensions, they take at most {MAX_DIM}" if z.shape[1] > MAX_DIM else ""


def _said(plan: Plan) -> Plan:
    if plan.sums.rows < Plan().sums.rows:
        slow(f"blocks of this GPU share less than {LARGE_SHARED // 1024} KB of memory: smaller tiles in the kernels")
    return plan


@dataclass(frozen=True)
class _Call:
    pairs: AnchorsAndReferences
    problem: FusedProblem
    constants: Constants
    dense: Callable[..., Tensor]

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The anchors, and the parts of references of their own."""
        pairs = self.pairs
        return (pairs.z,) if pairs.reference_z is pairs.z else (pairs.z, *pairs.reference_parts)

    def launches(self) -> Launches:
        """The kernels, items prepared."""
        pairs, problem, constants = self.pairs, self.problem, self.constants
        z, *parts = self.inputs
        anchors = Side.of([z], pairs.y, problem, constants)
        if not parts:
            return Launches(anchors, anchors, problem, constants)
        return Launches(
            anchors, Side.of(parts, pairs.reference_y, problem, constants), problem, constants, pairs.self_index
        )


class _Fused(torch.autograd.Function):
    """Gradients are computed in the forward pass; backward only multiplies."""

    @staticmethod
    def forward(ctx: Any, call: _Call, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        needed, launches = ctx.needs_input_grad[1:], call.launches()
        total, count = launches.value()
        ctx.save_for_backward(*inputs, *launches.gradients(needed))
        ctx.dense, ctx.needed = call.dense, needed
        ctx.mark_non_differentiable(count)
        return total, count

    @staticmethod
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> tuple[Tensor | None, ...]:
        inputs, computed = ctx.saved_tensors[: len(ctx.needed)], iter(ctx.saved_tensors[len(ctx.needed) :])
        if graph_wanted(grad_total):
            slow(FUSED_GRAPH_WANTED)
            return None, *dense_gradients(ctx.dense, inputs, ctx.needed, grad_total)
        return None, *(grad_total * next(computed) if need else None for need in ctx.needed)


__all__ = ["FUSED_GRAPH_WANTED", "fused_summed"]
