"""The weighted softmax loss of a batch against itself in fused kernels: nothing of size n x n leaves the chip.

The first pass sums over the references of each anchor; value, coefficient and the factor of its exponentials follow
from the sums. The second computes the gradient without a stored force and without atomics: because s_ij = s_ji, the
force of a pair in both roles comes from one tile. Weights are expressions over the counts (``count_expression``). Two
runs give equal bits: all sums have one order.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from math import e as euler
from math import log2
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.losses.core.count_expression import CountExpression, count_expression
from mlcl_core.losses.core.derivatives import dense_gradients, graph_wanted
from mlcl_core.losses.core.fused_path import COMMON, FusedRefused, refused_by_machine
from mlcl_core.losses.core.inputs import MIN_LENGTH
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs import Rule
from mlcl_core.pairs.slow import slow

PLACEMENT_CODES = {"outside": 0, "inside": 1, "inside_sum": 2, "numerator_and_denominator": 3}
NORMALISE_CODES = {"count": 0, "weight_sum": 1, "labels": 2, "none": 3}
MAX_DIM = 256  # of an embedding: a tile of it, and of its gradient, stays on the chip
MAX_SPLITS = 16
# Largest |s|, in nats, at which sums and ratios of exponentials stay within float32 without a shift.
SAFE = 43.0
SUMS, FACTORS = 8, 5  # numbers of an anchor between the kernels
FUSED_GRAPH_WANTED = "the gradient itself is to be differentiated: whole matrices instead of the fused kernels"
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
        return COMMON | sizes | ({"maxnreg": self.registers} if self.registers else {})


@dataclass(frozen=True)
class Plan:
    """How the kernels are launched; ``programs``: so many at least, by splitting the references of a tile."""

    sums: Blocks = Blocks(rows=128, warps=8, stages=2)
    gradient: Blocks = Blocks(stages=2)
    programs: int = 264  # two for each multiprocessor of an H100

    def splits(self, n: int, blocks: Blocks) -> int:
        """Shares of the references for each tile of anchors, of four tiles at least."""
        return max(1, min(MAX_SPLITS, self.programs * blocks.rows // max(n, 1), n // (4 * blocks.columns)))


# Shared memory of a block on an A100. The tiles of a Plan take 161 KB at most (256 dimensions, compiled for a B200),
# the small ones 80 (compiled for GPUs that have 99).
LARGE_SHARED = 163 * 1024
SMALL = {"sums": Blocks(stages=2), "gradient": Blocks(columns=32, stages=2)}


@lru_cache(maxsize=32)
def plan_of(device: torch.device) -> Plan:
    """Tiles that a device's shared memory holds, and two programs at least for each of its multiprocessors."""
    if device.type != "cuda":
        return Plan()
    found: Any = torch.cuda.get_device_properties(device)
    programs = 2 * found.multi_processor_count
    if found.shared_memory_per_block_optin >= LARGE_SHARED:
        return Plan(programs=programs)
    return Plan(**SMALL, programs=programs)


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
    dense: Callable[[Tensor], Tensor],
    similarity: str = "cosine",
    operands: torch.dtype | None = None,
    plan: Plan | None = None,
) -> tuple[Float[Tensor, ""], Int64[Tensor, ""]]:
    """Sum of all anchors' values (before ``reduction``) and how many anchors have a positive, self excluded.

    Args:
        z: Embeddings, normalised here for the similarity ``cosine``; float32, or 16 bits.
        y: Their labels.
        rule, params: The pair rule and its checked parameters.
        form: Placement, normalisation, epsilon and scale; not regularised.
        temperature: tau.
        dense: The same sum of embeddings by whole matrices and autograd, for derivatives beyond the first.
        similarity: ``cosine`` or ``dot``.
        operands: Type that products take, bfloat16 or float32; sums are float32. None: bfloat16, and float32 under
            Triton's interpreter.
        plan: Tiles and splits of the kernels; None: by the device.

    Raises:
        FusedRefused: A machine without Triton or a fitting GPU, a rule that is not a function of the counts or whose
            weights are not finite, a regularised form, float64, or embeddings that are too wide.
    """
    expression = count_expression(rule, params, y.shape[1])
    if reason := _refused(z, expression, rule, form) or refused_by_machine(z.device):
        raise FusedRefused(reason)
    assert expression is not None
    from mlcl_core.losses.core.triton_functions import INTERPRETED, TritonError

    operands = operands or (torch.float32 if INTERPRETED.value else torch.bfloat16)
    plan = plan or _said(plan_of(z.device))
    problem = _Problem(expression, form, temperature, similarity == "cosine", operands, plan)
    constants = _constants(problem, z.shape[1], y.shape[1])
    if constants.failure:
        raise FusedRefused(constants.failure)
    try:
        # Triton launches on the current device
        with torch.cuda.device(z.device) if z.is_cuda else nullcontext():
            if torch.is_grad_enabled() and z.requires_grad:
                return _Fused.apply(z, y, problem, constants, dense)
            return _Launches(z, y, problem, constants).value()
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
class _Problem:
    """Everything but the embeddings and their labels."""

    expression: CountExpression
    form: LossForm
    temperature: float
    is_cosine: bool
    operands: torch.dtype
    plan: Plan


