"""Files that are complete or absent: written beside and renamed, or appended one whole line at a time."""

import errno
import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import get_ident
from typing import Any, BinaryIO, TypeVar

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mlcl_core.errors import InputError
from mlcl_core.runs.processes import is_alive

TEMPORARY = ".tmp"
# O_NONBLOCK: opening a pipe must not wait for its writer; Windows lacks it, and needs O_BINARY
READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
APPEND_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
MAX_SMALL = 16 * 2**20  # bytes of a JSON file
T = TypeVar("T")


def write_atomic(path: Path, data: bytes, *, within: Path | None = None, durable: bool = False) -> None:
    """Write a whole file and rename it into place: a reader finds the old file or the new one, never a part.

    Args:
        path: Path of the file; missing folders are made.
        data: Content of the file.
        within: A folder that must exist, and is not made: a process that still writes into a deleted run must not
            make it again.
        durable: Whether the file must survive a power loss (fsync of the file, then of its folder).

    Raises:
        OSError: A full disk, a missing permission, a missing folder; the old file is then unchanged, and nothing is
            left beside it.
    """
    if within is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    else:
        below = path.parent.relative_to(within).parts
        for depth in range(len(below)):
            within.joinpath(*below[: depth + 1]).mkdir(exist_ok=True)
    # the process tells leftovers from a file that is being written; the thread keeps two pages of a dashboard apart
    beside = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}{TEMPORARY}")
    try:
        with beside.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
        if durable:
            sync(path.parent)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise


def write_json(path: Path, value: Any, *, within: Path | None = None, durable: bool = False) -> None:
    """Write a JSON file; options and errors as :func:`write_atomic`."""
    write_atomic(path, (json.dumps(value, indent=2, allow_nan=False) + "\n").encode(), within=within, durable=durable)


def sync(path: Path) -> None:
    """Wait until what was written to a file, or renamed in a folder, is on the disk; folders on POSIX only."""
    if path.is_dir() and not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; folders, pipes and devices are refused without waiting for them.

    Raises:
        OSError: The file is missing, is not regular, or may not be read.
    """
    handle = os.open(path, READ_FLAGS)
    kind = os.fstat(handle).st_mode
    if stat.S_ISREG(kind):
        return os.fdopen(handle, "rb", buffering=0)
    os.close(handle)
    number = errno.EISDIR if stat.S_ISDIR(kind) else errno.EINVAL
    raise OSError(number, "is a directory" if stat.S_ISDIR(kind) else "is no regular file", str(path))


def read_whole(file: BinaryIO, at_most: int = MAX_SMALL) -> bytes:
    """Content of a small file.

    Raises:
        OSError: The file is larger than ``at_most`` bytes.
    """
    size = os.fstat(file.fileno()).st_size
    if size > at_most:
        raise OSError(errno.EFBIG, f"has {size:,} bytes; at most {at_most:,} are read")
    return file.read()


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        InputError: The file is missing or not JSON.
    """
    try:
        with open_regular(path) as file:
            return json.loads(read_whole(file).decode())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON: {error}") from None


_kept: dict[tuple[str, Callable[[bytes], Any]], tuple[tuple[int, ...], Any]] = {}
MAX_KEPT = 16_384  # small files whose last reading is kept


def read_kept(path: Path, parse: Callable[[bytes], T]) -> T:
    """``parse`` of a small file, kept until the file is replaced; callers share the value.

    The file is opened at each call: on a network disk, attributes without opening may be out of date.

    Raises:
        OSError: The file cannot be read.
        Exception: An error of ``parse``, which is not kept.
    """
    key = (str(path), parse)
    with open_regular(path) as file:
        found = os.fstat(file.fileno())
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        kept = _kept.get(key)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        data = read_whole(file)
    value = parse(data)
    while len(_kept) >= MAX_KEPT:
        _kept.pop(next(iter(_kept)), None)
    _kept[key] = (stamp, value)
    return value


def append_line(path: Path, value: Mapping[str, Any]) -> None:
    """Append one JSON object as one line, in one write.

    A half-written last line, whose writer was killed, is ended first, so that it does not damage the new one.

    Raises:
        OSError: A full disk, or a missing permission.
    """
    # ASCII: a message may hold a file name that is not valid UTF-8
    line = (json.dumps(value, allow_nan=False) + "\n").encode()
    handle = os.open(path, APPEND_FLAGS, 0o644)
    try:
        size = os.fstat(handle).st_size
        if size:
            os.lseek(handle, size - 1, os.SEEK_SET)  # for reading only: what is written is appended
            line = line if os.read(handle, 1) == b"\n" else b"\n" + line
        written = os.write(handle, line)
        if written < len(line):
            # the rest does not fit: writing it raises the reason (no space left)
            os.write(handle, line[written:])
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        os.close(handle)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects in the lines of a file; other lines are ignored; a missing file has none."""
    try:
        with open_regular(path) as file:
            return whole_objects(file.read())
    except FileNotFoundError:
        return []


def whole_objects(data: bytes) -> list[dict[str, Any]]:
    """The JSON objects among the lines of some bytes."""
    found = []
    for line in data.split(b"\n"):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def save_arrays(
    path: Path,
    arrays: Mapping[str, np.ndarray],
    metadata: Mapping[str, str] | None = None,
    *,
    within: Path | None = None,
) -> None:
    """Write named arrays as one safetensors file; ``within`` and errors as :func:`write_atomic`."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_atomic(path, save(contiguous, metadata=dict(metadata or {})), within=within)


def load_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read named arrays and their metadata; float16 becomes float32.

    Raises:
        InputError: The file is missing, truncated, or no safetensors file.
    """
    try:
        open_regular(path).close()
        with safe_open(str(path), framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            metadata = file.metadata() or {}
    except (OSError, SafetensorError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return {
        name: array.astype(np.float32) if array.dtype == np.float16 else array for name, array in arrays.items()
    }, metadata


def remove_leftovers(folder: Path) -> None:
    """Delete temporary files of killed writers; those of living processes stay."""
    for path in folder.rglob(f".*{TEMPORARY}"):
        writer = re.search(r"\.(\d+)(\.\d+)?$", path.name.removesuffix(TEMPORARY))
        if writer is None or not is_alive(int(writer[1])):
            path.unlink(missing_ok=True)
