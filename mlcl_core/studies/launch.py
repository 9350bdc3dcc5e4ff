"""Start and stop the process of a study, which outlives the one that starts it."""

from dataclasses import replace
from pathlib import Path
from time import time

from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import control
from mlcl_core.runs.files import write_json
from mlcl_core.runs.launch import asked, spawn
from mlcl_core.runs.posix import require_posix
from mlcl_core.runs.records import QUEUED
from mlcl_core.studies.cells import cells_of
from mlcl_core.studies.file import StudyFile
from mlcl_core.studies.folder import StudyFolder

PROCESS = "mlcl_core.studies.process"
RETRY = "--retry"


def start_study(home: Path, file: StudyFile, *, retry: bool = False) -> StudyFolder:
    """Start a study, or take up one that ended early, in a process of its own; returns at once.

    The process takes its turn on the device like a run, and lets runs go first between two cells. What only the data
    can tell (a loss that does not go with them) it writes into the status of the study.

    Args:
        home: The home directory.
        file: The study.
        retry: Whether failed cells are trained once more.

    Raises:
        InputError: The study is queued or running; its folder holds another study; a setting, name or axis is unknown.
    """
    require_posix("studies are started by pages")
    cells = cells_of(file)
    folder = StudyFolder(home_directory(home), file.name)
    if folder.exists and folder.status().alive:
        raise InputError(f"study {file.name!r} is {folder.status().state} already")
    folder.take(file, len(cells))
    status = replace(
        folder.run.written_status(), state=QUEUED, heartbeat=time(), phase="starting", error=None, pid=None
    )
    write_json(folder.path / "status.json", vars(replace(status, asked=asked(folder.run))), within=folder.path)
    spawn(folder.run, PROCESS, *([RETRY] if retry else []))
    return folder


def stop_study(folder: StudyFolder) -> None:
    """Ask the process of a study to end: within a step, whose cell is begun anew when the study is started again.

    Raises:
        InputError: No process works on it.
    """
    control.request(folder.run, "stop")


__all__ = ["start_study", "stop_study"]
