"""The home directory: runs, data, studies and caches of one user."""

import errno
import os
import stat
from pathlib import Path

from platformdirs import user_data_path

from mlcl_core.errors import InputError


def home_path(path: str | Path | None = None) -> Path:
    """Path of the home directory, which need not exist: ``path``, else $MLCL_HOME, else the user's data directory.

    Raises:
        InputError: The path begins with the home of an unknown user.
    """
    home = Path(path or os.environ.get("MLCL_HOME") or user_data_path("mlcl-lab", appauthor=False))
    try:
        return home.expanduser().absolute()
    except RuntimeError:
        raise InputError(f"home directory {home}: this machine knows no such user") from None


def home_to_read(path: str | Path | None = None) -> Path:
    """The home directory (:func:`home_path`) for reading: it is not made, and may be read only.

    Raises:
        InputError: The path is not a directory, or may not be read.
    """
    home = home_path(path)
    try:
        if not stat.S_ISDIR(home.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(home, os.R_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError(
            f"home directory {home}: cannot be used: {error.strerror}; name another with --home or MLCL_HOME"
        ) from None
    return home


def home_directory(path: str | Path | None = None) -> Path:
    """The home directory (:func:`home_path`) for writing; it is made where it does not exist.

    Raises:
        InputError: The path is not a directory, or cannot be made or written.
    """
    home = home_path(path)
    try:
        (home / "runs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"home directory {home}: cannot be used: {error.strerror}; name another with --home or MLCL_HOME"
        ) from None
    if not os.access(home / "runs", os.W_OK | os.X_OK):
        raise InputError(
            f"home directory {home}: read only, there is no permission to write; name another with --home or MLCL_HOME"
        )
    return home
