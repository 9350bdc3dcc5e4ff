"""Memory for the arrays of a tile, used again for the next one."""

import torch
from jaxtyping import Shaped
from torch import Tensor


class Workspace:
    """Hands out arrays; after ``clear`` the same ones again, in the same order.

    On a CPU a large array comes from fresh pages of memory, which cost several times what filling them does. Tiles of
    one height ask for the same arrays each time. Without ``clear`` every array is a new one.
    """

    def __init__(self) -> None:
        """Without any memory."""
        self._blocks: list[Tensor] = []
        self._used = 0

    def clear(self) -> None:
        """Nobody looks at what was handed out any more."""
        self._used = 0

    def shrink(self, size: int) -> None:
        """Clear, and give everything back if it is more than some bytes."""
        self.clear()
        if sum(block.nbytes for block in self._blocks) > size:
            self._blocks.clear()

    def like(
        self, x: Tensor, rows: int, columns: int, dtype: torch.dtype | None = None
    ) -> Shaped[Tensor, "rows columns"]:
        """An array of any content, on the device of ``x`` and of its type unless another is given."""
        dtype, size = x.dtype if dtype is None else dtype, rows * columns
        blocks, place = self._blocks, self._used
        self._used += 1
        if place == len(blocks):
            blocks.append(x.new_empty(size, dtype=dtype))
        elif blocks[place].numel() < size or blocks[place].dtype != dtype or blocks[place].device != x.device:
            blocks[place] = x.new_empty(size, dtype=dtype)
        return blocks[place][:size].view(rows, columns)


__all__ = ["Workspace"]
