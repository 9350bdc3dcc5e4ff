"""Uploads: users' own data sets, kept in the home directory by name: keep, list, load, rename, delete."""

import json
import re
import secrets
import shutil
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import Any

from safetensors import SafetensorError

from mlcl_core.data.datasets import DATASETS
from mlcl_core.data.files import build_dataset
from mlcl_core.data.multilabel import MultiLabelData
from mlcl_core.data.reader_client import read_stored_in_process
from mlcl_core.data.readers.record import LoadedData, first_line
from mlcl_core.data.split import EXACT
from mlcl_core.data.stored import kind_of, stored_features, write_stored
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory, home_path
from mlcl_core.options import checked_options

SCHEMA = 1
ABOUT = "about.json"
MAX_NAME = 60
NAME = re.compile(r"[^\W_][\w -]*")  # letters, digits, space, - and _, of any script; no dot and no slash
FOR_PATHS = ("file", "features", "a file of your own")  # the values of data.name and of forms where a path is given
LEFTOVER = 24 * 3600  # seconds after which the unfinished folder of a killed process is deleted
DAMAGED = "damaged"
KINDS = ("features", "text", "picture")


@dataclass(frozen=True)
class Upload:
    """The description of a kept data set.

    Args:
        name: As ``load_data`` and ``data.name`` take it.
        kind: ``features``, ``text`` or ``picture``; ``damaged`` where the description can't be read.
        source: The name of the original file.
        created: Seconds since 1970.
        items, labels: Their numbers.
    """

    name: str
    kind: str
    source: str
    created: float
    items: int
    labels: int


def uploads() -> list[Upload]:
    """All kept data sets, sorted by name; none where there is no home directory."""
    try:
        folders = [path for path in _folder().iterdir() if path.is_dir() and not path.name.startswith(".")]
    except (OSError, InputError):
        return []
    return [_described(path) for path in sorted(folders, key=lambda path: path.name.casefold())]


def is_upload(name: str) -> bool:
    """Whether a data set of that name is kept."""
    return _can_be_name(name) and (_folder() / _normal(name)).is_dir()


def upload_changed(name: str) -> int:
    """The time at which the data set of a name was written, in nanoseconds; 0 where there is none."""
    try:
        return (_folder() / _normal(name) / ABOUT).stat().st_mtime_ns if _can_be_name(name) else 0
    except OSError:
        return 0


def keep_upload(name: str, loaded: LoadedData, *, source: str, options: Mapping[str, Any] | None = None) -> Upload:
    """Keep loaded data under a name; the data set appears whole or not at all.

    Args:
        name: 1 to 60 letters, digits, spaces, ``-`` and ``_``.
        loaded: The result of ``reader_of(path).read(path)``.
        source: The name of the original file, for lists.
        options: By which it was read; kept with its schema, what was said and what was left out.

    Raises:
        InputError: An impossible name or one that is taken, or anything that :func:`load_file` refuses.
        OSError: The disk is full; nothing is kept.
    """
    name = free_name(name)
    data = build_dataset(loaded, Path(Path(source).name or name), 0, name)
    folder = home_directory() / "data"
    folder.mkdir(exist_ok=True)
    _remove_leftovers(folder)
    about = {
        "schema": SCHEMA,
        "kind": kind_of(loaded),
        "source": Path(source).name,
        "created": time(),
        "items": len(data),
        "labels": data.labels.shape[1],
    }
    hidden = folder / f".new-{secrets.token_hex(8)}"
    hidden.mkdir()
    try:
        write_stored(hidden, loaded, data.label_names, options)
        (hidden / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        _appear(hidden, folder / name, name)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    return _described(folder / name)


def load_upload(name: str, *, seed: int, split_method: str = EXACT, **params: Any) -> MultiLabelData:
    """Load a kept data set: the same tensors as from the original file.

    Args:
        name: One of :func:`uploads`.
        seed: Of the split, where the file has none.
        split_method: How it is drawn, a key of ``SPLIT_METHODS``.
        **params: None are allowed; those of the file's reader were applied when the data set was kept.

    Raises:
        InputError: No data set of that name, a parameter, or missing or damaged files.
    """
    checked_options(f"data {name}", {}, params)
    folder = _existing(name)
    kind = _described(folder).kind
    if kind == DAMAGED:
        raise _damaged(folder, f"{ABOUT} can't be read")
    try:
        loaded = read_stored_in_process(folder, kind)
        if kind == "features":
            loaded = replace(loaded, x=stored_features(folder))
        return build_dataset(loaded, folder, seed, folder.name, split_method=split_method)
    except InputError as error:
        raise _damaged(folder, str(error).removeprefix(f"{folder}").lstrip(": ")) from None
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, SafetensorError) as error:
        raise _damaged(folder, first_line(error)) from None


