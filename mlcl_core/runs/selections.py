"""Named selections of watched items, kept in the run: selections/NAME.json."""

import unicodedata
from pathlib import Path
from time import time

import numpy as np

from mlcl_core.errors import InputError
from mlcl_core.runs.checked import MAX_NUMBER
from mlcl_core.runs.files import read_json, write_json
from mlcl_core.runs.run import Run

FOLDER, ENDING = "selections", ".json"
MAX_NAME = 60
MAX_SELECTIONS = 200
RESERVED = ("none", "all", "con", "prn", "aux", "nul")  # two words of links; devices of Windows


def checked_selection_name(name: str) -> str:
    """The name of a selection without surrounding spaces: letters, digits, spaces, - and _, a letter among them.

    Raises:
        InputError: The name is invalid; the message gives the reason.
    """
    name = unicodedata.normalize("NFC", name.strip())
    if not 1 <= len(name) <= MAX_NAME:
        raise InputError(f"the name has {len(name)} characters; a selection's name has 1 to {MAX_NAME}")
    if not all(letter.isalnum() or letter in " -_" for letter in name) or not any(map(str.isalpha, name)):
        raise InputError(
            f"the name {name!r} cannot be used: letters, digits, spaces, - and _, with a letter among them"
        )
    if name.casefold() in RESERVED:
        raise InputError(f"the name {name!r} is reserved")
    return name


def selection_names(run: Run) -> list[str]:
    """The names of a run's selections, sorted; files with other names are ignored."""
    try:
        found = [unicodedata.normalize("NFC", path.stem) for path in (run.path / FOLDER).glob(f"*{ENDING}")]
    except OSError:
        return []
    return sorted((name for name in found if _is_name(name)), key=str.casefold)


def save_selection(run: Run, name: str, ids: np.ndarray) -> str:
    """Keep item ids under a name, which no other selection of the run has; returns the name.

    Raises:
        InputError: The name is invalid or taken, the run has 200 selections, or the file cannot be written.
    """
    name, there = checked_selection_name(name), selection_names(run)
    if name.casefold() in {one.casefold() for one in there}:
        raise InputError(f"there is a selection {name!r} already; delete it first, or take another name")
    if len(there) >= MAX_SELECTIONS:
        raise InputError(f"the run has {len(there)} selections, the most that it keeps; delete one first")
    content = {"name": name, "created": time(), "ids": np.sort(ids).tolist()}
    try:
        write_json(selection_path(run, name), content, within=run.path, durable=True)
    except OSError as error:
        raise InputError(f"the selection cannot be kept: {error.strerror or error}") from None
    return name


def read_selection(run: Run, name: str) -> np.ndarray:
    """The item ids of a selection, ascending.

    Raises:
        InputError: There is no such selection, or its file is damaged.
    """
    if checked_selection_name(name) not in selection_names(run):
        raise InputError(f"the run has no selection {name!r}")
    path = selection_path(run, name)
    content = read_json(path)
    ids = content.get("ids") if isinstance(content, dict) else None
    if not isinstance(ids, list) or not all(type(item) is int and 0 <= item <= MAX_NUMBER for item in ids):
        raise InputError(f"{path}: no selection: ids must be a list of whole numbers, from 0 on")
    return np.unique(np.array(ids, dtype=np.int64))


def delete_selection(run: Run, name: str) -> None:
    """Delete a selection; one that is gone already is no error.

    Raises:
        InputError: The name is invalid, or the file cannot be deleted.
    """
    try:
        selection_path(run, checked_selection_name(name)).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"the selection cannot be deleted: {error.strerror or error}") from None


def selection_path(run: Run, name: str) -> Path:
    """Where a selection is kept."""
    return run.path / FOLDER / f"{name}{ENDING}"


def _is_name(name: str) -> bool:
    try:
        return checked_selection_name(name) == name
    except InputError:
        return False
