"""Memory for the arrays of a tile, reused for the next tile."""

import torch
from jaxtyping import Shaped
from torch import Tensor


class Workspace:
    """Allocates arrays; after ``clear`` it returns the same memory again, in the same order.

    On a CPU a large new array consists of fresh memory pages, which cost several times what filling them does. Tiles of
    one height need the same arrays each time. Without ``clear`` every array is new.
    """

    def __init__(self) -> None:
        """Start without memory."""
        self._blocks: list[Tensor] = []
        self._used = 0

    def clear(self) -> None:
        """All arrays may be reused."""
        self._used = 0

    def shrink(self, size: int) -> None:
        """Clear, and release all memory if it exceeds ``size`` bytes."""
        self.clear()
        if sum(block.nbytes for block in self._blocks) > size:
            self._blocks.clear()

    def like(
        self, x: Tensor, rows: int, columns: int, dtype: torch.dtype | None = None
    ) -> Shaped[Tensor, "rows columns"]:
        """An uninitialised array on the device of ``x``, of its type unless ``dtype`` is given."""
        dtype, size = x.dtype if dtype is None else dtype, rows * columns
        blocks, index = self._blocks, self._used
        self._used += 1
        if index == len(blocks):
            blocks.append(x.new_empty(size, dtype=dtype))
        elif blocks[index].numel() < size or blocks[index].dtype != dtype or blocks[index].device != x.device:
            blocks[index] = x.new_empty(size, dtype=dtype)
        return blocks[index][:size].view(rows, columns)


__all__ = ["Workspace"]
