"""Which items of a batch go through a pretrained encoder together, and to which width they are padded."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor, nn

BUCKET = 64  # items of a pass on a CPU, where a pass costs little and buckets of similar length save padding
# On an H100 a pass of BERT-base in bfloat16, forward and backward, took 65 to 80 ms to launch, whatever its size: as
# long as it computes on about 40,000 tokens of 768 features. Launches and work both grow with the layers, work with the
# width squared. Other devices and float32 are estimates from data sheets.
LAUNCH_WORK = 2.5e10
H100_PROCESSORS = 132
MPS_SHARE = 0.04  # of an H100's rate
FLOAT32_SHARE = 0.125  # of the rate in bfloat16
STEP = 8  # widths on an accelerator are multiples: tensor cores and the mask of attention take such sizes as they are
CLASSES = 64  # different widths of a batch that are told apart
# Bytes that autograd keeps of a token, for each feature of each layer; without it, those of one layer exist at once.
# They are 34 by the formula of Korthikanti et al., "Reducing Activation Recomputation in Large Transformer Models",
# MLSys 2023, where all is in half precision; of MiniLM 72 were counted under autocast and 85 in float32.
TOKEN_BYTES = 100
# The same of a pixel: of EfficientNet-lite0 1,640 were counted. Without autograd a tenth exists at once.
PIXEL_BYTES = 2048
SHARE = 0.25  # of the device's memory, for the states of one pass
NO_LIMIT = 1 << 62


class Pass(NamedTuple):
    """Items that go through together.

    ``rows`` are their rows in the batch, ``width`` the tokens to which they are padded, ``full`` whether all are that
    long.
    """

    rows: Int64[np.ndarray, " k"]
    width: int
    full: bool


@dataclass(frozen=True)
class Budget:
    """The sizes of passes on a device, in tokens (of pictures: pixels).

    Args:
        launch: Tokens that take as long to compute as a pass takes to launch.
        most: Tokens whose states fit into memory.
    """

    launch: int
    most: int


def token_budget(device: torch.device, width: int, layers: int | None) -> Budget | None:
    """The budget of a transformer; None on a CPU, where passes are buckets of ``BUCKET`` items.

    Args:
        device: Where it runs.
        width: Features of a token.
        layers: Layers whose states of one pass exist at once; None: the states of all passes do, whatever their sizes.
    """
    found = accelerator(device)
    if found is None:
        return None
    rate = found.rate * (1 if torch.is_autocast_enabled(device.type) else FLOAT32_SHARE)
    most = NO_LIMIT if layers is None else int(SHARE * found.memory / (TOKEN_BYTES * width * layers))
    return Budget(launch=max(1, int(rate * LAUNCH_WORK / width**2)), most=max(1, most))


class Accelerator(NamedTuple):
    """Bytes of memory, and how fast it is in bfloat16, an H100 being 1."""

    memory: int
    rate: float


def accelerator(device: torch.device) -> Accelerator | None:
    """What there is, without waiting for it; None for the CPU."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return Accelerator(properties.total_memory, properties.multi_processor_count / H100_PROCESSORS)
    if device.type == "mps":
        return Accelerator(torch.mps.recommended_max_memory(), MPS_SHARE)
    return None


def pictures_at_once(device: torch.device, n: int, pixels: int, *, kept: bool | None) -> int:
    """How many of n pictures go through together, in passes of about equal size; ``BUCKET`` on a CPU.

    Args:
        device: Where they do.
        n: Pictures.
        pixels: Of each of them.
        kept: Whether autograd keeps the states of one pass; None: it keeps those of all passes, whatever their sizes.
    """
    found = accelerator(device)
    if found is None:
        return BUCKET
    if kept is None:
        return max(1, n)
    most = max(1, int(SHARE * found.memory / (pixels * PIXEL_BYTES * (1 if kept else 0.1))))
    return max(1, -(-n // max(1, -(-n // most))))


def in_buckets(lengths: Int64[np.ndarray, " n"], size: int) -> list[Pass]:
    """Passes of ``size`` items, from the shortest to the longest."""
    order = np.argsort(lengths, kind="stable")
    return [_padded_to(lengths, rows, int(lengths[rows[-1]])) for rows in _split(order, size)]


def by_budget(lengths: Int64[np.ndarray, " n"], budget: Budget, longest: int | None = None) -> list[Pass]:
    """The passes that take least time: their padded tokens, and ``budget.launch`` for each pass, are fewest in sum.

    A batch of similar lengths that fits into memory is one pass, in the given order.

    Args:
        lengths: Tokens of each item.
        budget: Of the device and model.
        longest: Tokens that the model takes at most; None: any number.

    Edge cases:
        A single item of more tokens than fit is a pass of its own.
    """
    if not len(lengths):
        return []
    step = STEP * max(1, -(-int(lengths.max()) // (STEP * CLASSES)))
    widths = np.maximum(1, -(-lengths // step)) * step
    classes, which, counts = np.unique(widths, return_inverse=True, return_counts=True)
    found: list[Pass] = []
    for first, last in _cuts(classes, counts, budget):
        rows = np.flatnonzero((which >= first) & (which <= last))
        width = int(classes[last]) if longest is None else max(int(lengths.max()), min(int(classes[last]), longest))
        parts = -(-len(rows) // max(1, budget.most // int(classes[last])))
        found += [_padded_to(lengths, part, width) for part in np.array_split(rows, parts)]
    return found


def _cuts(classes: np.ndarray, counts: np.ndarray, budget: Budget) -> list[tuple[int, int]]:
    """First and last of the classes that go together, from the longest to the shortest."""
    before = np.concatenate([[0], counts.cumsum()])
    best, begins = np.zeros(len(classes) + 1), np.zeros(len(classes), int)
    for last, width in enumerate(classes):
        items = before[last + 1] - before[: last + 1]
        passes = np.ceil(items / max(1, budget.most // int(width)))
        cost = best[: last + 1] + passes * budget.launch + items * width
        begins[last] = cost.argmin()
        best[last + 1] = cost[begins[last]]
    found, last = [], len(classes) - 1
    while last >= 0:
        found.append((int(begins[last]), last))
        last = int(begins[last]) - 1
    return found


def _padded_to(lengths: np.ndarray, rows: np.ndarray, width: int) -> Pass:
    width = max(1, width)
    return Pass(rows, width, bool((lengths[rows] == width).all()))


def _split(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def to_device(x: Tensor, device: torch.device) -> Tensor:
    """A tensor of the host on the device; on a GPU neither waits for the other."""
    # a copy runs beside both from pinned memory alone, which torch does not give to others before it is done
    return (x.pin_memory() if device.type == "cuda" else x).to(device, non_blocking=device.type != "mps")


def device_of(model: nn.Module) -> torch.device:
    """Where the weights of a model are."""
    return next(model.parameters()).device


__all__ = [
    "BUCKET",
    "Budget",
    "Pass",
    "by_budget",
    "device_of",
    "in_buckets",
    "pictures_at_once",
    "to_device",
    "token_budget",
]
