"""The home directory: runs, data, studies and caches of one user."""

import errno
import os
import stat
from pathlib import Path

from platformdirs import user_data_path

from mlcl_core.errors import InputError


def home_path(path: str | Path | None = None) -> Path:
    """Where the home directory is, or would be: the path given, else $MLCL_HOME, else the user's data directory.

    Raises:
        InputError: The path begins with the home of a user whom this machine does not know.
    """
    home = Path(path or os.environ.get("MLCL_HOME") or user_data_path("mlcl-lab", appauthor=False))
    try:
        return home.expanduser().absolute()
    except RuntimeError:
        raise InputError(f"home directory {home}: this machine knows no such user") from None


def home_to_read(path: str | Path | None = None) -> Path:
    """The home directory for who only reads, as :func:`home_path` says: nothing is made, and it may be read only.

    Raises:
        InputError: There is something else in its place, or it may not be looked into.
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
    """Where runs, data and cache live, as :func:`home_path` says; made where it isn't there yet.

    Raises:
        InputError: It is not a directory, or cannot be made or written.
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
