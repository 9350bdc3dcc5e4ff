"""The studies of the home directory: how far each is, its rows, and what is computed from them.

What is computed is kept until a cell of the study is written: the times of the folders of cells say so.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_to_read
from mlcl_core.studies.folder import StudyFolder, StudyStatus, study_folders

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
FILES = ("study.json", "cells", "status.json", "requests.jsonl")
RESULTS = 2  # of them, those that decide what is computed
_statuses: dict[str, tuple[tuple[int, ...], StudyStatus]] = {}


@dataclass(frozen=True)
class StudyRow:
    """A study in the list.

    Attributes:
        folder: The study.
        title: What it is called.
        status: How far it is; None where it cannot be read.
        changed: When its newest result or state was written, in seconds.
        wrong: Why it cannot be read; None: it can.
    """

    folder: StudyFolder
    title: str
    status: StudyStatus | None
    changed: float
    wrong: str | None = None


def study_rows() -> list[StudyRow]:
    """The studies, those under way first, then the newest first.

    Raises:
        InputError: The home directory cannot be used.
    """
    rows = [_row(folder) for folder in study_folders(home_to_read())]
    return sorted(rows, key=lambda row: (row.status is None or not row.status.alive, -row.changed))


def _row(folder: StudyFolder) -> StudyRow:
    stamp = _stamp(folder.path)
    changed = max(stamp) / 1e9
    try:
        return StudyRow(folder, folder.file.title or folder.name, study_status(folder), changed)
    except InputError as error:
        return StudyRow(folder, folder.name, None, changed, str(error))


def study_status(folder: StudyFolder) -> StudyStatus:
    """How far a study is; that of an ended one is kept while its files stay the same.

    Raises:
        InputError: A file of a cell is damaged.
    """
    key, stamp = str(folder.path), _stamp(folder.path)
    kept = _statuses.get(key)
    if kept is not None and kept[0] == stamp and not kept[1].alive:
        return kept[1]
    status = folder.status()
    _statuses[key] = (stamp, status)
    return status


def results_table(folder: StudyFolder) -> "pd.DataFrame":
    """The rows of a study; not to be changed.

    Raises:
        InputError: A file is damaged, or of another schema.
    """
    return of_study(_results, folder)


def _results(folder: StudyFolder) -> "pd.DataFrame":
    return folder.rows()


def of_study(compute: Callable[..., T], folder: StudyFolder, *arguments: Any) -> T:
    """``compute(folder, *arguments)``, kept until a cell of the study is written.

    Args:
        compute: A function of a module, which is told apart by its name.
        folder: The study.
        arguments: Hashable.
    """
    result: T = _kept(compute, str(folder.home), folder.name, arguments, stamp_of(folder))
    return result


def stamp_of(folder: StudyFolder) -> tuple[int, ...]:
    """What changes when a cell of a study, or its file, is written."""
    return _stamp(folder.path)[:RESULTS]


@lru_cache(maxsize=256)
def _kept(compute: Callable[..., Any], home: str, name: str, arguments: tuple[Any, ...], _: tuple[int, ...]) -> Any:
    return compute(StudyFolder(Path(home), name), *arguments)


def _stamp(path: Path) -> tuple[int, ...]:
    """When each of the files was written, in nanoseconds; 0 for what is missing."""
    found = []
    for name in FILES:
        try:
            found.append(os.stat(path / name).st_mtime_ns)  # noqa: PTH116 - at each redraw, for each study
        except OSError:
            found.append(0)
    return tuple(found)
