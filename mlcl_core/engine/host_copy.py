"""Tensors copied to the host as they are now, while the device goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, cuda

# Bytes that are copied on the device first without asking whether they fit.
SMALL = 2**26
# A larger snapshot takes at most this share of the device's free memory: the next step must find its own.
SHARE = 0.5

_side_streams: dict[torch.device, cuda.Stream] = {}


@dataclass
class HostCopy:
    """Copies of tensors on the host, as they were when :func:`to_host` was called.

    Attributes:
        nbytes: Their size.
    """

    nbytes: int
    _copies: dict[str, Tensor]
    # what is reached when the copies are whole, and the snapshots on the device, which must live until then
    _under_way: list[tuple[cuda.Event, Tensor | None]] = field(default_factory=list)

    def wait(self) -> dict[str, Tensor]:
        """The copies, by name, once they are whole; any thread may wait, and none keeps a core busy by it."""
        while self._under_way:
            self._under_way[-1][0].synchronize()
            self._under_way.pop()
        return self._copies


def to_host(tensors: Mapping[str, Tensor], *, changing: bool = False) -> HostCopy:
    """Begin to copy tensors to the host; returns at once.

    On CUDA a snapshot is taken on the device, in the order of its work, and copied into pinned memory by a side stream;
    where the device is short of memory the copy takes its turn in the device's work instead. On a CPU the tensors
    themselves are returned, and clones where they are changing. Other devices are waited for.

    Args:
        tensors: The tensors by name, on any devices.
        changing: Whether they are changed in place later.
    """
    tensors = {name: tensor.detach() for name, tensor in tensors.items()}
    found = HostCopy(sum(tensor.nbytes for tensor in tensors.values()), {})
    groups: dict[tuple[torch.device, torch.dtype], list[str]] = {}
    for name, tensor in tensors.items():
        if _copies_aside(tensor):
            groups.setdefault((tensor.device, tensor.dtype), []).append(name)
    copies: dict[str, Tensor] = {}
    for names in groups.values():
        parts, event, snapshot = _begin([tensors[name] for name in names])
        copies |= dict(zip(names, parts, strict=True))
        found._under_way.append((event, snapshot))
    for name, tensor in tensors.items():
        copy = copies[name] if name in copies else tensor.cpu()
        found._copies[name] = copy.clone() if changing and copy is tensor else copy
    return found


def goes_on(device: torch.device) -> bool:
    """Whether a device computes while the CPU does something else."""
    return device.type != "cpu"


def _begin(tensors: list[Tensor]) -> tuple[list[Tensor], cuda.Event, Tensor | None]:
    """Begin to copy tensors of one device and type; returns the copies, what tells that they are whole, the snapshot.

    One transfer for all of them: a checkpoint consists of hundreds of small tensors.
    """
    device, sizes = tensors[0].device, [tensor.numel() for tensor in tensors]
    host, snapshot = _pinned(sum(sizes), tensors[0].dtype), None
    parts = [part.view(tensor.shape) for part, tensor in zip(host.split(sizes), tensors, strict=True)]
    stream = cuda.current_stream(device)
    if host.nbytes <= SMALL or host.nbytes <= SHARE * cuda.mem_get_info(device)[0]:
        snapshot = torch.cat([tensor.reshape(-1) for tensor in tensors])
        side = _side_streams.setdefault(device, cuda.Stream(device))
        side.wait_stream(stream)
        stream = side
    with cuda.stream(stream):
        if snapshot is not None:
            _copy(host, snapshot)
        else:
            for part, tensor in zip(parts, tensors, strict=True):
                _copy(part, tensor)
    event = cuda.Event(blocking=True)
    event.record(stream)
    return parts, event, snapshot


def _copies_aside(tensor: Tensor) -> bool:
    return tensor.device.type == "cuda"


def _pinned(size: int, dtype: torch.dtype) -> Tensor:
    return torch.empty(size, dtype=dtype, pin_memory=True)


def _copy(host: Tensor, tensor: Tensor) -> None:
    host.copy_(tensor, non_blocking=True)


__all__ = ["HostCopy", "goes_on", "to_host"]
