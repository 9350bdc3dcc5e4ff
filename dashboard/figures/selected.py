"""Which items of a list are selected, with the steps back and forward; no selection is not the same as one of none."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from jaxtyping import Bool

How = Literal["replace", "add", "subtract"]
HOWS: Final[tuple[How, ...]] = get_args(How)
MAX_STEPS = 50  # back


@dataclass(frozen=True)
class Chosen:
    """A selection as bits, least significant first in each byte; ``bits`` None: no selection, so all items count."""

    bits: bytes | None = None
    why: str = ""

    @classmethod
    def of(cls, mask: Bool[np.ndarray, " n"], why: str) -> "Chosen":
        """The selection of the marked items; ``why``: in a word, where it came from."""
        return cls(np.packbits(mask, bitorder="little").tobytes(), why)

    def mask(self, n: int) -> Bool[np.ndarray, " n"] | None:
        """Which of ``n`` items are selected; None without a selection."""
        if self.bits is None:
            return None
        return np.unpackbits(np.frombuffer(self.bits, np.uint8), count=n, bitorder="little").astype(bool)


@dataclass(frozen=True)
class History:
    """The selection now, those before it, the newest last, and those that an undo left, the next one last."""

    now: Chosen = Chosen()
    past: tuple[Chosen, ...] = ()
    ahead: tuple[Chosen, ...] = ()

    def then(self, chosen: Chosen) -> "History":
        """With another selection. The same selection again is no step."""
        if chosen.bits == self.now.bits:
            return self
        return History(chosen, (*self.past, self.now)[-MAX_STEPS:])

    def undone(self) -> "History":
        """One step back; the same at the first one."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (*self.ahead, self.now))

    def redone(self) -> "History":
        """One step forward; the same at the last one."""
        if not self.ahead:
            return self
        return History(self.ahead[-1], (*self.past, self.now), self.ahead[:-1])


def combined(now: Bool[np.ndarray, " n"] | None, given: Bool[np.ndarray, " n"], how: How) -> Bool[np.ndarray, " n"]:
    """The selection ``now`` with other items in its place, added or taken away.

    Edge cases:
        No selection: items are added to nothing, since a first lasso selects what it encloses however it is drawn;
        they are taken away from all items.

    Example:
        >>> combined(None, np.array([True, False]), "subtract").tolist()
        [False, True]
    """
    if how == "add":
        return given if now is None else now | given
    if how == "subtract":
        return ~given if now is None else now & ~given
    return given


@dataclass(frozen=True)
class Shown:
    """A selection as a cloud shows it: the mask (None: no selection), the steps there are, the messages it answers."""

    mask: Bool[np.ndarray, " n"] | None
    undo: bool = False
    redo: bool = False
    seen: int = 0
