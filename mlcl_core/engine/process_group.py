"""Data-parallel training: which items of a batch each process encodes, and the collective operations between them.

Every process holds the same network, the same data and the same random draws, and encodes its slice of each batch. The
slices are gathered with their gradients, so that every anchor is compared with all others; each process sums the loss
over its own anchors (:class:`mlcl_core.losses.LocalAnchors`), and the gradients of the parameters are summed over all
processes. Losses and parameters are those of one process, up to rounding, whatever the number of processes.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from accelerate import Accelerator, InitProcessGroupKwargs
from accelerate.state import AcceleratorState
from jaxtyping import Float, Shaped
from torch import Tensor

from mlcl_core.errors import InputError, RunFailed
from mlcl_core.losses import LocalAnchors

# Long enough for any pause: a dead process is detected by its closed connection and by the launcher, not by a timeout.
TIMEOUT = timedelta(days=365)
# Numbers of the host go from host to host: no process waits for its GPU to hear them.
BACKENDS = {"cuda": "cuda:nccl,cpu:gloo"}


@dataclass(frozen=True)
class ProcessGroup:
    """Rank of this process among ``size`` processes; with one process, the default, every operation is a no-op."""

    rank: int = 0
    size: int = 1

    def slice(self, n: int) -> slice:
        """Items of a batch of n that this process encodes; slices differ in length by one at most."""
        return _slice(n, self.rank, self.size)

    def local_anchors(self, n: int, views: int, device: torch.device) -> LocalAnchors | None:
        """Anchors of this process in a batch of n items with ``views`` views stacked; None with a single process."""
        if self.size == 1:
            return None
        mine = torch.arange(n, device=device)[self.slice(n)]
        return LocalAnchors(torch.cat([mine + n * view for view in range(views)]), self.rank == 0, self.all_reduce)

    def gather(self, x: Shaped[Tensor, "own *shape"], n: int, views: int) -> Shaped[Tensor, "all *shape"]:
        """Rows of all processes in the order of the batch of n items, view after view; differentiable."""
        if self.size == 1:
            return x
        return torch.cat([_Gather.apply(view, self, n) for view in x.chunk(views)]) if n else x

    def all_reduce(self, x: Tensor) -> Tensor:
        """Sum of a tensor over all processes, without gradient; booleans are summed as counts."""
        if self.size == 1:
            return x
        x = x.detach().to(torch.int64) if x.dtype == torch.bool else x.detach().clone()
        with self.exchange():
            dist.all_reduce(x)
        return x

    def broadcast(self, values: Float[Tensor, " k"]) -> Float[Tensor, " k"]:
        """Values of the process of rank 0, in every process; in place, on the host or a device."""
        if self.size > 1:
            with self.exchange():
                dist.broadcast(values, 0)
        return values

    def all_reduce_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Sum the gradients over all processes, in place; the same parameters must have a gradient in each of them."""
        grads = [p.grad for p in parameters if p.grad is not None]
        if self.size == 1 or not grads:
            return
        flat = torch.cat([grad.reshape(-1) for grad in grads])
        with self.exchange():
            dist.all_reduce(flat)
        parts = flat.split([grad.numel() for grad in grads])
        torch._foreach_copy_(grads, [part.view_as(grad) for part, grad in zip(parts, grads, strict=True)])

    @contextmanager
    def exchange(self) -> Iterator[None]:
        """Context of a collective operation; raises :class:`RunFailed` when another process has ended."""
        try:
            yield
        except RuntimeError as error:
            reason = str(error).splitlines()[0][:200]
            raise RunFailed(f"another of the {self.size} processes has ended ({reason})") from error


def make_accelerator(device: torch.device) -> tuple[Accelerator, ProcessGroup]:
    """Accelerate for this device, and the process group set up by torchrun or ``accelerate launch``.

    Raises:
        InputError: Two processes of this machine would share a GPU.
    """
    if int(os.environ.get("WORLD_SIZE") or 1) > 1:
        _refuse_shared_gpus(device)
        import_before_connecting()
    # the state is a singleton of the process, and a second run may need another device
    AcceleratorState._reset_state(reset_partial_state=True)
    # where no launcher has set LOCAL_RANK, Accelerate takes a named backend for a process group that there is not
    backend = BACKENDS.get(device.type) if int(os.environ.get("LOCAL_RANK") or -1) != -1 else None
    accelerator = Accelerator(
        cpu=device.type == "cpu",
        mixed_precision="no",  # a step has its own autocast
        kwargs_handlers=[InitProcessGroupKwargs(backend, timeout=TIMEOUT)],
    )
    return accelerator, ProcessGroup(accelerator.process_index, accelerator.num_processes)


def _refuse_shared_gpus(device: torch.device) -> None:
    """NCCL, which connects processes on GPUs, fails where two of them have the same one, with an error that says less.

    Raises:
        InputError: There are fewer GPUs than processes on this machine.
    """
    here = int(os.environ.get("LOCAL_WORLD_SIZE") or os.environ["WORLD_SIZE"])
    if device.type != "cuda" or here <= (gpus := torch.cuda.device_count()):
        return
    without, count = ", ".join(map(str, range(gpus, here))), f"{gpus} GPU{'s' if gpus != 1 else ''}"
    advice = f"start {gpus} (torchrun --nproc-per-node={gpus}), or set training.device=cpu"
    raise InputError(f"{here} processes for {count} of this machine: local ranks {without} have none; {advice}")


def import_before_connecting() -> None:
    """Import a module that would keep a reference to the process group if it were imported later.

    torch.distributed.nn.functional takes the current process group as the default argument of its functions when it is
    imported, and the first optimiser imports it: the connections and their threads would then outlive
    :func:`close_connections`.
    """
    import torch.distributed.nn.functional  # noqa: F401


def close_connections() -> None:
    """Close the connections of this process and join their threads; does nothing when there are none.

    The interpreter must not exit earlier: a connection thread that releases a tensor then waits for the interpreter, is
    terminated within native code, and aborts the process (``terminate called without an active exception``).
    """
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()


def _slice(n: int, rank: int, size: int) -> slice:
    short, longer = divmod(n, size)
    start = rank * short + min(rank, longer)
    return slice(start, start + short + (rank < longer))


class _Gather(torch.autograd.Function):
    """All-gather of rows; the backward pass sums the gradients that all processes have for this process's rows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, group: ProcessGroup, n: int) -> Tensor:
        ctx.group, ctx.n = group, n
        # all_gather needs equal shapes
        padded = x.new_zeros(-(-n // group.size), *x.shape[1:])
        padded[: len(x)] = x
        parts = [torch.empty_like(padded) for _ in range(group.size)]
        with group.exchange():
            dist.all_gather(parts, padded)
        slices = [_slice(n, rank, group.size) for rank in range(group.size)]
        return torch.cat([part[: own.stop - own.start] for part, own in zip(parts, slices, strict=True)])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        grad = grad.contiguous().clone()
        with ctx.group.exchange():
            dist.all_reduce(grad)
        return grad[ctx.group.slice(ctx.n)], None, None


__all__ = ["ProcessGroup", "close_connections", "make_accelerator"]
