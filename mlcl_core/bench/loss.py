"""Time and memory of a loss step: this project's against published and common forms, in the same run."""

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.bench.loss_counts import step_counts
from mlcl_core.bench.loss_peers import OURS, PEERS, Peer
from mlcl_core.engine.device import choose_device
from mlcl_core.errors import InputError
from mlcl_core.runs.launch import ROOT

SIZES = (1024, 2048, 4096, 8192, 16_384)
LARGE = 32_768
# The rate of matrix products is measured at the size itself up to here; it hardly grows beyond.
MAX_PRODUCT = 4096
PRODUCTS = 3  # n x d x n: similarities, and the gradients of both sides
# Products of the same shape are made by rows of so many numbers, so that their results fit memory.
MAX_RESULT = 2**28
PRECISIONS = ("float32", "bfloat16")


def loss(
    *,
    items: int | None = None,
    large: int = LARGE,
    dims: int = 128,
    labels: int = 80,
    repeats: int = 9,
    seed: int = 0,
    threads: int | None = None,
    device: str = "auto",
    precision: str = "float32",
    memory: bool = True,
    quick: bool = False,
) -> dict[str, Any]:
    """Time forward + backward of ``weighted_supcon`` (similarity_dissimilarity) and of its peers, in turn.

    Every competitor gets the same embeddings and labels and starts from the labels, as in a training step. Rounds
    alternate between them, so that a machine that slows down slows all; the first round is not counted, nor is the time
    that compiling takes.

    Args:
        items: Batch size n; None: 1,024 to 16,384, in powers of two. A peer skips sizes that need too much memory.
        large: A last size, for this project's form alone, measured at half of it and at the whole; 0: none.
        dims: Width d of the embeddings.
        labels: Number of labels c; about three per item.
        repeats: Counted rounds.
        seed: Seed of embeddings and labels.
        threads: Torch threads; None: unchanged.
        device: As training.device: auto, cpu, cuda, mps.
        precision: float32, or bfloat16: the embeddings, and the products of every competitor, by autocast.
        memory: Whether peak memory is measured too; on a CPU, in a process for each competitor and size, and not
            of compiled ones.
        quick: At most 128 items, 32 dims, 20 labels and 3 rounds; nothing large, compiled, no memory.

    Returns:
        For each size: median milliseconds, how many times faster than each peer ours is, the share of the rate of
        matrix products (three products of n x d x n over our time, all measured in the same rounds), the time of the
        products of the same shape in the same precision (n x d x n twice, n x n x d once) over ours; our launches,
        synchronisations and MB that autograd keeps (see :mod:`mlcl_core.bench.loss_counts`); peers that were left out,
        and why; peak MB above the inputs. For the large size: seconds, how they grew from half of it (4 is n squared),
        peak MB.

    Raises:
        InputError: A device or precision that there is not.
    """
    if quick:
        items, dims, labels, repeats = min(items or 128, 128), min(dims, 32), min(labels, 20), min(repeats, 3)
        large, memory = 0, False
    case = Case(dims, labels, seed, choose_device(device), precision)
    before = torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        sizes = {str(n): _race(case, n, repeats, compiled=not quick) for n in ([items] if items else SIZES)}
        if memory:
            for n, found in sizes.items():
                # a compiler leaves memory to the process, which a CPU's peak cannot tell from the step's
                names = [
                    name for name in found["milliseconds"] if case.device.type == "cuda" or not PEERS[name].compiled
                ]
                found["peak_mb"] = {name: peak_mb(name, int(n), case) for name in names}
        report = {
            "dims": dims,
            "labels": labels,
            "repeats": repeats,
            "seed": seed,
            "threads": torch.get_num_threads(),
            "device": case.device.type,
            "precision": precision,
            "sizes": sizes,
        }
        if large:
            rate = sizes[max(sizes, key=int)]["matrix_products_per_second"]
            report["large"] = _large(case, large, rate, memory)
    finally:
        torch.set_num_threads(before)
    return report


