"""Where a run trains and in which precision."""

import torch

from mlcl_core.errors import InputError
from mlcl_core.pairs.slow import slow


def choose_device(wanted: str = "auto") -> torch.device:
    """The device of that name; ``auto``: CUDA, else MPS, else CPU, which is said as a slow path.

    Raises:
        InputError: A device that this machine has not.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if wanted == "auto":
        if not (cuda or mps):
            slow(f"device auto: {_why_no_gpu()}, so it trains on the CPU")
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    if (wanted == "cuda" and not cuda) or (wanted == "mps" and not mps):
        raise InputError(f"training.device is {wanted!r}, and this machine has none; auto or cpu would do")
    return torch.device(wanted)


def choose_precision(wanted: str, device: torch.device) -> str:
    """``float32`` or ``bfloat16``; ``auto``: bfloat16 autocast on CUDA, where it is fast, float32 elsewhere."""
    if wanted != "auto":
        return wanted
    if device.type != "cuda":
        return "float32"
    if torch.cuda.is_bf16_supported():
        return "bfloat16"
    slow("precision auto: this GPU has no bfloat16, so it trains in float32")
    return "float32"


def _why_no_gpu() -> str:
    # a build without CUDA is what a wrong command of pip leaves on a machine that has a GPU
    if torch.version.cuda is None and torch.version.hip is None and not torch.backends.mps.is_built():
        return "this PyTorch is built without support for GPUs"
    return "PyTorch finds no GPU on this machine"


def memory_mb(device: torch.device) -> float | None:
    """Memory that torch holds on an accelerator, in MiB; None on the CPU, where the process knows better."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device) / 2**20
    if device.type == "mps":
        return torch.mps.current_allocated_memory() / 2**20
    return None


def device_title(device: torch.device, threads: int, processes: int = 1) -> str:
    """What to call the device on a page."""
    times = f"{processes} x " if processes > 1 else ""
    if device.type == "cuda":
        return f"cuda ({times}{torch.cuda.get_device_name(device)})"
    return f"cpu ({times}{threads} thread{'s' if threads != 1 else ''})" if device.type == "cpu" else device.type
