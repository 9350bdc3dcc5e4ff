"""A queue of past keys: more candidates than a batch holds, without computing them again."""

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

    @torch.no_grad()
    def push(self, z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"], ids: Int64[Tensor, " n"]) -> None:
        """Add keys in place of the oldest ones; items without labels are skipped.

        Edge cases:
            More keys than ``size``: the last ones stay.
        """
        labelled = y.any(1).nonzero()[:, 0][-len(self.z) :] if len(self.z) else y.new_zeros(0, dtype=torch.int64)
        at = (int(self.next) + torch.arange(len(labelled), device=self.z.device)) % max(len(self.z), 1)
        self.z[at] = F.normalize(z[labelled].to(self.z.dtype), dim=1)
        self.y[at], self.ids[at] = y[labelled], ids.to(self.ids.device)[labelled]
        self.next.fill_((int(self.next) + len(labelled)) % max(len(self.z), 1))
        self.filled.fill_(min(int(self.filled) + len(labelled), len(self.z)))

    def contents(self) -> tuple[Float[Tensor, "q d"], Bool[Tensor, "q c"], Int64[Tensor, " q"]]:
        """Unit vectors, labels and item ids of the keys in the queue."""
        filled = int(self.filled)
        # copies: the backward pass of the loss may need them after the next keys are added
        return self.z[:filled].clone(), self.y[:filled].clone(), self.ids[:filled].clone()
