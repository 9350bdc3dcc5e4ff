"""The network compiled by torch.compile, and its refusals in one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from mlcl_core.errors import RunFailed


def compiled(network: nn.Module) -> Callable[..., Any]:
    """What computes the network's outputs by kernels made for it; compiled at the first call, on the same weights."""
    return torch.compile(network)


@contextmanager
def compilation_told() -> Iterator[None]:
    """Turn a compilation that fails inside the block (no compiler, an operation it lacks) into :class:`RunFailed`."""
    try:
        yield
    except RuntimeError as error:
        # by name: to import these modules takes seconds, which a run without compilation should not pay
        if not type(error).__module__.startswith(("torch._dynamo.", "torch._inductor.")):
            raise
        reason = next(iter(str(error).split("\n")), "")[:200]
        raise RunFailed(f"training.compile: torch.compile failed ({reason}); training.compile=false trains") from error


__all__ = ["compilation_told", "compiled"]
