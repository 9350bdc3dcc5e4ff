"""One cell in a worker of Ray. Nothing is read from or written to a disk that the machine of the study has too."""

import shutil
import tempfile
from copy import deepcopy
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mlcl_core.data import MultiLabelData
from mlcl_core.errors import InputError
from mlcl_core.studies.cells import Cell
from mlcl_core.studies.records import Result
from mlcl_core.studies.run_cell import run_cell
from mlcl_core.studies.shared import Given, Shared

# What the cells of this process have in common.
_SHARED: list[Shared] = []


@dataclass(frozen=True)
class Brought:
    """What comes back: the result of a cell, and the files of its run directory by their path in it."""

    result: Result
    files: dict[str, bytes]


def lab_version() -> str:
    """The version that is installed; empty where it runs from a folder."""
    try:
        return version("mlcl-lab")
    except PackageNotFoundError:
        return ""


def portable(given: Given) -> Given:
    """Data that another machine can use: without the files of full-size pictures, which were encoded already."""

    def light(data: MultiLabelData) -> MultiLabelData:
        return data if data.originals is None else replace(data, originals=None)

    loaded = light(given.loaded)
    return Given(given.key, loaded, loaded if given.data is given.loaded else light(given.data))


def train_there(cell: Cell, given: Given, name: str | None, wanted: str) -> Brought:
    """Train and evaluate a cell.

    Args:
        cell: The cell.
        given: Its data; Ray brings them once to each machine.
        name: Of its run directory; None: it has none.
        wanted: The version of the Lab that asks.

    Raises:
        InputError: Another version is installed here.
    """
    if (mine := lab_version()) != wanted:
        here, there = (found or "from a folder" for found in (wanted, mine))
        raise InputError(f"a node of the cluster has mlcl-lab {there}, and this machine {here}")
    folder = Path(tempfile.mkdtemp(prefix="mlcl-cell-"))
    try:
        if not _SHARED:
            _SHARED.append(Shared(Path(tempfile.gettempdir())))  # keeps no features: data come with them
        # what Ray brings cannot be written to
        _SHARED[0].keep(given.key, lambda: deepcopy(given))
        into = None if name is None else folder / name
        result = run_cell(cell, _SHARED[0], into)
        return Brought(result, {} if into is None else _files(into))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _files(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


__all__ = ["Brought", "lab_version", "portable", "train_there"]
