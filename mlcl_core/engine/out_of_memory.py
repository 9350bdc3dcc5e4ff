"""Out of memory in the middle of a run: one line that names the setting to lower."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import RunFailed
from mlcl_core.models import ENCODERS

# How torch calls it where it has no exception of its own for it: on a CPU, on MPS, in libraries of CUDA.
WORDS = ("DefaultCPUAllocator: ", "MPS backend out of memory", "CUDA error: out of memory", "_ALLOC_FAILED")


@contextmanager
def memory_told(device: torch.device, work: str, lower: str) -> Iterator[None]:
    """Turn running out of memory inside the block into :class:`RunFailed`.

    Args:
        device: The device whose memory it is.
        work: What runs inside the block.
        lower: What would need less memory.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:  # of torch it is a RuntimeError
        if not is_out_of_memory(error):
            raise
        raise RunFailed(f"{device.type} ran out of memory {work}: {lower}") from error


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception tells that memory ran out, on any device."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(words in str(error) for words in WORDS)


def smaller_step(config: TrainConfig) -> str:
    """Which setting makes a training step smaller, and a value to begin with."""
    batch, chunk = config.training.batch_size, config.pretrained.chunk
    half = f"a smaller batch, training.batch_size={max(2, batch // 2)}, takes about half of it"
    if ENCODERS[config.model.encoder].pretrained and chunk != 1:
        fewer = max(1, (chunk or 2 * batch) // 4)
        return f"pretrained.chunk={fewer} sends fewer items through at once, with the same gradient; {half}"
    if config.loss.momentum:
        return f"{half}; a shorter queue takes less too, loss.queue_size={config.loss.queue_size // 2}"
    return half


def smaller_start(config: TrainConfig) -> str:
    """Which setting needs less memory before the first step, and a value to begin with."""
    if config.loss.queue_size:
        return f"a shorter queue, loss.queue_size={config.loss.queue_size // 2}, takes about half of its share"
    if ENCODERS[config.model.encoder].pretrained:
        return "a smaller model in pretrained.name, or training.device=cpu"
    return f"a smaller network, model.width={max(8, config.model.width // 2)}"


__all__ = ["memory_told", "smaller_start", "smaller_step"]
