"""The weighted softmax loss of a batch against itself in fused kernels: nothing of size n x n leaves the chip.

The first pass sums over the references of each anchor; value, coefficient and the factor of its exponentials follow
from the sums. The second computes the gradient without a stored force and without atomics: because s_ij = s_ji, the
force of a pair in both roles comes from one tile. Weights are expressions over the counts (``count_expression``). Two
runs give equal bits: all sums have one order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import e as euler
from math import log2
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.autograd.function import once_differentiable

from mlcl_core.errors import InputError
from mlcl_core.losses.core.count_expression import CountExpression, count_expression
from mlcl_core.losses.core.inputs import MIN_LENGTH
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs import Rule

PLACEMENT_CODES = {"outside": 0, "inside": 1, "inside_sum": 2, "numerator_and_denominator": 3}
NORMALISE_CODES = {"count": 0, "weight_sum": 1, "labels": 2, "none": 3}
MAX_DIM = 256  # of an embedding: a tile of it, and of its gradient, stays on the chip
MAX_SPLITS = 16
# Largest |s|, in nats, at which sums and ratios of exponentials stay within float32 without a shift.
SAFE = 43.0
SUMS, FACTORS = 8, 5  # numbers of an anchor between the kernels


@dataclass(frozen=True)
class Blocks:
    """Tile of a kernel: ``rows`` x ``columns`` pairs; warps, pipeline stages, and registers of a thread (0: any)."""

    rows: int = 64
    columns: int = 64
    warps: int = 4
    stages: int = 3
    registers: int = 0

    def launch(self) -> dict[str, int]:
        """Arguments of the launch."""
        sizes = {"BM": self.rows, "BN": self.columns, "num_warps": self.warps, "num_stages": self.stages}
        return sizes | ({"maxnreg": self.registers} if self.registers else {})


@dataclass(frozen=True)
class Plan:
    """How the kernels are launched; ``programs``: so many at least, by splitting the references of a tile."""

    sums: Blocks = Blocks(rows=128, warps=8, stages=2)
    gradient: Blocks = Blocks(stages=2)
    programs: int = 264  # two for each multiprocessor of an H100

    def splits(self, n: int, blocks: Blocks) -> int:
        """Shares of the references for each tile of anchors, of four tiles at least."""
        return max(1, min(MAX_SPLITS, self.programs * blocks.rows // max(n, 1), n // (4 * blocks.columns)))


DEFAULT_PLAN = Plan()


def label_blocks(num_labels: int) -> tuple[int, int, int]:
    """Padded number of labels and the sizes of two blocks of them (chunks of the first where both do not hold all)."""
    for blocks in ((32, 0), (64, 0), (64, 32), (128, 0)):
        if num_labels <= sum(blocks):
            return sum(blocks), *blocks
    return -(-num_labels // 128) * 128, 128, 0


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
    expression = count_expression(rule, params, y.shape[1])
    if expression is None:
        raise InputError(f"rule {rule.name} is not a function of the label counts of a pair: no fused path")
    if form.regularised:
        raise InputError("the fused path has no regularised form")
    if z.shape[1] > MAX_DIM:
        raise InputError(f"embeddings have {z.shape[1]} dimensions; the fused path takes at most {MAX_DIM}")
    return _Fused.apply(z, _Problem(y, expression, form, temperature, similarity == "cosine", operands, plan))


@dataclass(frozen=True)
class _Problem:
    y: Tensor
    expression: CountExpression
    form: LossForm
    temperature: float
    is_cosine: bool
    operands: torch.dtype
    plan: Plan

    @property
    def shift(self) -> bool:
        """Whether exponentials are shifted by each anchor's largest s."""
        return not self.is_cosine or not 1 / self.temperature <= SAFE


