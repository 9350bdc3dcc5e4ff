"""The weighted softmax loss of a batch against itself in fused kernels: nothing of size n x n leaves the chip.

The first pass sums over the references of each anchor; value, coefficient and the factor of its exponentials follow
from the sums. The second computes the gradient without a stored force and without atomics: because s_ij = s_ji, the
force of a pair in both roles comes from one tile. Weights are expressions over the counts (``count_expression``). Two
runs give equal bits: all sums have one order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
ROWS = 16  # items of a program that takes them one by one


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
    return _Fused.apply(z, y, _Problem(expression, form, temperature, similarity == "cosine", operands, plan))


@dataclass(frozen=True)
class _Problem:
    """Everything but the embeddings and their labels."""

    expression: CountExpression
    form: LossForm
    temperature: float
    is_cosine: bool
    operands: torch.dtype
    plan: Plan


@dataclass(frozen=True)
class _Constants:
    """What the kernels of a problem are compiled for: sizes of the padded embeddings and labels, and the options."""

    width: int
    padded: int
    of_form: Mapping[str, Any]
    of_tiles: Mapping[str, Any]


@lru_cache(maxsize=256)
def _constants(problem: _Problem, d: int, c: int) -> _Constants:
    from mlcl_core.losses.core.triton_functions import compiled

    expression, form = problem.expression, problem.form
    padded, block_a, block_b = label_blocks(c)
    width = max(16, 1 << (d - 1).bit_length())
    weights, own = compiled(expression.source, expression.own)
    of_form = {
        "OWN": own,
        "PLACEMENT": PLACEMENT_CODES[form.placement],
        "SHIFT": not problem.is_cosine or not 1 / problem.temperature <= SAFE,
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
    return _Constants(width, padded, of_form, of_tiles)


class _Fused(torch.autograd.Function):
    """The gradient is computed in the forward pass; backward only multiplies."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, y: Tensor, problem: _Problem) -> tuple[Tensor, Tensor]:
        kernels = _Launches(z, y, problem)
        total, count = kernels.value()
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(kernels.gradient())
        ctx.mark_non_differentiable(count)
        return total, count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> tuple[Tensor, None, None]:
        (grad,) = ctx.saved_tensors
        return grad_total * grad, None, None


class _Launches:
    """One call: the arrays that lie between the kernels, and their launches."""

    def __init__(self, z: Tensor, y: Tensor, problem: _Problem) -> None:
        self.z, self.y, self.problem = z.contiguous(), y.contiguous().view(torch.uint8), problem
        (n, d), c = z.shape, y.shape[1]
        self.constants = constants = _constants(problem, d, c)
        self.scale = log2(euler) / problem.temperature
        self.splits = problem.plan.splits(n, problem.plan.sums)
        self.points = torch.empty(n, constants.width, dtype=problem.operands, device=z.device)
        self.labels = torch.empty(n, constants.padded, dtype=torch.int8, device=z.device)
        # one array: sizes, one over the lengths, values, factors, and the sums of the splits
        kinds = (n, n, n, FACTORS * n, self.splits * SUMS * n)
        numbers = torch.empty(sum(kinds), dtype=torch.float32, device=z.device)
        self.sizes, self.lengths, self.values, self.factors, self.sums = numbers.split(kinds)

    def value(self) -> tuple[Tensor, Tensor]:
        """The sum of all values, and the number of anchors with a positive."""
        from mlcl_core.losses.core import fused_items as items
        from mlcl_core.losses.core import fused_kernels as tiles

        (n, d), form, constants = self.z.shape, self.problem.form, self.constants
        total = torch.zeros((), dtype=torch.float32, device=self.z.device)
        count = torch.zeros((), dtype=torch.int64, device=self.z.device)
        if not n:
            return total, count
        has = torch.empty(n, dtype=torch.int32, device=self.z.device)
        items.prepare[(-(-n // ROWS),)](
            self.z, self.y, self.points, self.labels, self.sizes, self.lengths, n, d, self.y.shape[1], MIN_LENGTH,
            UNIT=self.problem.is_cosine, BM=ROWS, BD=constants.width, CP=constants.padded,
        )  # fmt: skip
        size = self.problem.plan.sums
        tiles.sums[(-(-n // size.rows), self.splits)](
            self.points, self.labels, self.sizes, self.sums, n, self.splits, self.scale, **constants.of_tiles,
            **size.launch(),
        )  # fmt: skip
        items.combine[(-(-n // 64),)](
            self.sizes, self.sums, self.values, self.factors, has, n, self.splits, form.epsilon, form.scale,
            **constants.of_form, NORMALISE=NORMALISE_CODES[form.normalise], BM=64, num_warps=2,
        )  # fmt: skip
        items.add_up[(1,)](self.values, has, total, count, n, B=1024)
        return total, count

    def gradient(self) -> Tensor:
        """The gradient of the sum by the embeddings, once :meth:`value` has run."""
        from mlcl_core.losses.core import fused_items as items
        from mlcl_core.losses.core import fused_kernels as tiles

        (n, d), constants, size = self.z.shape, self.constants, self.problem.plan.gradient
        grad = torch.empty_like(self.z)
        if not n:
            return grad
        splits = self.problem.plan.splits(n, size)
        shares = torch.empty(splits, n, constants.width, dtype=torch.float32, device=self.z.device)
        tiles.gradient[(-(-n // size.rows), splits)](
            self.points, self.labels, self.sizes, self.factors, shares, n, splits, self.scale, **constants.of_tiles,
            SYMMETRIC=self.problem.expression.symmetric, **size.launch(),
        )  # fmt: skip
        items.finish[(-(-n // ROWS),)](
            self.z, self.lengths, shares, grad, n, d, splits, 1 / self.problem.temperature,
            UNIT=self.problem.is_cosine, BM=ROWS, BD=constants.width,
        )  # fmt: skip
        return grad


__all__ = ["DEFAULT_PLAN", "Blocks", "Plan", "fused_summed"]
