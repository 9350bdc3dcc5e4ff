"""Files that a table names, in its folder or its archive, never outside."""

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.pictures import MAX_BYTES
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.record import first_line
from mlcl_core.errors import InputError

# The bytes of a file by its name; the second argument is the beginning of its errors.
Read = Callable[[str, str], bytes]

MAX_FILES = 2_000_000  # in a folder and its sub-folders
SYSTEM_FILES = ("thumbs.db", "desktop.ini")
TABLE_NAMES = ("metadata", "labels", "table")
ENCRYPTED = 1  # bit of a zip entry's flags
UTF_8 = 1 << 11
# bzip2 and LZMA return everything that a few bytes expand to at once, which may be gigabytes
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class MissingFile(InputError):
    """A name of which there is no file."""


def find_table(names: Sequence[str], place: str, endings: tuple[str, ...]) -> str:
    """The file that is the table: the only one there is, or the one called metadata, labels or table.

    Raises:
        InputError: No table, or several possible ones; ``place`` says where.
    """
    shown = (name for name in names if not name.startswith("."))
    tables = sorted(name for name in shown if name.lower().endswith(endings))
    chosen = [name for name in tables if name.lower().rpartition(".")[0] in TABLE_NAMES]
    for found in (tables, chosen):
        if len(found) == 1:
            return found[0]
    if not tables:
        raise InputError(
            f"{place} holds no table ({', '.join(endings)}); one is needed that names the pictures and their labels"
        )
    several = ", ".join(tables[:5]) + ", ..." * (len(tables) > 5)
    raise InputError(f"{place} holds {len(tables)} tables ({several}); call one of them metadata, labels or table")


def parts_of(name: str, what: str) -> tuple[str, ...]:
    """The folders and the file in a relative name; a backslash is a separator too.

    Raises:
        InputError: An absolute name, one with ``..`` or a zero byte, or an empty one; ``what`` begins the message.
    """
    parts = tuple(part for part in re.split(r"[/\\]", name) if part not in ("", "."))
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        raise InputError(f"{what} is an absolute path; it must be relative to the table")
    if ".." in parts:
        raise InputError(f"{what} leads out of its folder by '..'; only files inside are opened")
    if not parts or "\0" in name:
        raise InputError(f"{what} is no name of a file")
    return parts


class InFolder:
    """Files inside a folder: a ``Read``.

    Args:
        folder: The folder; names and links that lead out of it are refused.
        absolute: Whether absolute names are allowed, if they are inside the folder.

    Edge cases:
        A name in another Unicode normal form than that on the disk is found.
    """

    def __init__(self, folder: Path, *, absolute: bool = False) -> None:
        """No file is opened yet."""
        self.folder = folder
        self.absolute = absolute
        self._root = folder.resolve()
        self._listed: dict[Path, dict[str, str]] = {}

    def __call__(self, name: str, what: str, most: int | None = None) -> bytes:
        """The bytes of a file; raises :class:`InputError` for a missing one or one larger than ``most``."""
        path = self._located(name, what)
        if not path.is_relative_to(self._root):
            leads = "lies outside" if Path(name).is_absolute() else "leads by a link out of"
            raise InputError(f"{what} {leads} the folder {self.folder}; only files inside are opened")
        if not path.is_file():
            raise MissingFile(f"{what} is no file in {self.folder}")
        try:
            size = path.stat().st_size
            _refuse_large(size, most or MAX_BYTES, what)
            with path.open("rb") as file:
                return file.read(size)
        except OSError as error:
            raise InputError(f"{what} can't be read: {error.strerror or first_line(error)}") from error

    def has(self, name: str) -> bool:
        """Whether there is such a file, or a name that is refused when it is read."""
        try:
            return self._located(name, name).is_file()
        except MissingFile:
            return False
        except InputError:
            return True

    def top(self) -> list[str]:
        """The names of the files directly in the folder; raises :class:`InputError` where it can't be opened."""
        try:
            return [entry.name for entry in self.folder.iterdir() if entry.is_file()]
        except OSError as error:
            raise InputError(f"{self.folder} can't be read: {error.strerror or first_line(error)}") from error

    def nearby(self) -> list[str]:
        """The names of the files directly in the folder and in the folders in it, as far as these can be opened."""
        found = self.top()
        for folder in (entry for entry in self.folder.iterdir() if entry.is_dir() and not entry.is_symlink()):
            with suppress(OSError):
                found += [f"{folder.name}/{entry.name}" for entry in folder.iterdir()]
            progress()
        return found

    def files(self) -> dict[str, int]:
        """The size of every file in the folder and its sub-folders, by its name relative to it with ``/``.

        A link to a folder is not followed, and stands here as a file of 0 bytes.

        Raises:
            InputError: More than ``MAX_FILES``, or a folder that can't be opened.
        """

        def closed(error: OSError) -> None:
            raise InputError(f"{error.filename or self.folder} can't be read: {error.strerror}") from error

        found: dict[str, int] = {}
        for place, folders, names in os.walk(self.folder, onerror=closed):
            inside = Path(place).relative_to(self.folder)
            linked = [name for name in folders if (Path(place) / name).is_symlink()]
            for name in names:
                path = Path(place) / name
                found[(inside / name).as_posix()] = 0 if path.is_symlink() else path.lstat().st_size
            found |= {(inside / name).as_posix(): 0 for name in linked}
            if len(found) > MAX_FILES:
                raise InputError(f"{self.folder} holds more than {MAX_FILES:,} files in it and its sub-folders")
            progress()
        return found

    def _located(self, name: str, what: str) -> Path:
        try:
            if self.absolute and Path(name).is_absolute():
                return Path(name).resolve(strict=True)
            parts = parts_of(name, what)
            as_written = self._root / name
            return as_written.resolve() if as_written.exists() else self._found(parts)
        except InputError:
            raise
        # a loop of links is a RuntimeError
        except (OSError, ValueError, RuntimeError) as error:
            raise MissingFile(f"{what} is missing: there is no such file in {self.folder}") from error

    def _found(self, parts: Sequence[str]) -> Path:
        place = self._root
        for part in parts:
            if not (place / part).exists():
                if place not in self._listed:
                    self._listed[place] = {_normal(entry.name): entry.name for entry in place.iterdir()}
                part = self._listed[place].get(_normal(part), part)
            place = place / part
        return place.resolve(strict=True)


