"""A study that is ready to run: its cells are made and checked, its data are open."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcl_core.errors import InputError
from mlcl_core.studies.cells import Cell, cells_of, tuning_cells
from mlcl_core.studies.check import check_study
from mlcl_core.studies.file import StudyFile
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.plan import Plan, plan_of
from mlcl_core.studies.records import FAILED
from mlcl_core.studies.runner import OnProgress, Runner
from mlcl_core.studies.shared import Shared


@dataclass(frozen=True)
class Study:
    """A study whose every configuration can be trained.

    Attributes:
        folder: Where its results are; it may not exist yet.
        file: Its file.
        cells, tunings: All of them, or the one of an array and the trainings that tune for it.
        total: Cells of the whole study.
        shared: Data that are open.
        said: What was taken of the data without a question.
    """

    folder: StudyFolder
    file: StudyFile
    cells: Sequence[Cell]
    tunings: Sequence[Cell]
    total: int
    shared: Shared
    said: Sequence[str] = ()

    def plan(self, *, retry: bool = False) -> Plan:
        """What is left to do; a short piece is trained where no cell is done that tells how long one takes."""
        return plan_of(self.folder, self.cells, self.tunings, self.shared, retry)

    def run(
        self,
        *,
        executor: str = "local",
        address: str | None = None,
        gpus_per_cell: float | None = None,
        retry: bool = False,
        alone: bool = False,
        plan: Plan | None = None,
        on_progress: OnProgress = lambda progress: None,
    ) -> None:
        """Train what is left; arguments and errors as of :class:`mlcl_core.studies.runner.Runner`."""
        self.folder.take(self.file, self.total)
        seconds = (plan or self.plan(retry=retry)).by_cell
        Runner(
            self.folder,
            self.cells,
            self.tunings,
            shared=self.shared,
            executor=executor,
            address=address,
            gpus_per_cell=gpus_per_cell,
            retry=retry,
            alone=alone,
            seconds=seconds,
            on_progress=on_progress,
        ).run()


def prepared(
    file: StudyFile,
    home: Path,
    on_phase: Callable[[str], None] = lambda phase: None,
    *,
    only: int | None = None,
    retry: bool = False,
) -> Study:
    """Make and check all cells of a study.

    Args:
        file: The study.
        home: The home directory, which exists.
        on_phase: Called with what is under way.
        only: The one cell of an array of processes, counted from 0; None: all.
        retry: Whether cells that failed are to be trained once more.

    Raises:
        InputError: The folder of that name holds another study; a cell could not be trained; there is no such cell.
    """
    folder, shared = StudyFolder(home, file.name), Shared(home)
    folder.refuse_another(file)
    cells, tunings = cells_of(file), tuning_cells(file)
    total = len(cells)
    if only is not None:
        if not 0 <= only < total:
            raise InputError(f"--cell {only}: the study has {total:,} cells, counted from 0: 0 to {total - 1}")
        cells = [cells[only]]
        tunings = [one for one in tunings if (one.data, one.method) == (cells[0].data, cells[0].method)]

    def checking(done: int, of: int) -> None:
        on_phase(f"checking the configurations, {done + 1} of {of}")

    rows = {row["cell"]: row for row in (*folder.records(), *folder.tuning().values())}
    left = [one for one in (*tunings, *cells) if one.id not in rows or (retry and rows[one.id]["state"] == FAILED)]
    said = check_study(file, left, shared, checking)
    return Study(folder, file, cells, tunings, total, shared, said)


__all__ = ["Study", "prepared"]
