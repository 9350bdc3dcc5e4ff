"""Device and precision of a training."""

import os

import torch

from mlcl_core.data import VIEWS
from mlcl_core.errors import InputError
from mlcl_core.pairs.slow import slow


def choose_device(wanted: str = "auto") -> torch.device:
    """The device of a name; ``auto``: CUDA, else MPS, else CPU, which is reported as a slow path.

    Raises:
        InputError: The machine has no such device.
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
    """``float32`` or ``bfloat16``; ``auto``: bfloat16 autocast on CUDA, where it is fast, float32 elsewhere.

    Raises:
        InputError: bfloat16 on a GPU that has none.
    """
    if device.type != "cuda" or wanted == "float32":
        return "float32" if wanted == "auto" else wanted
    # older GPUs compute it by way of float32, more slowly than float32 itself; torch counts that as support
    if torch.cuda.is_bf16_supported(including_emulation=False):
        return "bfloat16"
    if wanted == "bfloat16":
        raise InputError("training.precision is 'bfloat16', and this GPU has none; auto or float32 would do")
    slow("precision auto: this GPU has no bfloat16, so it trains in float32")
    return "float32"


def _why_no_gpu() -> str:
    # pip may have installed a build without CUDA on a machine with a GPU
    if torch.version.cuda is None and torch.version.hip is None and not torch.backends.mps.is_built():
        return "this PyTorch is built without support for GPUs"
    return "PyTorch finds no GPU on this machine"


def memory_mb(device: torch.device) -> float | None:
    """Memory that torch holds on an accelerator, in MiB; None on the CPU, where the memory of the process counts."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device) / 2**20
    if device.type == "mps":
        return torch.mps.current_allocated_memory() / 2**20
    return None


def core_left(device: torch.device) -> bool:
    """Whether a thread beside the training has a core: a second team of threads on the same cores slows both."""
    return device.type != "cpu" or torch.get_num_threads() < (os.cpu_count() or 1)


def free_memory(device: torch.device) -> int:
    """Free bytes of an accelerator, with those that torch holds in reserve; 0 on the CPU, where the data are."""
    if device.type == "cuda":
        reserved = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + reserved
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
    return 0


def home_of(kind: str, device: torch.device) -> torch.device:
    """Where an encoder that works on a device takes items of a kind."""
    return torch.device("cpu") if VIEWS[kind].on_host else device


def device_title(device: torch.device, threads: int, processes: int = 1) -> str:
    """The name of the device for pages: model of the GPU, or threads of the CPU."""
    times = f"{processes} x " if processes > 1 else ""
    if device.type == "cuda":
        return f"cuda ({times}{torch.cuda.get_device_name(device)})"
    return f"cpu ({times}{threads} thread{'s' if threads != 1 else ''})" if device.type == "cpu" else device.type