def rename_upload(name: str, new: str) -> None:
    """Rename a kept data set. Runs that were trained on it look for it under the old name.

    Raises:
        InputError: No data set of that name, or a new name that is impossible or taken.
    """
    folder = _existing(name)
    new = free_name(new, but=folder.name)
    if new != folder.name:
        _appear(folder, folder.with_name(new), new)


def delete_upload(name: str) -> None:
    """Delete a kept data set; the original file is not touched.

    Raises:
        InputError: No data set of that name.
        OSError: No permission.
    """
    folder = _existing(name)
    # hidden first, so that a half-deleted set is never read
    hidden = folder.with_name(f".deleted-{secrets.token_hex(8)}")
    folder.rename(hidden)
    shutil.rmtree(hidden, ignore_errors=True)


def safe_name(text: str) -> str:
    """A free upload name made from a file's name: other characters become spaces; a number is added where it is taken.

    Example:
        >>> safe_name("films (2024).v2")
        'films 2024 v2'
    """
    words = re.sub(r"[^\w -]+", " ", _normal(text)).split()
    stem = " ".join(words)[: MAX_NAME - 4].strip(" _-") or "my data"
    for number in range(1, 1000):
        name = stem if number == 1 else f"{stem} {number}"
        with suppress(InputError):
            return free_name(name)
    return stem


def free_name(name: str, *, but: str = "") -> str:
    """The normal form of a name that is free.

    Args:
        name: 1 to 60 letters, digits, spaces, ``-`` and ``_``, of any script; surrounding white space is ignored.
        but: An upload whose own name counts as free.

    Raises:
        InputError: The name is impossible, or taken by the Lab or by another upload, whatever the case of its letters.
    """
    shown, name = name, _normal(name)
    if not _can_be_name(name):
        raise InputError(
            f"the name {shown!r} can't be taken: 1 to {MAX_NAME} letters, digits, spaces, - and _ are allowed, "
            "the first a letter or a digit"
        )
    if name.casefold() in {*DATASETS, *FOR_PATHS}:
        raise InputError(f"the name {name!r} is the Lab's own; choose another")
    # some disks do not distinguish upper and lower case
    if name.casefold() in {one.name.casefold() for one in uploads() if one.name != but}:
        raise InputError(f"there is a data set {name!r} already; choose another name, or delete that one first")
    return name


def _folder() -> Path:
    return home_path() / "data"


def _normal(name: str) -> str:
    # accents that are typed differently must not make two names
    return unicodedata.normalize("NFC", name).strip()


def _can_be_name(name: str) -> bool:
    name = _normal(name)
    return 0 < len(name) <= MAX_NAME and NAME.fullmatch(name) is not None


def _appear(folder: Path, wanted: Path, name: str) -> None:
    try:
        folder.rename(wanted)
    except OSError as error:
        # another process has taken the name in the meantime
        if wanted.exists():
            raise InputError(f"there is a data set {name!r} already; choose another name") from error
        raise


def _existing(name: str) -> Path:
    if not is_upload(name):
        known = ", ".join(one.name for one in uploads()) or "none"
        raise InputError(f"there is no upload {name!r}; there are: {known}")
    return _folder() / _normal(name)


def _described(folder: Path) -> Upload:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if about["schema"] == SCHEMA and about["kind"] in KINDS:
            counts = int(about["items"]), int(about["labels"])
            return Upload(folder.name, about["kind"], str(about["source"]), float(about["created"]), *counts)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return Upload(folder.name, DAMAGED, "", 0.0, 0, 0)


def _damaged(folder: Path, reason: str) -> InputError:
    return InputError(
        f"data {folder.name!r}: what was kept in {folder} is damaged ({reason}); delete it and upload the file again"
    )


def _remove_leftovers(folder: Path) -> None:
    for path in [*folder.glob(".new-*"), *folder.glob(".deleted-*")]:
        with suppress(OSError):
            if time() - path.stat().st_mtime > LEFTOVER:
                shutil.rmtree(path, ignore_errors=True)