@dataclass(frozen=True)
class Case:
    """What all competitors are given: width and labels of the batch, its seed, device and precision."""

    dims: int
    labels: int
    seed: int
    device: torch.device
    precision: str

    def __post_init__(self) -> None:
        """Check the precision.

        Raises:
            InputError: It is none of PRECISIONS, or the GPU does not have it.
        """
        if self.precision not in PRECISIONS:
            raise InputError(f"precision is {self.precision!r}; it must be one of {', '.join(PRECISIONS)}")
        has = self.device.type != "cuda" or torch.cuda.is_bf16_supported(including_emulation=False)
        if self.precision == "bfloat16" and not has:
            raise InputError("precision is 'bfloat16', which this GPU does not have; float32 would do")

    def inputs(self, n: int) -> tuple[Float[Tensor, "n d"], Bool[Tensor, "n c"], Float[Tensor, "c d"]]:
        """Embeddings, labels (about three an item) and prototypes."""
        generator = torch.Generator().manual_seed(self.seed)
        z = torch.randn(n, self.dims, generator=generator).to(getattr(torch, self.precision))
        y = torch.rand(n, self.labels, generator=generator) < 3 / self.labels
        prototypes = torch.randn(self.labels, self.dims, generator=generator)
        return z.to(self.device), y.to(self.device), prototypes.to(self.device)

    def step(self, peer: Peer, y: Tensor, prototypes: Tensor) -> Callable[[Tensor], Tensor]:
        """The step of a competitor, its products in this precision."""
        made = peer.make(y, prototypes)
        if self.precision == "float32":
            return made

        def step(z: Tensor) -> Tensor:
            with torch.autocast(self.device.type, torch.bfloat16):
                return made(z)

        return step


def _race(case: Case, n: int, repeats: int, *, compiled: bool) -> dict[str, Any]:
    z, y, prototypes = case.inputs(n)
    steps, left_out = dict[str, Callable[[Tensor], Tensor]](), dict[str, str]()
    for name, peer in PEERS.items():
        if peer.compiled and not compiled and peer.takes(n, case.device):
            left_out[name] = "a quick run compiles nothing"
        elif peer.takes(n, case.device) and installed(peer.needs):
            steps[name] = case.step(peer, y, prototypes)
            if peer.compiled and (why := _compile(steps[name], z)):
                left_out[name] = why
                del steps[name]
        elif peer.largest == 0 and case.device.type != "cuda":
            left_out[name] = "it runs on a GPU alone"
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    products, same_shape = list[float](), list[float]()
    for turn in range(repeats + 1):
        for name, step in steps.items():
            spent = timed(step, z)
            if turn > 0:
                seconds[name].append(spent)
        if turn > 0:
            products.append(_products(z))
            same_shape.append(_same_shape(z))
    medians = {name: median(times) for name, times in seconds.items()}
    # shares within each round, so that a slow moment counts for both
    shares = [[part / ours for part, ours in zip(of, seconds[OURS], strict=True)] for of in (products, same_shape)]
    return {
        "milliseconds": {name: round(1e3 * value, 3) for name, value in medians.items()},
        "times_faster_than": {name: round(value / medians[OURS], 2) for name, value in medians.items() if name != OURS},
        "matrix_product_share": round(median(shares[0]), 3),
        "same_shape_share": round(median(shares[1]), 3),
        "matrix_products_per_second": PRODUCTS * 2.0 * n * n * case.dims / median(products),
        **step_counts(steps[OURS], z),
        "left_out": left_out,
    }


def _compile(step: Callable[[Tensor], Tensor], z: Float[Tensor, "n d"]) -> str:
    """Run a step once, which compiles it; why it cannot be compiled, or nothing."""
    try:
        timed(step, z)
    except Exception as error:  # whatever the compiler of this machine comes up with
        told = str(error).strip().splitlines()
        return f"it cannot be compiled here: {told[0] if told else type(error).__name__}"
    return ""


