"""Files are written whole under another name and then renamed; what exists is kept unless replacing it is asked for."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pyarrow import ArrowException

from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_to_read

Write = Callable[[BinaryIO], object]


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


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ArrowException) as error:
        raise InputError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


def refuse_path(path: Path, *, force: bool) -> None:
    """Raise :class:`InputError` where a file of that name cannot or must not be written; as :func:`write_new`."""
    with _writing(path):
        exists, folder = os.path.lexists(path), path.parent
        if exists and not path.is_file():
            raise InputError(f"{path} is no file that can be replaced; name another")
        if not folder.is_dir():
            raise InputError(f"{path}: cannot be written: there is no folder {folder}")
        if folder.resolve().is_relative_to((home_to_read() / "runs").resolve()):
            raise InputError(f"{path}: cannot be written: that folder belongs to a run")
    if exists and not force:
        raise InputError(f"{path} exists already; --force replaces it")
