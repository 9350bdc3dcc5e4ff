"""Where a run trains and in which precision."""

import torch

from mlcl_core.errors import InputError


def choose_device(wanted: str = "auto") -> torch.device:
    """The device of that name; ``auto``: CUDA, else MPS, else CPU.

    Raises:
        InputError: A device that this machine has not.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if wanted == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    if (wanted == "cuda" and not cuda) or (wanted == "mps" and not mps):
        raise InputError(f"training.device is {wanted!r}, and this machine has none; auto or cpu would do")
    return torch.device(wanted)


def choose_precision(wanted: str, device: torch.device) -> str:
    """``float32`` or ``bfloat16``; ``auto``: bfloat16 autocast on CUDA, where it is fast, float32 elsewhere."""
    if wanted == "auto":
        return "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float32"
    return wanted


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
