"""Cells in the workers of a Ray cluster, as many at a time as it has processors and GPUs for."""

import shutil
from collections import OrderedDict, deque
from contextlib import suppress
from pathlib import Path
from typing import Any

from mlcl_core.errors import InputError
from mlcl_core.studies.cells import Cell
from mlcl_core.studies.executors.ray_cluster import connected
from mlcl_core.studies.executors.record import Executor, Work

POLL_SECONDS = 0.3
CPUS = 1  # of a cell; Ray gives its worker as many threads
TRIES = 2  # of a cell whose worker dies
KEPT_DATA = 4  # data sets that the cluster keeps for further cells


def run_on_ray(work: Work) -> None:
    """Train cells on the cluster at ``work.address``, or on a Ray that is started on this machine.

    A cell is a task of one processor and ``work.gpus_per_cell`` GPUs (None: one where the cluster has any). Data are
    opened here and brought to the nodes; results and run directories come back as bytes. A cell whose worker dies is
    trained once more, and then failed.

    Raises:
        InputError: No Ray, no cluster at the address, none that has what a cell asks for, or nodes without the Lab.
        StudyStopped: ``work.on_phase`` asked for it; cells under way are given up.
    """
    with connected(work.address) as ray:
        _Tasks(ray, work).run()


class _Tasks:
    """Tasks under way, each a cell."""

    def __init__(self, ray: Any, work: Work) -> None:
        from mlcl_core.studies.executors.ray_cell import train_there  # imports torch

        self._ray, self._work = ray, work
        self._gpus = self._gpus_of_a_cell()
        self._task = ray.remote(num_cpus=CPUS, num_gpus=self._gpus, max_retries=0)(train_there)
        self._under_way: dict[Any, Cell] = {}
        self._again: deque[Cell] = deque()
        self._tries: dict[str, int] = {}
        self._data: OrderedDict[str, Any] = OrderedDict()

    def run(self) -> None:
        """Train all cells."""
        more = True
        try:
            while True:
                while (more or self._again) and len(self._under_way) < self._slots():
                    cell = self._again.popleft() if self._again else next(self._work.cells, None)
                    if cell is None:
                        more = False
                    else:
                        self._begin(cell)
                if not self._under_way:
                    return
                ready, _ = self._ray.wait(list(self._under_way), num_returns=1, timeout=POLL_SECONDS)
                for reference in ready:
                    self._end(reference, self._under_way.pop(reference))
                self._tell()
        finally:
            for reference in self._under_way:
                with suppress(Exception):  # the cluster may be gone
                    self._ray.cancel(reference, force=True)

    def _begin(self, cell: Cell) -> None:
        from mlcl_core.studies.executors.ray_cell import lab_version

        into = self._work.into(cell)
        self._tries[cell.id] = self._tries.get(cell.id, 0) + 1
        name = None if into is None else into.name
        reference = self._task.options(name=cell.id).remote(cell, self._brought(cell), name, lab_version())
        self._under_way[reference] = cell

    def _brought(self, cell: Cell) -> Any:
        """The data of a cell in the cluster's memory."""
        from mlcl_core.studies.executors.ray_cell import portable

        given = self._work.shared.given(cell.config)
        if given.key not in self._data:
            while len(self._data) >= KEPT_DATA:
                self._data.popitem(last=False)
            self._data[given.key] = self._ray.put(portable(given))
        self._data.move_to_end(given.key)
        return self._data[given.key]

    def _end(self, reference: Any, cell: Cell) -> None:
        from mlcl_core.studies.run_cell import failed

        errors = self._ray.exceptions
        try:
            brought = self._ray.get(reference)
        except (errors.WorkerCrashedError, errors.OutOfMemoryError, errors.NodeDiedError) as error:
            if self._tries[cell.id] < TRIES:
                self._again.append(cell)
                self._work.on_phase(cell, "its worker died, it is begun again", 0, 0)
                return
            reason = f"its worker died {TRIES} times, the last time by {type(error).__name__}: {_first_line(error)}"
            self._work.on_result(cell, failed(cell, reason))
        except errors.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, ModuleNotFoundError):
                raise InputError(f"a node of the cluster lacks a package of the Lab: {cause}") from None
            if isinstance(cause, InputError):
                raise InputError(str(cause)) from None
            self._work.on_result(cell, failed(cell, f"{type(cause).__name__}: {cause}"))
        except errors.RaySystemError as error:
            # raised where a task cannot be read, by a node without the Lab above all
            raise InputError(f"a node of the cluster cannot run cells: {_last_line(error)}") from None
        else:
            into = self._work.into(cell)
            if into is not None and brought.files:
                _write(into, brought.files)
            self._work.on_result(cell, brought.result)

    def _tell(self) -> None:
        cell = next(iter(self._under_way.values()), None)
        if cell is not None:
            others = len(self._under_way) - 1
            self._work.on_phase(cell, f"and {others:,} more on Ray" if others else "on Ray", 0, 0)

    def _gpus_of_a_cell(self) -> float:
        gpus, most = self._work.gpus_per_cell, self._of_a_node("GPU")
        if gpus is None:
            return 1.0 if most >= 1 else 0.0
        if gpus > most:
            raise InputError(f"--gpus-per-cell {gpus:g}: no node of the cluster has more than {most:g} GPUs")
        return gpus

    def _of_a_node(self, what: str) -> float:
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        return max((float(node.get(what, 0.0)) for node in nodes), default=0.0)

    def _slots(self) -> int:
        """Cells that the cluster has room for now: nodes come and go."""
        there = self._ray.cluster_resources()
        room = [int(there.get("CPU", 0.0) // CPUS)]
        if self._gpus:
            room.append(int(there.get("GPU", 0.0) / self._gpus + 1e-9))
        return max(1, min(room))


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write a run directory that has come back; one that was cut off is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise InputError(f"a node sent a file outside its run directory: {name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def _last_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[-1][:300]


RAY = Executor(name="ray", title="The nodes of a Ray cluster", takes_turns=False, execute=run_on_ray)