class _Fused(torch.autograd.Function):
    """The gradient is computed in the forward pass; backward only multiplies."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, problem: _Problem) -> tuple[Tensor, Tensor]:
        total, count, grad = _run(z, problem, want_gradient=ctx.needs_input_grad[0])
        if grad is not None:
            ctx.save_for_backward(grad)
        ctx.mark_non_differentiable(count)
        return total, count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> tuple[Tensor, None]:
        (grad,) = ctx.saved_tensors
        return grad_total * grad, None


def _run(z: Tensor, problem: _Problem, *, want_gradient: bool) -> tuple[Tensor, Tensor, Tensor | None]:
    from mlcl_core.losses.core import fused_kernels as kernels

    z, y = z.contiguous(), problem.y.contiguous().view(torch.uint8)
    (n, d), c, device = z.shape, y.shape[1], z.device
    total, count = z.new_zeros((), dtype=torch.float32), torch.zeros((), dtype=torch.int64, device=device)
    if not n:
        return total, count, torch.zeros_like(z)
    form, plan, expression = problem.form, problem.plan, problem.expression
    padded, block_a, block_b = label_blocks(c)
    width = max(16, 1 << (d - 1).bit_length())
    weights, own = kernels.compiled(expression.source, expression.own)
    of_form: dict[str, Any] = {
        "OWN": own,
        "PLACEMENT": PLACEMENT_CODES[form.placement],
        "SHIFT": problem.shift,
        "OWNED": expression.owned,
    }
    of_tiles = of_form | {
        "WEIGHTS": weights,
        "COMPETES": expression.competes,
        "FRACTION": expression.fraction,
        "PRECISION": "ieee" if problem.operands == torch.float32 else "tf32",
        "BD": width,
        "CP": padded,
        "CA": block_a,
        "CB": block_b,
    }
    points = torch.empty(n, width, dtype=problem.operands, device=device)
    labels = torch.empty(n, padded, dtype=torch.int8, device=device)
    splits = plan.splits(n, plan.sums)
    numbers = torch.empty((3 + FACTORS + splits * SUMS) * n, dtype=torch.float32, device=device)
    sizes, lengths, value = numbers[:n], numbers[n : 2 * n], numbers[2 * n : 3 * n]
    factors, partial = numbers[3 * n : (3 + FACTORS) * n], numbers[(3 + FACTORS) * n :]
    has = torch.empty(n, dtype=torch.int32, device=device)
    scale = log2(euler) / problem.temperature

    rows = 16
    kernels.prepare[(-(-n // rows),)](
        z, y, points, labels, sizes, lengths, n, d, c, MIN_LENGTH, UNIT=problem.is_cosine, BM=rows, BD=width, CP=padded
    )
    size = plan.sums
    kernels.sums[(-(-n // size.rows), splits)](
        points, labels, sizes, partial, n, splits, scale, **of_tiles, **size.launch(),
    )  # fmt: skip
    kernels.combine[(-(-n // 64),)](
        sizes, partial, value, factors, has, n, splits, form.epsilon, form.scale, **of_form,
        NORMALISE=NORMALISE_CODES[form.normalise], BM=64, num_warps=2,
    )  # fmt: skip
    kernels.add_up[(1,)](value, has, total, count, n, B=1024)
    if not want_gradient:
        return total, count, None
    size, splits = plan.gradient, plan.splits(n, plan.gradient)
    shares = torch.empty(splits, n, width, dtype=torch.float32, device=device)
    kernels.gradient[(-(-n // size.rows), splits)](
        points, labels, sizes, factors, shares, n, splits, scale, **of_tiles, SYMMETRIC=expression.symmetric,
        **size.launch(),
    )  # fmt: skip
    grad = torch.empty_like(z)
    kernels.finish[(-(-n // rows),)](
        z, lengths, shares, grad, n, d, splits, 1 / problem.temperature, UNIT=problem.is_cosine, BM=rows, BD=width
    )
    return total, count, grad


__all__ = ["DEFAULT_PLAN", "Blocks", "Plan", "fused_summed"]
