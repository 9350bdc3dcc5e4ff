"""What an executor of cells is given, and what the registry holds of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mlcl_core.studies.cells import Cell
from mlcl_core.studies.records import Result

if TYPE_CHECKING:
    from mlcl_core.studies.shared import Shared


@dataclass(frozen=True)
class Work:
    """Cells to be trained.

    Attributes:
        home: The home directory.
        cells: The cells. Each is claimed when it is taken, so that no other process trains it: take one when it is
            about to begin, and give a result for every one that was taken.
        on_result: Takes a cell and its result, and writes both; in the thread that takes the cells.
        on_phase: Takes a cell, a phase, how much of it is done, and how much there is. It raises
            :class:`StudyStopped` where the study is to end.
        into: Where a cell's run directory is written by :func:`mlcl_core.studies.run_cell.run_cell`; None: it has none.
        shared: Data that are open in this process.
        address: Of a cluster; None: none was named.
        gpus_per_cell: GPUs that each cell gets, a fraction of one too; None: as the executor thinks best.
    """

    home: Path
    cells: Iterator[Cell]
    on_result: Callable[[Cell, Result], None]
    on_phase: Callable[[Cell, str, int, int], None]
    into: Callable[[Cell], Path | None]
    shared: "Shared"
    address: str | None = None
    gpus_per_cell: float | None = None


@dataclass(frozen=True)
class Executor:
    """Where cells are trained.

    Attributes:
        name: Its name: ``mlcl study --executor``.
        title: What it is, in a few words.
        takes_turns: Whether cells wait for the device of this machine, as runs do.
        execute: Trains cells until none is left.
    """

    name: str
    title: str
    takes_turns: bool
    execute: Callable[[Work], None]


class StudyStopped(Exception):
    """The study is to end before its last cell; the cell under way is begun anew when it is resumed."""


__all__ = ["Executor", "StudyStopped", "Work"]
