"""A queue of past keys: more candidates than a batch holds, without computing them again."""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn


class MemoryQueue(nn.Module):
    """The last ``size`` keys with their labels and item ids; empty at first.

    References:
        He et al., MoCo, CVPR 2020, section 3.2 (there the queue starts with random vectors; here it starts empty, so
        that no random entry is ever a candidate).
    """

    z: Tensor
    y: Tensor
    ids: Tensor
    filled: Tensor
    next: Tensor

    def __init__(self, size: int, dims: int, labels: int) -> None:
        """Allocate the buffers, which checkpoints include."""
        super().__init__()
        self.register_buffer("z", torch.zeros(size, dims))
        self.register_buffer("y", torch.zeros(size, labels, dtype=torch.bool))
        self.register_buffer("ids", torch.full((size,), -1, dtype=torch.int64))
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))
        self.register_buffer("next", torch.zeros((), dtype=torch.int64))

    def _apply(self, *args: Any, **kwargs: Any) -> "MemoryQueue":
        """Move keys and labels to another device; what says where they stand stays on the host, which asks for it."""
        kept = {name: self._buffers[name] for name in ("ids", "filled", "next")}
        super()._apply(*args, **kwargs)
        self._buffers.update(kept)
        return self

    @torch.no_grad()
    def push(self, z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"], ids: Int64[Tensor, " n"]) -> None:
        """Add keys in place of the oldest ones; ``ids`` on the host.

        Items without labels are no candidates: their keys should not be added.

        Edge cases:
            More keys than ``size``: the last ones stay.
        """
        size = len(self.z)
        if not size or not len(ids):
            return
        z, y, ids = F.normalize(z[-size:].to(self.z.dtype), dim=1), y[-size:], ids[-size:]
        start = int(self.next)
        # up to the end of the buffers, then from their beginning
        before = min(len(ids), size - start)
        for own, given in ((self.z, z), (self.y, y), (self.ids, ids)):
            own[start : start + before] = given[:before]
            own[: len(ids) - before] = given[before:]
        self.next.fill_((start + len(ids)) % size)
        self.filled.fill_(min(int(self.filled) + len(ids), size))

    def contents(self) -> tuple[Float[Tensor, "q d"], Bool[Tensor, "q c"], Int64[Tensor, " q"]]:
        """Unit vectors, labels and item ids (these on the host) of the keys in the queue."""
        filled = int(self.filled)
        # copies: the backward pass of the loss may need them after the next keys are added
        return self.z[:filled].clone(), self.y[:filled].clone(), self.ids[:filled].clone()