class Archive:
    """A zip file, read without unpacking it.

    Args:
        path: The file.

    Raises:
        InputError: A truncated file or no zip; an entry that is encrypted, a link, or named outside the archive.
    """

    def __init__(self, path: Path) -> None:
        """Read and check the list of entries."""
        self.path = path
        try:
            self.size = path.stat().st_size
            self.file = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, struct.error) as error:
            raise InputError(f"{path} is truncated or no zip file: {first_line(error)}") from error
        try:
            self.entries = {name: entry for entry in self.file.infolist() for name in _names(entry, path)}
        except InputError:
            self.file.close()
            raise

    def names(self) -> list[str]:
        """All files in the archive, except hidden ones and those that macOS adds."""
        names = {id(entry): name for name, entry in self.entries.items()}
        return [name for name in names.values() if not is_hidden(name)]

    def read(self, name: str, what: str, most: int = MAX_BYTES) -> bytes:
        """The bytes of an entry.

        Raises:
            InputError: No such entry, a damaged one, or a larger one than ``most``; ``what`` begins the message.
        """
        entry = self.entries.get(_normal("/".join(parts_of(name, what))))
        if entry is None:
            raise MissingFile(f"{what} is missing: there is no such file in {self.path}")
        if entry.compress_type not in PACKINGS:
            raise InputError(f"{what} is packed by another method than deflate; pack it as an ordinary zip")
        _refuse_large(entry.file_size, most, what)
        refuse_large(entry.file_size, self.size, f"{what} claims {entry.file_size:,} bytes")
        try:
            with self.file.open(entry) as file:
                # no more than is declared, as the rest may be gigabytes
                raw = file.read(entry.file_size + 1)
        except (
            *(zipfile.BadZipFile, zlib.error, struct.error, OSError),
            *(EOFError, ValueError, RuntimeError, NotImplementedError),
        ) as error:
            raise InputError(f"{what} is damaged in the archive: {first_line(error)}") from error
        if len(raw) != entry.file_size:
            raise InputError(f"{what} is damaged in the archive: {len(raw):,} of {entry.file_size:,} bytes are there")
        return raw


@dataclass(frozen=True)
class InArchive:
    """Files in a folder of an archive, by names relative to it: a ``Read``. An empty folder: the archive's root."""

    archive: Archive
    folder: str

    def has(self, name: str) -> bool:
        """Whether there is such a file, or a name that is refused when it is read."""
        try:
            inside = "/".join((*filter(None, [self.folder]), *parts_of(name, name)))
        except InputError:
            return True
        return _normal(inside) in self.archive.entries

    def top(self) -> list[str]:
        """The names of the files directly in the folder."""
        return [name for name in self.files() if "/" not in name and not is_hidden(name)]

    def files(self) -> dict[str, int]:
        """The size of every file in the folder, by its name relative to it with ``/``."""
        names = {id(entry): (name, entry.file_size) for name, entry in self.archive.entries.items()}
        inside = f"{self.folder}/" if self.folder else ""
        return {name.removeprefix(inside): size for name, size in names.values() if name.startswith(inside)}

    def __call__(self, name: str, what: str, most: int = MAX_BYTES) -> bytes:
        """The bytes of an entry; raises as :meth:`Archive.read`."""
        return self.archive.read("/".join((*filter(None, [self.folder]), *parts_of(name, what))), what, most)


def _names(entry: zipfile.ZipInfo, path: Path) -> list[str]:
    """The names under which an entry is found; none for a folder."""
    what = f"{path}: entry {entry.filename[:200]!r}"
    if entry.filename in ("./", "/"):
        return []
    parts = parts_of(entry.filename, what)
    if entry.flag_bits & ENCRYPTED:
        raise InputError(f"{what} is encrypted; pack the archive without a password")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise InputError(f"{what} is a link; the file itself is needed")
    if entry.is_dir():
        return []
    names = [_normal("/".join(parts))]
    if not entry.flag_bits & UTF_8:
        # some programs write UTF-8 without declaring it; the last name is the one displayed
        with suppress(UnicodeError):
            names.append(_normal("/".join(parts).encode("cp437").decode("utf-8")))
    return names


def is_hidden(name: str) -> bool:
    """Whether a file is hidden, or one that macOS or Windows adds by itself."""
    return name.startswith(("__MACOSX/", ".")) or "/." in name or name.rpartition("/")[2].lower() in SYSTEM_FILES


def top_folder(names: Sequence[str]) -> str:
    """The single folder that holds all files; empty where there is none."""
    tops = {top if rest else "" for top, _, rest in (name.partition("/") for name in names)}
    return tops.pop() if len(tops) == 1 else ""


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _refuse_large(size: int, most: int, what: str) -> None:
    if size > most:
        raise InputError(f"{what} is {size:,} bytes large; at most {most:,} are allowed")
