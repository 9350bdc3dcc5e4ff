"""What fused kernels compute, and how they are launched: the problem, its plan, and what kernels are compiled for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.count_expression import CountExpression, count_expression
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs import Rule

PLACEMENT_CODES = {"outside": 0, "inside": 1, "inside_sum": 2, "numerator_and_denominator": 3}
NORMALISE_CODES = {"count": 0, "weight_sum": 1, "labels": 2, "none": 3}
MAX_DIM = 256  # of an embedding: a tile of it, and of its gradient, stays on the chip
MAX_SPLITS = 64
# Largest |s|, in nats, at which sums and ratios of exponentials stay within float32 without a shift.
SAFE = 43.0


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

    def splits(self, n: int, m: int, blocks: Blocks) -> int:
        """Shares of m references for each tile of n anchors, of four tiles at least."""
        return max(1, min(MAX_SPLITS, self.programs * blocks.rows // max(n, 1), m // (4 * blocks.columns)))


DEFAULT_PLAN = Plan()


def label_blocks(num_labels: int) -> tuple[int, int, int]:
    """Padded number of labels and the sizes of two blocks of them (chunks of the first where both do not hold all)."""
    for blocks in ((32, 0), (64, 0), (64, 32), (128, 0)):
        if num_labels <= sum(blocks):
            return sum(blocks), *blocks
    return -(-num_labels // 128) * 128, 128, 0


@dataclass(frozen=True)
class Problem:
    """Everything but the embeddings and their labels."""

    expression: CountExpression
    form: LossForm
    temperature: float
    is_cosine: bool
    operands: torch.dtype
    plan: Plan


def fused_problem(
    z: Tensor,
    y: Tensor,
    rule: Rule,
    params: Mapping[str, Any],
    form: LossForm,
    temperature: float,
    similarity: str,
    operands: torch.dtype,
    plan: Plan,
) -> Problem:
    """What the kernels compute for some anchors; arguments as those of :func:`fused_summed`.

    Raises:
        InputError: What they cannot do.
    """
    expression = count_expression(rule, params, y.shape[1])
    if expression is None:
        raise InputError(f"rule {rule.name} is not a function of the label counts of a pair: no fused path")
    if form.regularised:
        raise InputError("the fused path has no regularised form")
    if z.shape[1] > MAX_DIM:
        raise InputError(f"embeddings have {z.shape[1]} dimensions; the fused path takes at most {MAX_DIM}")
    return Problem(expression, form, temperature, similarity == "cosine", operands, plan)


@dataclass(frozen=True)
class Constants:
    """What the kernels of a problem are compiled for: sizes of the padded embeddings and labels, and the options."""

    width: int
    padded: int
    of_form: Mapping[str, Any]
    of_tiles: Mapping[str, Any]


@lru_cache(maxsize=256)
def constants_of(problem: Problem, d: int, c: int) -> Constants:
    """The constants for embeddings of d dimensions and c labels."""
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
    return Constants(width, padded, of_form, of_tiles)


__all__ = ["DEFAULT_PLAN", "NORMALISE_CODES", "Blocks", "Constants", "Plan", "Problem", "constants_of", "fused_problem"]
