"""Whether the fused kernels serve: the precision that a call is made in, and what a machine and a device can do."""

from functools import lru_cache

import torch

from mlcl_core.errors import InputError

# Arguments of every launch: sums of products are fused, whatever Triton's default is.
COMMON = {"enable_fp_fusion": True}
OLDEST = (8, 0)  # compute capability of the first GPUs that multiply bfloat16 matrices


class FusedRefused(InputError):
    """The fused kernels do not serve; the message is the reason, as the end of a sentence."""


def half_precision(device: torch.device) -> bool:
    """Whether bfloat16 autocast is on for CUDA, where the fused kernels multiply in the same precision."""
    kind = device.type
    return kind == "cuda" and torch.is_autocast_enabled(kind) and torch.get_autocast_dtype(kind) == torch.bfloat16


@lru_cache(maxsize=32)
def refused_by_machine(device: torch.device) -> str:
    """Why the fused kernels do not run on a device, found out once; empty where they do.

    Under Triton's interpreter (TRITON_INTERPRET=1 before the first import of Triton) they run on any device.
    """
    try:
        from mlcl_core.losses.core.fused.functions import INTERPRETED, fill
    except Exception as error:  # a broken installation has many
        return f"Triton cannot be imported ({_line(error)}); CUDA builds of PyTorch for Linux bring it"
    if INTERPRETED.value:
        return ""
    if device.type != "cuda" or torch.version.hip is not None:
        return f"they need an NVIDIA GPU, and the embeddings are on {'an AMD GPU' if torch.version.hip else device}"
    major, minor = torch.cuda.get_device_capability(device)
    if (major, minor) < OLDEST:
        name = torch.cuda.get_device_name(device)
        return f"{name} has no bfloat16 (compute capability {major}.{minor}, from 8.0 on there is)"
    try:
        with torch.cuda.device(device):
            fill[(1,)](torch.empty(16, device=device), B=16, **COMMON)
    except Exception as error:  # no compiler, no driver library, a Triton that does not know the GPU
        return f"Triton runs no kernel on {device}: {_line(error)}"
    return ""


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__


__all__ = ["COMMON", "FusedRefused", "half_precision", "refused_by_machine"]
