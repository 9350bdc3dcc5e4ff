"""The operations of a block, counted as they are dispatched: those that launch work on a device, and those after which
the host has to wait for it.

On a GPU the host runs ahead of the device as long as it asks for nothing. It waits where a value comes to the host,
where the size of a result depends on values, and where a number in ordinary host memory is copied to the device.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

import mlcl_core

aten = torch.ops.aten
PACKAGE = Path(mlcl_core.__file__).parent

# One value to the host, or a result whose size is known once its values are.
WAITING = {
    aten._local_scalar_dense, aten.equal, aten.nonzero, aten.masked_select, aten._unique, aten._unique2,
    aten.unique_dim, aten.unique_consecutive, aten.bincount, aten.masked_scatter,
}  # fmt: skip
INDEXING = {aten.index, aten.index_put, aten.index_put_, aten._index_put_impl_, aten._unsafe_index}
COPIES = {aten._to_copy, aten.copy_}
# They make no values: memory alone, or another look at what is there.
WITHOUT_WORK = {
    aten.empty, aten.empty_like, aten.empty_strided, aten.new_empty, aten.new_empty_strided, aten.detach, aten.alias,
    aten.lift_fresh, aten._unsafe_view, aten._reshape_alias, aten.resize_, aten.set_, aten._local_scalar_dense,
}  # fmt: skip
# They bring all values to the host, and are not dispatched where these are there already.
TO_HOST = {Tensor.tolist, Tensor.numpy, Tensor.__array__, Tensor.cpu}
FROM_HOST = {Tensor.new_tensor, torch.tensor, torch.as_tensor}


@dataclass
class Operations:
    """What was counted: ``waits``, each operation after which the host waits, with the innermost function of this
    package that it is in (``nonzero in pairs/label_pairs.py self_pairs``); ``launches``, operations with work to do.
    """

    waits: list[str] = field(default_factory=list)
    launches: int = 0


@contextmanager
def counted_operations(device: torch.device | str = "cpu") -> Iterator[Operations]:
    """Count the operations of this thread on a device inside the block, of the backward passes that it starts too.

    On a CPU, where nothing waits, the operations are those that would on a GPU.

    Example:
        >>> with counted_operations() as found:
        ...     float(torch.ones(3).sum())
        3.0
        >>> found.waits
        ['_local_scalar_dense']
    """
    found, on = Operations(), torch.device(device).type
    with _Calls(found, on), _Dispatched(found, on):
        yield found


class _Dispatched(TorchDispatchMode):
    """Counts what reaches the dispatcher."""

    def __init__(self, found: Operations, on: str):
        super().__init__()
        self.found, self.on = found, on

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if _concerns(self.on, args, kwargs):
            if _waits(func, args, kwargs):
                self.found.waits.append(_placed(func._opname))
            if func.overloadpacket not in WITHOUT_WORK and not func.is_view:
                self.found.launches += 1
        return func(*args, **kwargs)


class _Calls(TorchFunctionMode):
    """Counts calls that the dispatcher does not see on a CPU: values to the host, and numbers from it."""

    def __init__(self, found: Operations, on: str):
        super().__init__()
        self.found, self.on = found, on

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if _concerns(self.on, args, kwargs) and (name := _waiting_call(func, args, kwargs)):
            self.found.waits.append(_placed(name))
        return func(*args, **kwargs)


def _concerns(on: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether an operation takes a tensor of this type of device, or makes one there."""
    made = kwargs.get("device")
    if made is not None and torch.device(made).type == on:
        return True
    return any(isinstance(x, Tensor) and x.device.type == on for x in tree_iter((args, kwargs))) or (
        on == "cpu" and made is None
    )


def _waiting_call(func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """The name of a call after which the host waits and that the dispatcher may not see; else empty."""
    if func in TO_HOST and args[0].device.type == "cpu":
        return func.__name__
    if func is Tensor.new_tensor or (func in FROM_HOST and kwargs.get("device") is not None):
        return func.__name__
    if func is Tensor.__setitem__ and not isinstance(args[2], Tensor) and _has_positions(args[1]):
        return "number at positions"
    return ""


def _waits(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    packet = func.overloadpacket
    if packet in COPIES:
        return _crosses(func, args, kwargs)
    if packet is aten.repeat_interleave:
        return kwargs.get("output_size") is None
    if packet in INDEXING:
        masks = [x for x in args[1] if x is not None and x.dtype in (torch.bool, torch.uint8)]
        # one number at the places of one mask is filled in without their positions
        filled = packet is not aten.index and len(args) > 2 and args[2].numel() == 1 and len(args[1]) == 1
        return bool(masks) and not filled
    return packet in WAITING


def _crosses(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a copy goes from one device to another, and the host waits for it."""
    if func.overloadpacket is aten.copy_:
        waiting = not (args[2] if len(args) > 2 else kwargs.get("non_blocking", False))
        return waiting and args[0].device != args[1].device
    to = kwargs.get("device")
    return to is not None and torch.device(to) != args[0].device and not kwargs.get("non_blocking", False)


def _has_positions(index: Any) -> bool:
    """Whether an index holds positions as a tensor: a number then goes to the device first."""
    return any(isinstance(x, Tensor) and x.dtype not in (torch.bool, torch.uint8) for x in tree_iter(index))


def _placed(name: str) -> str:
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(PACKAGE) and path != Path(__file__):
            return f"{name} in {path.relative_to(PACKAGE).as_posix()} {frame.f_code.co_name}"
        frame = frame.f_back
    return name


__all__ = ["Operations", "counted_operations"]
