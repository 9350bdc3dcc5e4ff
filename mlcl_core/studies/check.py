"""What is looked at before a study trains anything: every configuration, and where the data are."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from mlcl_core.engine.check import check_combination, check_config, small_data_notice
from mlcl_core.errors import InputError
from mlcl_core.evaluation import PROTOCOLS
from mlcl_core.studies.axes import DATA, axes_of
from mlcl_core.studies.cells import Cell
from mlcl_core.studies.file import StudyFile
from mlcl_core.studies.shared import Shared

# What makes no difference to whether a configuration can be trained.
NO_MATTER = {"seed": True, "optimiser": True, "watch": True, "maps": True, "views": True}


def check_study(
    file: StudyFile, cells: Sequence[Cell], shared: Shared, on_progress: Callable[[int, int], None] = lambda *_: None
) -> list[str]:
    """Refuse a study of which a cell could not be trained.

    Args:
        file: The study.
        cells: Those that are left to be trained, and those that tune; none: the data are not looked at.
        shared: Data are opened by it, and stay there for the cells.
        on_progress: Called with the number of configurations that are checked, and of all.

    Returns:
        What was taken of the data without a question, and what follows from it: items drawn for validation, batches
        larger than the data.

    Raises:
        InputError: An unknown protocol; data that are missing (with the place where they are to be had), or are others
            than the file says; a loss, rule or parameter that does not go with the data. The message begins with the
            cell.
    """
    if file.protocol not in PROTOCOLS:
        raise InputError(f"protocol: there is no {file.protocol!r}; there are: {', '.join(PROTOCOLS)}")
    if not cells:
        return []
    check_data(file)
    distinct: dict[str, Cell] = {}
    for cell in cells:
        distinct.setdefault(json.dumps([cell.data, cell.config.model_dump(exclude=NO_MATTER)]), cell)
    said: list[str] = []

    def on_data(cell: Cell) -> None:
        data = check_config(cell.config, shared.given(cell.config).loaded)
        notices = (*data.said, small_data_notice(cell.config, data))
        said.extend(f"{cell.data}: {notice}" for notice in notices if notice)

    # those that need no data first: a mistyped name is told before files are read
    for check in (lambda cell: check_combination(cell.config), on_data):
        for done, cell in enumerate(distinct.values()):
            on_progress(done, len(distinct))
            try:
                check(cell)
            except InputError as error:
                where = ", ".join([cell.data, cell.method, *(f"{key} {value}" for key, value in cell.values.items())])
                raise InputError(f"{where}: {error}") from None
    return list(dict.fromkeys(said))


def check_data(file: StudyFile) -> None:
    """Compare the files of data with what the study says of them.

    Raises:
        InputError: One is missing, or has another SHA-256; where it is to be had stands in the message.
    """
    for value in axes_of(file)[DATA]:
        path, where = value.settings.get("data.path"), value.about.get("where")
        if "path" not in value.about or not isinstance(path, str) or path.startswith("hf:"):
            continue
        there = f"; it is to be had from {where}" if where else ""
        if not Path(path).exists():
            raise InputError(f"data {value.name!r}: {path} is missing{there}")
        wanted = value.about.get("sha256")
        if wanted and (found := _sha256(Path(path), value.name)) != wanted.lower():
            raise InputError(f"data {value.name!r}: {path} has SHA-256 {found[:12]}…, not {wanted[:12]}…{there}")


def _sha256(path: Path, name: str) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"data {name!r}: {path}: cannot be read: {error.strerror}") from None


__all__ = ["check_study"]
