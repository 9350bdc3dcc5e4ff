"""The pairs of an anchor with its own item, where that is among the references."""

from dataclasses import dataclass

from jaxtyping import Bool, Int64, Shaped
from torch import Tensor


@dataclass(frozen=True)
class SelfPairs:
    """Where each anchor's own item is among the references.

    Positions of pairs would have to be counted, and a GPU waited for; columns, one an anchor, need not.

    Args:
        columns: Its column, 0 where there is none.
        included: Whether there is one; None: everywhere.
    """

    columns: Int64[Tensor, "n 1"]
    included: Bool[Tensor, "n 1"] | None = None

    def of(self, x: Shaped[Tensor, "n m"]) -> Shaped[Tensor, "n 1"]:
        """The entry of each anchor's own item, 0 where there is none."""
        entries = x.gather(1, self.columns)
        return entries if self.included is None else entries.masked_fill_(~self.included, 0)

    def zero(self, x: Shaped[Tensor, "n m"]) -> None:
        """Set the entry of each anchor's own item to 0, in place."""
        if x.shape[1] == 0:
            return
        if self.included is None:
            x.scatter_(1, self.columns, 0)
        else:
            x.scatter_(1, self.columns, x.gather(1, self.columns).masked_fill_(self.included, 0))


def self_pairs(self_index: Int64[Tensor, " n"] | None, *, complete: bool = False) -> SelfPairs | None:
    """The pairs of anchors whose own item has these columns, -1 where there is none; None: nothing is excluded.

    Args:
        self_index: Column of each anchor's own item.
        complete: Whether it is known that there is no -1.
    """
    if self_index is None:
        return None
    columns = self_index[:, None]
    return SelfPairs(columns) if complete else SelfPairs(columns.clamp_min(0), columns >= 0)


__all__ = ["SelfPairs", "self_pairs"]
