"""A file that an option names beside the file that is read: inside its folder, never elsewhere."""

from pathlib import Path, PureWindowsPath

from mlcl_core.data.readers.record import in_one_line
from mlcl_core.errors import InputError

SHOWN = 80  # characters of a name in a message


def file_beside(path: Path, name: str, option: str) -> Path:
    """The file called ``name`` in the folder of ``path`` or below.

    Args:
        path: The file that is read.
        name: A relative path.
        option: Named in errors.

    Raises:
        InputError: The name leads out of the folder, by itself or by a link, or there is no such file.
    """
    asked = PureWindowsPath(name)  # of both kinds of slashes, and of drives
    shown = repr(in_one_line(name[:SHOWN]))
    if asked.drive or asked.root or ".." in asked.parts:
        raise InputError(
            f"{path}: {option.split(',')[0]} is {shown}; it must be a path inside the folder of the file, without .."
        )
    file = path.parent / name
    if not is_file(file):
        raise InputError(f"{path}: there is no file {shown} in its folder (option {option})")
    return not_outside(file, path)


def is_file(file: Path) -> bool:
    """Whether there is such a file; impossible names are none."""
    try:
        return file.is_file()
    except (OSError, ValueError):
        return False


def not_outside(file: Path, path: Path) -> Path:
    """The file, unless it is a link that leads out of the folder of ``path``."""
    if not file.resolve().is_relative_to(path.parent.resolve()):
        raise InputError(f"{file} is a link that leads out of the folder; the file itself must be there")
    return file
