"""The processes that train together: who has which items of a batch, and what they tell each other.

Every process holds the same network, the same data and the same random draws, and encodes its slice of each batch. The
slices are gathered with their gradients, so that every anchor sees all others; each process adds up its own anchors
(:class:`mlcl_core.losses.core.local_anchors.LocalAnchors`), and the gradients of the parameters are summed. A run is the same
run, up to rounding, whatever the number of processes.
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

from mlcl_core.errors import RunFailed
from mlcl_core.losses import LocalAnchors

# A pause may last: a process that died is noticed by its closed connection, and by the launcher, not by the clock.
PATIENCE = timedelta(days=365)


@dataclass(frozen=True)
class Team:
    """This process's place, ``rank``, among ``size`` processes; alone by default, where everything is a no-op."""

    rank: int = 0
    size: int = 1

    def slice(self, n: int) -> slice:
        """This process's items of a batch of n: slices differ in length by one at most, the first ones are longer."""
        return _slice(n, self.rank, self.size)

    def local_anchors(self, n: int, views: int, device: torch.device) -> LocalAnchors | None:
        """This process's anchors in a batch of n items, ``views`` of them stacked; None when it is alone."""
        if self.size == 1:
            return None
        mine = torch.arange(n, device=device)[self.slice(n)]
        return LocalAnchors(torch.cat([mine + n * view for view in range(views)]), self.rank == 0, self.total)

    def gather(self, x: Shaped[Tensor, "own *shape"], n: int, views: int) -> Shaped[Tensor, "all *shape"]:
        """All processes' rows in the order of the batch of n items, view after view; gradients find their way back."""
        if self.size == 1:
            return x
        return torch.cat([_Gather.apply(view, self, n) for view in x.chunk(views)]) if n else x

    def total(self, x: Tensor) -> Tensor:
        """A number summed over all processes, without gradient."""
        if self.size == 1:
            return x
        # a truth becomes a count, which any number of processes can add to
        x = x.detach().to(torch.int64) if x.dtype == torch.bool else x.detach().clone()
        with self.exchange():
            dist.all_reduce(x)
        return x

    def first_says(self, values: Float[Tensor, " k"]) -> Float[Tensor, " k"]:
        """What the first process says, in every process."""
        if self.size > 1:
            with self.exchange():
                dist.broadcast(values, 0)
        return values

    def sum_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Add up the gradients of all processes, in place; which parameters have one is the same in all."""
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
        """What processes tell each other; raises :class:`RunFailed` where one of them is gone."""
        try:
            yield
        except RuntimeError as error:
            reason = str(error).splitlines()[0][:200]
            raise RunFailed(f"another of the {self.size} processes has ended ({reason})") from error


def make_accelerator(device: torch.device, precision: str) -> tuple[Accelerator, Team]:
    """Accelerate for this device and precision, and the team that torchrun or ``accelerate launch`` has made."""
    if int(os.environ.get("WORLD_SIZE") or 1) > 1:
        hold_nothing()
    # its state is a singleton of the process, and a second run may want another device or precision
    AcceleratorState._reset_state(reset_partial_state=True)
    accelerator = Accelerator(
        cpu=device.type == "cpu",
        mixed_precision="bf16" if precision == "bfloat16" else "no",
        kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE)],
    )
    return accelerator, Team(accelerator.process_index, accelerator.num_processes)


def hold_nothing() -> None:
    """See to it that nothing holds on to the connections that are about to be made.

    torch.distributed.nn.functional takes those there are as the defaults of its functions when it is imported, and the
    first optimiser imports it: they, and their threads, would then outlive :func:`disband`.
    """
    import torch.distributed.nn.functional  # noqa: F401


def disband() -> None:
    """Close the connections of this process, and join the threads behind them.

    Python must not end before: a thread of the connections that lets go of a tensor then asks for the interpreter,
    is ended in the middle of native code, and takes the process with it (``terminate called without an active
    exception``).
    """
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()


def _slice(n: int, rank: int, size: int) -> slice:
    short, longer = divmod(n, size)
    start = rank * short + min(rank, longer)
    return slice(start, start + short + (rank < longer))


class _Gather(torch.autograd.Function):
    """Rows of all processes; backward adds up what every process says of this one's rows."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, team: Team, n: int) -> Tensor:
        ctx.team, ctx.n = team, n
        # processes can only exchange equal shapes
        padded = x.new_zeros(-(-n // team.size), *x.shape[1:])
        padded[: len(x)] = x
        parts = [torch.empty_like(padded) for _ in range(team.size)]
        with team.exchange():
            dist.all_gather(parts, padded)
        slices = [_slice(n, rank, team.size) for rank in range(team.size)]
        return torch.cat([part[: own.stop - own.start] for part, own in zip(parts, slices, strict=True)])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        grad = grad.contiguous().clone()
        with ctx.team.exchange():
            dist.all_reduce(grad)
        return grad[ctx.team.slice(ctx.n)], None, None


__all__ = ["Team", "disband", "make_accelerator"]
