"""What one step of a loss costs beside time: work that it launches, waits for the device, what autograd keeps."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd import DeviceType
from torch.autograd.graph import saved_tensors_hooks

from mlcl_core.bench.operations import counted_operations

STEP = "step of the loss"
# Calls by which a host starts work on a GPU, and those that return once the GPU is done.
LAUNCHES = ("cudaLaunchKernel", "cuLaunchKernel", "cudaGraphLaunch", "cudaMemcpyAsync", "cudaMemsetAsync")
WAITS = {
    "cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize", "cudaMemcpy", "cudaMemGetInfo",
    "cuStreamSynchronize", "cuCtxSynchronize", "cuEventSynchronize",
}  # fmt: skip


def step_counts(step: Callable[[Tensor], Tensor], z: Float[Tensor, "n d"]) -> dict[str, Any]:
    """``launches`` and ``synchronisations`` of one forward and backward, and the ``saved_mb`` between them.

    On a GPU calls of the driver are counted, which a profiler records. Elsewhere it is the operations that PyTorch
    dispatches: a launch for each that computes, a synchronisation for each after which a GPU would be waited for.
    """
    saved = _saved_mb(step, z)
    leaf = z.clone().requires_grad_()
    if not z.is_cuda:
        with counted_operations(z.device) as found:
            step(leaf).backward()
        return {"launches": found.launches, "synchronisations": len(found.waits), "saved_mb": saved}
    from torch.profiler import ProfilerActivity, profile, record_function

    torch.cuda.synchronize(z.device)
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiled:
        with record_function(STEP):
            step(leaf).backward()
        torch.cuda.synchronize(z.device)
    launches, waits = driver_calls(profiled.events() or [])
    return {"launches": launches, "synchronisations": waits, "saved_mb": saved}


def driver_calls(events: Iterable[Any]) -> tuple[int, int]:
    """Calls that start work, and calls that wait, among the events of a profiler while the step ran."""
    # the profiler draws the step on the GPU's time line too
    events = [event for event in events if event.device_type == DeviceType.CPU]
    within = next(event.time_range for event in events if event.name == STEP)
    names = [event.name for event in events if within.start <= event.time_range.start <= within.end]
    return sum(name.startswith(LAUNCHES) for name in names), sum(name in WAITS for name in names)


def _saved_mb(step: Callable[[Tensor], Tensor], z: Float[Tensor, "n d"]) -> float:
    """Memory of all tensors that the backward pass needs, each storage once, the embeddings not counted."""
    leaf, sizes = z.clone().requires_grad_(), dict[int, int]()

    def keep(x: Tensor) -> Tensor:
        storage = x.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return x

    with saved_tensors_hooks(keep, lambda x: x):
        value = step(leaf)
    sizes.pop(leaf.untyped_storage().data_ptr(), None)
    del value
    return round(sum(sizes.values()) / 1e6, 3)


__all__ = ["driver_calls", "step_counts"]
