"""Time and memory of a loss step: this project's against published and common forms, in the same run."""

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.bench.loss_peers import OURS, PEERS
from mlcl_core.engine.device import choose_device
from mlcl_core.runs.launch import ROOT

SIZES = (1024, 2048, 4096)
LARGE = 32_768
# The rate of matrix products is measured at the size itself up to here; it hardly grows beyond.
MAX_PRODUCT = 4096
PRODUCTS = 3  # n x d x n: similarities, and the gradients of both sides


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
    memory: bool = True,
    quick: bool = False,
) -> dict[str, Any]:
    """Time forward + backward of ``weighted_supcon`` (similarity_dissimilarity) and of its peers, in turn.

    Every competitor gets the same embeddings and labels and starts from the labels, as in a training step. Rounds
    alternate between them, so that a machine that slows down slows all; the first round is not counted.

    Args:
        items: Batch size n; None: 1,024, 2,048 and 4,096. A peer skips sizes that need too much memory.
        large: A last size, for this project's form alone, measured at half of it and at the whole; 0: none.
        dims: Width d of the embeddings.
        labels: Number of labels c; about three per item.
        repeats: Counted rounds.
        seed: Seed of embeddings and labels.
        threads: Torch threads; None: unchanged.
        device: As training.device: auto, cpu, cuda, mps.
        memory: Whether peak memory is measured too; on a CPU, in a process for each competitor and size.
        quick: At most 128 items, 32 dims, 20 labels and 3 rounds; nothing large, no memory.

    Returns:
        For each size: median milliseconds, how many times faster than each peer ours is, the share of the rate of
        matrix products (three products of n x d x n over our time, all measured in the same rounds), peak MB above
        the inputs. For the large size: seconds, how they grew from half of it (4 is n squared), peak MB.
    """
    if quick:
        items, dims, labels, repeats = min(items or 128, 128), min(dims, 32), min(labels, 20), min(repeats, 3)
        large, memory = 0, False
    before = torch.get_num_threads()
    if threads is not None:
        torch.set_num_threads(threads)
    where = choose_device(device)
    try:
        used = torch.get_num_threads()
        sizes = {str(n): _race(n, dims, labels, repeats, seed, where) for n in ([items] if items else SIZES)}
        if memory:
            for n, found in sizes.items():
                found["peak_mb"] = {
                    name: peak_mb(name, int(n), dims, labels, seed, used, where.type) for name in found["milliseconds"]
                }
        report = {
            "dims": dims,
            "labels": labels,
            "repeats": repeats,
            "seed": seed,
            "threads": used,
            "device": where.type,
            "sizes": sizes,
        }
        if large:
            rate = sizes[max(sizes, key=int)]["matrix_products_per_second"]
            report["large"] = _large(large, dims, labels, seed, used, where, rate, memory)
    finally:
        torch.set_num_threads(before)
    return report


def _race(n: int, dims: int, labels: int, repeats: int, seed: int, device: torch.device) -> dict[str, Any]:
    z, y, prototypes = inputs(n, dims, labels, seed, device)
    steps = {
        name: peer.make(y, prototypes) for name, peer in PEERS.items() if n <= peer.largest and installed(peer.needs)
    }
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    products: list[float] = []
    for turn in range(repeats + 1):
        for name, step in steps.items():
            spent = timed(step, z)
            if turn > 0:
                seconds[name].append(spent)
        if turn > 0:
            products.append(_products(z))
    medians = {name: median(times) for name, times in seconds.items()}
    # a share within each round, so that a slow moment counts for both
    shares = [product / ours for product, ours in zip(products, seconds[OURS], strict=True)]
    return {
        "milliseconds": {name: round(1e3 * value, 3) for name, value in medians.items()},
        "times_faster_than": {name: round(value / medians[OURS], 2) for name, value in medians.items() if name != OURS},
        "matrix_product_share": round(median(shares), 3),
        "matrix_products_per_second": PRODUCTS * 2.0 * n * n * dims / median(products),
    }


def _large(
    n: int, dims: int, labels: int, seed: int, threads: int, device: torch.device, rate: float, memory: bool
) -> dict[str, Any]:
    spent = {}
    for size in (n // 2, n):
        z, y, prototypes = inputs(size, dims, labels, seed, device)
        spent[size] = timed(PEERS[OURS].make(y, prototypes), z)
    found: dict[str, Any] = {
        "items": n,
        "seconds": round(spent[n], 2),
        "growth": round(spent[n] / spent[n // 2], 2),
        "matrix_product_share": round(PRODUCTS * 2 * n * n * dims / rate / spent[n], 3),
    }
    if memory:
        found["peak_mb"] = peak_mb(OURS, n, dims, labels, seed, threads, device.type)
    return found


def inputs(
    n: int, dims: int, labels: int, seed: int, device: torch.device
) -> tuple[Float[Tensor, "n d"], Bool[Tensor, "n c"], Float[Tensor, "c d"]]:
    """Embeddings, labels (about three an item) and prototypes."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(n, dims, generator=generator)
    y = torch.rand(n, labels, generator=generator) < 3 / labels
    return z.to(device), y.to(device), torch.randn(labels, dims, generator=generator).to(device)


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


def _wait(z: Tensor) -> None:
    if z.is_cuda:
        torch.cuda.synchronize(z.device)


def installed(modules: tuple[str, ...]) -> bool:
    """Whether all of these libraries can be imported."""
    return all(importlib.util.find_spec(name) is not None for name in modules)


def peak_mb(name: str, n: int, dims: int, labels: int, seed: int, threads: int, device: str) -> float:
    """Peak memory of one competitor's step above its inputs, in MB, in a process of its own."""
    arguments = [name, *map(str, (n, dims, labels, seed, threads)), device]
    code = "import sys; from mlcl_core.bench.loss import memory_process as p; p(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout.splitlines()[-1])


def memory_process(name: str, n: str, dims: str, labels: str, seed: str, threads: str, device: str) -> None:
    """Print the peak memory of one step in MB; the process that :func:`peak_mb` starts."""
    torch.set_num_threads(int(threads))
    where = torch.device(device)
    z, y, prototypes = inputs(int(n), int(dims), int(labels), int(seed), where)
    few = slice(0, 64)
    timed(PEERS[name].make(y[few], prototypes), z[few])  # memory that libraries allocate once
    before = _memory(where)
    timed(PEERS[name].make(y, prototypes), z)
    print(round((_peak(where) - before) / 1e6, 1))


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


__all__ = ["loss", "memory_process", "peak_mb"]
