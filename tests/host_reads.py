"""Which operations bring a value to the host, and a device for tests that is not the host.

    with host_reads() as reads:
        loss(z, y).backward()
    assert reads == []

A read is told with the innermost function of ``mlcl_core`` that it is in, ``nonzero in losses/hero.py row_values``; one
that a step cannot do without is stated in the test, ``assert set(reads) == {"..."}``. Without a device every tensor
is on the host, and operations count by what they would do on a GPU: a copy that stays on the host does not. To see
copies too, the block runs on a pretended device:

    with pretended_device() as device:
        z, y = z.to(device), y.to(device)
        with host_reads(device) as reads:
            loss(z, y).backward()

Tensors there are computed on the CPU and hold the same bits; they tell the device ``meta``, and an operation that mixes
them with tensors of the host is refused as on a GPU.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_iter, tree_map

from mlcl_core.bench.operations import INDEXING, counted_operations

PRETENDED = torch.device("meta")
HOST = torch.device("cpu")
aten = torch.ops.aten
CROSSING = {aten._to_copy, aten.copy_, *INDEXING}


@contextmanager
def host_reads(device: torch.device = HOST) -> Iterator[list[str]]:
    """The reads of a block, in order; see above. On a pretended device those of tensors of the host do not count."""
    with counted_operations(device) as found:
        yield found.waits


@contextmanager
def pretended_device() -> Iterator[torch.device]:
    """A device: what is moved to it or made on it inside the block is computed by the CPU, and is not on the host."""

    def as_on_host(function: Callable[..., Any]) -> Any:
        def asked(device_type: str, *args: Any, **kwargs: Any) -> Any:
            return function(HOST.type if device_type == PRETENDED.type else device_type, *args, **kwargs)

        return patch.object(torch, function.__name__, asked)

    with ExitStack() as patched:
        # the device has no autocast of its own
        for function in (torch.autocast, torch.is_autocast_enabled, torch.get_autocast_dtype):
            patched.enter_context(as_on_host(function))
        patched.enter_context(_Makes())
        patched.enter_context(_MakesOfNumbers())
        yield PRETENDED


class Pretended(Tensor):
    """A tensor of the pretended device; ``on_host`` holds its values."""

    on_host: Tensor

    @staticmethod
    def __new__(cls, on_host: Tensor) -> "Pretended":
        """A tensor with these values."""
        made = Tensor._make_wrapper_subclass(
            cls,
            on_host.shape,
            strides=on_host.stride(),
            storage_offset=on_host.storage_offset(),
            dtype=on_host.dtype,
            device=PRETENDED,
        )
        made.on_host = on_host
        return made

    def tolist(self) -> Any:
        """The values, which come to the host."""
        return self.cpu().tolist()

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Compute on the host; the result is of the device unless it is copied to the host."""
        kwargs = dict(kwargs or {})
        if func.overloadpacket not in CROSSING:
            strangers = [x for x in tree_iter((args, kwargs)) if _is_of_host(x) and x.ndim > 0]
            assert not strangers, f"{func} mixes tensors of the device and of the host"
        to_host = func.overloadpacket is aten._to_copy and _names(kwargs, HOST)
        if kwargs.get("device") is not None:
            kwargs["device"] = HOST
        results = func(*tree_map(on_host, args), **tree_map(on_host, kwargs))
        if to_host:
            return results
        if func.overloadpacket is aten.copy_:
            return args[0]
        return return_and_correct_aliasing(func, args, kwargs, tree_map(_pretend, results))


class _Makes(TorchDispatchMode):
    """Makes tensors of the pretended device where an operation without any is given that device."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if not _names(kwargs, PRETENDED) or any(isinstance(x, Pretended) for x in tree_iter((args, kwargs))):
            return func(*args, **kwargs)
        results = func(*args, **{**kwargs, "device": HOST})
        return tree_map(_pretend, results)


class _MakesOfNumbers(TorchFunctionMode):
    """The same for tensors of given numbers, which the dispatcher does not see."""

    def __torch_function__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func is Tensor.new_tensor and isinstance(args[0], Pretended) and "device" not in kwargs:
            made = torch.tensor(*args[1:], **{"dtype": args[0].dtype, **kwargs})
            return Pretended(made)
        if func in (torch.tensor, torch.as_tensor) and _names(kwargs, PRETENDED):
            return Pretended(func(*args, **{**kwargs, "device": HOST}))
        return func(*args, **kwargs)


def on_host(x: Any) -> Any:
    """The values of a tensor of the pretended device, without counting as a read; anything else as it is."""
    return x.on_host if isinstance(x, Pretended) else x


def _pretend(x: Any) -> Any:
    return Pretended(x) if isinstance(x, Tensor) and not isinstance(x, Pretended) else x


def _is_of_host(x: Any) -> bool:
    return isinstance(x, Tensor) and not isinstance(x, Pretended)


def _names(kwargs: Mapping[str, Any], device: torch.device) -> bool:
    return kwargs.get("device") is not None and torch.device(kwargs["device"]) == device
