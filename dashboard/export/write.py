"""Files are written whole under another name and then renamed; what exists is kept unless replacing it is asked for."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pyarrow import ArrowException

from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_to_read

Write = Callable[[BinaryIO], object]
FOLDER_MARK = "mlcl_lab.json"  # the file that tells an exported folder from others: its origin


def write_new(files: dict[Path, Write], *, force: bool = False) -> None:
    """Write files: all of them, or none.

    Args:
        files: What writes each of them.
        force: Replace files that exist.

    Raises:
        InputError: A file exists and ``force`` is not given; a name that cannot be written (a folder, a device, a
            file of a run, a folder that is missing or without permission); a full disk. Nothing is then left behind.
    """
    for path in files:
        refuse_path(path, force=force)
    beside = {path: path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in files}
    try:
        for path, write in files.items():
            with _writing(path), beside[path].open("wb") as file:
                write(file)
        for path in files:
            refuse_path(path, force=force)  # it may have been made meanwhile
        for path in files:
            with _writing(path):
                beside[path].replace(path)
    finally:
        for path in beside.values():
            if os.path.lexists(path):
                path.unlink()


def write_folder(path: Path, fill: Callable[[Path], object], *, force: bool = False) -> None:
    """Write a folder whole, or not at all.

    Args:
        path: The folder.
        fill: Writes the files into an empty folder, and ``FOLDER_MARK`` among them.
        force: Replace a folder that was written by this function before.

    Raises:
        InputError: As :func:`write_new`; or the folder that exists is another one.
    """
    refuse_folder(path, force=force)
    beside, before = (path.with_name(f".{path.name}.{os.getpid()}.{ending}") for ending in ("tmp", "old"))
    try:
        with _writing(path):
            beside.mkdir()
            fill(beside)
        refuse_folder(path, force=force)  # it may have been made meanwhile
        with _writing(path):
            if path.exists():
                path.replace(before)
            beside.replace(path)
    finally:
        for leftover in (beside, before):
            shutil.rmtree(leftover, ignore_errors=True)


def refuse_folder(path: Path, *, force: bool) -> None:
    """Raise :class:`InputError` where a folder cannot or must not be written; as :func:`write_folder`."""
    with _writing(path):
        exists = os.path.lexists(path)
        ours = (path / FOLDER_MARK).is_file() and not path.is_symlink()
        _refuse_place(path)
    if exists and not ours:
        raise InputError(f"{path} exists, and is no folder that was exported before; name another")
    if exists and not force:
        raise InputError(f"{path} exists already; --force replaces it")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ArrowException) as error:
        raise InputError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


def refuse_path(path: Path, *, force: bool) -> None:
    """Raise :class:`InputError` where a file of that name cannot or must not be written; as :func:`write_new`."""
    with _writing(path):
        exists = os.path.lexists(path)
        if exists and not path.is_file():
            raise InputError(f"{path} is no file that can be replaced; name another")
        _refuse_place(path)
    if exists and not force:
        raise InputError(f"{path} exists already; --force replaces it")


def _refuse_place(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise InputError(f"{path}: cannot be written: there is no folder {folder}")
    if folder.resolve().is_relative_to((home_to_read() / "runs").resolve()):
        raise InputError(f"{path}: cannot be written: that folder belongs to a run")
