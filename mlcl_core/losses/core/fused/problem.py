"""What fused kernels compute, and how they are launched: the problem, its plan, and what kernels are compiled for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from mlcl_core.losses.core.fused.expression import CountExpression
from mlcl_core.losses.core.fused.path import COMMON
from mlcl_core.losses.core.tiled_problem import LossForm

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
        return COMMON | sizes | ({"maxnreg": self.registers} if self.registers else {})


@dataclass(frozen=True)
class Plan:
    """How the kernels are launched; ``programs``: so many at least, by splitting the references of a tile."""

    sums: Blocks = Blocks(rows=128, warps=8, stages=2)
    gradient: Blocks = Blocks(stages=2)
    programs: int = 264  # two for each multiprocessor of an H100

    def splits(self, n: int, m: int, blocks: Blocks) -> int:
        """Shares of m references for each tile of n anchors, of four tiles at least."""
        return max(1, min(MAX_SPLITS, self.programs * blocks.rows // max(n, 1), m // (4 * blocks.columns)))


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


@dataclass(frozen=True)
class FusedProblem:
    """Everything but the embeddings and their labels."""

    expression: CountExpression
    form: LossForm
    temperature: float
    is_cosine: bool
    operands: torch.dtype
    plan: Plan


@dataclass
class Constants:
    """What the kernels of a problem are compiled for: sizes of the padded embeddings and labels, and the options.

    ``failure``: why they do not compile, once that is known.
    """

    width: int
    padded: int
    of_form: Mapping[str, Any]
    of_tiles: Mapping[str, Any]
    failure: str = ""


@lru_cache(maxsize=256)
def constants_of(problem: FusedProblem, d: int, c: int) -> Constants:
    """The constants of a problem for embeddings of d dimensions and c labels."""
    from mlcl_core.losses.core.fused.functions import compiled

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


__all__ = [
    "LARGE_SHARED",
    "MAX_DIM",
    "NORMALISE_CODES",
    "Blocks",
    "Constants",
    "FusedProblem",
    "Plan",
    "constants_of",
    "plan_of",
]