def _large(case: Case, n: int, rate: float, memory: bool) -> dict[str, Any]:
    spent = {}
    for size in (n // 2, n):
        z, y, prototypes = case.inputs(size)
        spent[size] = timed(case.step(PEERS[OURS], y, prototypes), z)
    found: dict[str, Any] = {
        "items": n,
        "seconds": round(spent[n], 2),
        "growth": round(spent[n] / spent[n // 2], 2),
        "matrix_product_share": round(PRODUCTS * 2 * n * n * case.dims / rate / spent[n], 3),
    }
    if memory:
        found["peak_mb"] = peak_mb(OURS, n, case)
    return found


def timed(step: Callable[[Tensor], Tensor], z: Float[Tensor, "n d"]) -> float:
    """Seconds of one forward and backward."""
    leaf = z.clone().requires_grad_()
    _wait(z)
    start = time.perf_counter()
    step(leaf).backward()
    _wait(z)
    return time.perf_counter() - start


def _products(z: Float[Tensor, "n d"]) -> float:
    """Seconds of the three matrix products that every loss over all pairs needs, at this size or 4,096."""
    rows = z[:MAX_PRODUCT].contiguous()
    s, grad = torch.empty(len(rows), len(rows), dtype=z.dtype, device=z.device), torch.empty_like(rows)
    _wait(z)
    start = time.perf_counter()
    torch.mm(rows, rows.T, out=s)
    torch.mm(s, rows, out=grad)
    torch.mm(s.T, rows, out=grad)
    _wait(z)
    return (time.perf_counter() - start) * (len(z) / len(rows)) ** 2


def _same_shape(z: Float[Tensor, "n d"]) -> float:
    """Seconds of n x d x n twice and n x n x d once, by rows of at most MAX_RESULT numbers."""
    n = len(z)
    height = max(1, min(n, MAX_RESULT // n))
    s, grad = torch.empty(height, n, dtype=z.dtype, device=z.device), torch.empty_like(z)
    _wait(z)
    start = time.perf_counter()
    for first in range(0, n, height):
        rows = z[first : first + height]
        for _ in range(2):
            torch.mm(rows, z.T, out=s[: len(rows)])
        torch.mm(s[: len(rows)], z, out=grad[first : first + height])
    _wait(z)
    return time.perf_counter() - start


def _wait(z: Tensor) -> None:
    if z.is_cuda:
        torch.cuda.synchronize(z.device)


def installed(modules: tuple[str, ...]) -> bool:
    """Whether all of these libraries can be imported."""
    return all(importlib.util.find_spec(name) is not None for name in modules)


def peak_mb(name: str, n: int, case: Case) -> float:
    """Peak memory of one competitor's step above its inputs, in MB, in a process of its own."""
    arguments = [name, *map(str, (n, case.dims, case.labels, case.seed, torch.get_num_threads()))]
    code = "import sys; from mlcl_core.bench.loss import memory_process as p; p(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, case.device.type, case.precision],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.splitlines()[-1])


def memory_process(
    name: str, n: str, dims: str, labels: str, seed: str, threads: str, device: str, precision: str
) -> None:
    """Print the peak memory of one step in MB; the process that :func:`peak_mb` starts."""
    torch.set_num_threads(int(threads))
    case = Case(int(dims), int(labels), int(seed), torch.device(device), precision)
    z, y, prototypes = case.inputs(int(n))
    # memory that libraries allocate once, and a compiler at this very size
    few = slice(None) if PEERS[name].compiled else slice(0, 64)
    timed(case.step(PEERS[name], y[few], prototypes), z[few])
    before = _memory(case.device)
    timed(case.step(PEERS[name], y, prototypes), z)
    print(round((_peak(case.device) - before) / 1e6, 1))


def _memory(device: torch.device) -> float:
    """Memory in use, in bytes; resets the peak."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return float(torch.cuda.memory_allocated(device))
    with suppress(OSError):  # Linux; elsewhere the peak is that of the whole process
        Path("/proc/self/clear_refs").write_text("5")
    return float(psutil.Process().memory_info().rss)


def _peak(device: torch.device) -> float:
    """Peak memory since :func:`_memory`, in bytes."""
    if device.type == "cuda":
        return float(torch.cuda.max_memory_allocated(device))
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024.0


__all__ = ["Case", "loss", "memory_process", "peak_mb"]