@dataclass
class _Constants:
    """What the kernels of a problem are compiled for: sizes of the padded embeddings and labels, and the options.

    ``failure``: why they do not compile, once that is known.
    """

    width: int
    padded: int
    of_form: Mapping[str, Any]
    of_tiles: Mapping[str, Any]
    failure: str = ""


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
    def forward(
        ctx: Any, z: Tensor, y: Tensor, problem: _Problem, constants: _Constants, dense: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor]:
        kernels = _Launches(z, y, problem, constants)
        total, count = kernels.value()
        ctx.save_for_backward(z, kernels.gradient())
        ctx.dense = dense
        ctx.mark_non_differentiable(count)
        return total, count

    @staticmethod
    def backward(ctx: Any, grad_total: Tensor, _: Any) -> tuple[Tensor | None, None, None, None, None]:
        z, grad = ctx.saved_tensors
        if graph_wanted(grad_total):
            slow(FUSED_GRAPH_WANTED)
            return dense_gradients(ctx.dense, (z,), (True,), grad_total)[0], None, None, None, None
        return grad_total * grad, None, None, None, None


class _Launches:
    """One call: the arrays that lie between the kernels, and their launches."""

    def __init__(self, z: Tensor, y: Tensor, problem: _Problem, constants: _Constants) -> None:
        self.z, self.y, self.problem = z.contiguous(), y.contiguous().view(torch.uint8), problem
        n, self.constants = len(z), constants
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
        total = torch.empty((), dtype=torch.float32, device=self.z.device)
        count = torch.empty((), dtype=torch.int64, device=self.z.device)
        if not n:
            return total.zero_(), count.zero_()
        has = torch.empty(n, dtype=torch.int32, device=self.z.device)
        items.prepare[(-(-n // ROWS),)](
            self.z, self.y, self.points, self.labels, self.sizes, self.lengths, n, d, self.y.shape[1], MIN_LENGTH,
            UNIT=self.problem.is_cosine, BM=ROWS, BD=constants.width, CP=constants.padded, **COMMON,
        )  # fmt: skip
        size = self.problem.plan.sums
        tiles.sums[(-(-n // size.rows), self.splits)](
            self.points, self.labels, self.sizes, self.sums, n, self.splits, self.scale, **constants.of_tiles,
            **size.launch(),
        )  # fmt: skip
        items.combine[(-(-n // 64),)](
            self.sizes, self.sums, self.values, self.factors, has, n, self.splits, form.epsilon, form.scale,
            **constants.of_form, NORMALISE=NORMALISE_CODES[form.normalise], BM=64, num_warps=2,
            **COMMON,
        )  # fmt: skip
        items.add_up[(1,)](self.values, has, total, count, n, B=1024, **COMMON)
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
            UNIT=self.problem.is_cosine, BM=ROWS, BD=constants.width, **COMMON,
        )  # fmt: skip
        return grad


__all__ = ["Blocks", "Plan", "fused_summed", "plan_of"]
