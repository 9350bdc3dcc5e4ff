"""Cells that are left to train, each by one process at a time: several may work on one folder."""

from collections.abc import Callable, Iterator, Sequence
from time import sleep

from mlcl_core.runs.lock import FileLock
from mlcl_core.studies.cells import Cell
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.records import FAILED, TUNING

POLL_SECONDS = 0.5


class Claims:
    """Hands out cells, and holds the lock of each until its result is written.

    Args:
        folder: The study.
        again: Cells that failed and are trained once more.
    """

    def __init__(self, folder: StudyFolder, again: frozenset[str] = frozenset()) -> None:
        """Nothing is claimed yet."""
        self.folder, self._again = folder, again
        self._held: dict[str, FileLock] = {}

    def take(self, cells: Sequence[Cell], waiting: Callable[[], None]) -> Iterator[Cell]:
        """The cells that have no result, in their order; those of other processes at the end, if these die.

        Args:
            cells: All cells that are wanted.
            waiting: Called while other processes train what is left; an exception ends it.
        """
        left = list(cells)
        while left:
            others = []
            for cell in left:
                if self.is_done(cell):
                    continue
                lock = FileLock(self.folder.path / "locks" / f"{cell.id}.lock")
                if not lock.acquire():
                    others.append(cell)
                elif self.is_done(cell):  # by the process that held the lock a moment ago
                    lock.release()
                else:
                    self._held[cell.id] = lock
                    yield cell
            left = others
            if left:
                waiting()
                sleep(POLL_SECONDS)

    def is_done(self, cell: Cell) -> bool:
        """Whether a cell has a result, other than one that it is trained again for."""
        row = self.folder.record(cell.id, tuning=cell.kind == TUNING)
        return row is not None and not (row["state"] == FAILED and cell.id in self._again)

    def release(self, cell: Cell) -> None:
        """Let go of a cell whose result is written."""
        self._again -= {cell.id}
        if lock := self._held.pop(cell.id, None):
            lock.release()

    def release_all(self) -> None:
        """Let go of all cells; those without a result are for others."""
        while self._held:
            self._held.popitem()[1].release()


__all__ = ["Claims"]
