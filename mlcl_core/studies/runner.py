"""A study trained to its end: trainings that tune, then the cells; what is done is never done again."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from mlcl_core.engine.device import choose_device
from mlcl_core.pairs.slow import slow_paths
from mlcl_core.runs.records import QUEUED, RUNNING
from mlcl_core.studies.cell_run import run_id
from mlcl_core.studies.cells import Cell
from mlcl_core.studies.claims import Claims
from mlcl_core.studies.executors import EXECUTORS, Work
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.records import FAILED, Result
from mlcl_core.studies.run_cell import failed
from mlcl_core.studies.shared import Shared
from mlcl_core.studies.tuned import chosen_values
from mlcl_core.studies.turn import Turn

TABLE_SECONDS = 5.0  # between two tables: each reads all rows


@dataclass(frozen=True)
class Progress:
    """How far a study is.

    Attributes:
        state: queued or running.
        done, total: Cells with a result, and all; trainings that tune count too.
        phase: What is under way, in words.
        eta: Estimated seconds left; None: unknown.
        failure: Why the cell that has just ended failed; None: it did not, or none has ended.
    """

    state: str
    done: int
    total: int
    phase: str
    eta: float | None = None
    failure: str | None = None


OnProgress = Callable[[Progress], None]
"""Is called often; raises :class:`mlcl_core.studies.executors.StudyStopped` where the study is to end."""


class Runner:
    """Trains what is left of a study.

    Args:
        folder: The study, which exists.
        cells, tunings: All of them.
        shared: Data that are open already.
        executor: A key of ``EXECUTORS``.
        address: Of a cluster.
        gpus_per_cell: GPUs that each cell gets there.
        retry: Whether failed cells are trained once more.
        alone: Whether this process trains one cell of an array of processes: it does not wait for the device.
        seconds: Estimated seconds of what is left, by id.
        on_progress: Is told of everything.
    """

    def __init__(
        self,
        folder: StudyFolder,
        cells: Sequence[Cell],
        tunings: Sequence[Cell],
        *,
        shared: Shared,
        executor: str = "local",
        address: str | None = None,
        gpus_per_cell: float | None = None,
        retry: bool = False,
        alone: bool = False,
        seconds: Mapping[str, float] | None = None,
        on_progress: OnProgress = lambda progress: None,
    ) -> None:
        """Nothing is trained yet."""
        self.folder, self._cells, self._tunings = folder, cells, tunings
        self._executor, self._address, self._alone = EXECUTORS[executor], address, alone
        self._gpus = gpus_per_cell
        self._shared = shared
        self._on_progress, self._seconds = on_progress, dict(seconds or {})
        again = frozenset(row["cell"] for row in self._rows() if row["state"] == FAILED) if retry else frozenset()
        self._claims = Claims(folder, again)
        self._left = {cell.id for cell in (*tunings, *cells) if not self._claims.is_done(cell)}
        self._total, self._table = len(tunings) + len(cells), 0.0
        self._estimate = sum(self._seconds.get(cell, 0.0) for cell in self._left)
        self._begun, self._worth = monotonic(), 0.0
        self._turn: Turn | None = None

    def run(self) -> None:
        """Train what is left.

        Raises:
            StudyStopped: ``on_progress`` asked for it; what is done is kept.
            InputError: The data changed meanwhile; or the executor cannot work.
        """
        try:
            groups = {(cell.data, cell.method) for cell in self._cells if not self._claims.is_done(cell)}
            self._execute([cell for cell in self._tunings if (cell.data, cell.method) in groups])
            self._execute(self._cells, chosen_values(self._tunings, self.folder.tuning()))
        finally:
            self._claims.release_all()
            if self._turn is not None:
                self._turn.release()
            self.folder.write_table()

    def _rows(self) -> list[dict[str, Any]]:
        return [*self.folder.records(), *self.folder.tuning().values()]

    def _execute(self, cells: Sequence[Cell], tuned: Mapping[tuple[str, str], dict[str, Any]] | None = None) -> None:
        if not all(map(self._claims.is_done, cells)):
            work = Work(
                self.folder.home,
                self._taken(cells, tuned),
                self._add,
                self._told,
                self._into,
                self._shared,
                self._address,
                self._gpus,
            )
            self._executor.execute(work)

    def _taken(self, cells: Sequence[Cell], tuned: Mapping[tuple[str, str], dict[str, Any]] | None) -> Iterator[Cell]:
        waiting = partial(self._tell, RUNNING, "waits for cells of other processes")
        for cell in self._claims.take(cells, waiting):
            if self._executor.takes_turns and not self._alone:
                self._take_turn(cell)
            chosen = (tuned or {}).get((cell.data, cell.method))
            if chosen is not None and "error" in chosen:
                self._add(cell, failed(cell, chosen["error"]))
                continue
            yield cell if chosen is None else cell.with_tuned(chosen)

    def _take_turn(self, cell: Cell) -> None:
        if self._turn is None:
            with slow_paths():
                device = choose_device(cell.config.training.device).type
            self._turn = Turn(self.folder.home, device, lambda name: self._tell(QUEUED, f"waits for {name}"))
        self._turn.take()

    # ---- results

    def _into(self, cell: Cell) -> Path | None:
        return self.folder.home / "runs" / f".new-{run_id(cell)}" if cell.keep_run else None

    def _add(self, cell: Cell, result: Result) -> None:
        into = self._into(cell)
        if into is not None and into.exists():
            self._keep_run(into, str(result.row["run"]))
        self.folder.add(result)
        self._claims.release(cell)
        if cell.id in self._left:
            self._left.discard(cell.id)
            self._estimate -= self._seconds.get(cell.id, 0.0)
            self._worth += self._seconds.get(cell.id, 0.0)
        failure = f"{cell.title}: {result.row['error']}" if result.row["state"] == FAILED else None
        self._tell(RUNNING, cell.title, failure=failure)
        if monotonic() - self._table > TABLE_SECONDS:
            self.folder.write_table()
            self._table = monotonic()

    def _keep_run(self, into: Path, run: str) -> None:
        """Put a whole run directory where runs are, in place of one whose row was lost; half a one is deleted."""
        if not run:
            shutil.rmtree(into, ignore_errors=True)
            return
        final = into.with_name(run)
        if final.exists():
            old = into.with_name(f".deleted-{run}")
            shutil.rmtree(old, ignore_errors=True)
            final.rename(old)
            shutil.rmtree(old, ignore_errors=True)
        into.rename(final)

    # ---- progress

    def _told(self, cell: Cell, phase: str, done: int, of: int) -> None:
        share = f" {100 * done // of} %" if of else ""
        self._tell(RUNNING, f"{cell.title}: {phase}{share}")

    def _tell(self, state: str, phase: str, *, failure: str | None = None) -> None:
        done = self._total - len(self._left)
        self._on_progress(Progress(state, done, self._total, phase, self._eta(), failure))

    def _eta(self) -> float | None:
        """Seconds left, by the estimates, corrected by how long the cells so far have taken."""
        factor = (monotonic() - self._begun) / self._worth if self._worth else 1.0
        return max(0.0, self._estimate) * factor if self._seconds else None


__all__ = ["OnProgress", "Progress", "Runner"]
