"""The record that describes how pictures and their labels lie in a folder or an archive."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from mlcl_core.data.readers.members import Archive, InArchive, InFolder, is_hidden, top_folder
from mlcl_core.data.readers.record import LoadedData, in_one_line
from mlcl_core.options import Option

SHOWN = 5  # names of files in a sentence


@dataclass(frozen=True)
class Members:
    """The files of a folder or an archive.

    Args:
        path: The folder or the archive, named in errors.
        read: Reads a file by its name.
    """

    path: Path
    read: InFolder | InArchive

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The size of each file by its name relative to the folder, sorted, without hidden ones."""
        return {name: size for name, size in sorted(self.read.files().items()) if not is_hidden(name)}

    @cached_property
    def hidden(self) -> int:
        """The number of hidden files, and of those that macOS or Windows add."""
        return len(self.read.files()) - len(self.sizes)


@contextmanager
def members_of(path: Path) -> Iterator[Members]:
    """The files of a folder or an archive, which is closed afterwards; raises as :class:`Archive`."""
    if path.is_dir():
        yield Members(path, InFolder(path))
        return
    archive = Archive(path)
    with archive.file:
        yield Members(path, InArchive(archive, top_folder(archive.names())))


@dataclass(frozen=True)
class Layout:
    """One way in which pictures and labels lie in a folder or an archive.

    Args:
        name: The key in ``LAYOUTS``.
        title: A few words that end the sentence "is read as".
        fits: Whether files lie in this way, by their names alone.
        read: ``read(members, **params)`` returns the contents, or raises :class:`InputError`.
        params: Its parameters.
        locate: Finds the table, where there is one: a :class:`mlcl_core.data.tables.reader.LocatedTable`.
    """

    name: str
    title: str
    fits: Callable[[Members], bool]
    read: Callable[..., LoadedData]
    params: Mapping[str, Option] = field(default_factory=dict)
    locate: Callable[[Members], Any] | None = None


def left_out_sentence(names: list[str], why: str) -> tuple[str, ...]:
    """One sentence that names files that are left out; none where there are none."""
    return (f"{len(names):,} file{'s'[: len(names) != 1]} left out ({why}): {shown_names(names)}",) if names else ()


def shown_names(names: Collection[str]) -> str:
    """The first of some names, for a sentence."""
    return ", ".join(in_one_line(name) for name in islice(names, SHOWN)) + ", ..." * (len(names) > SHOWN)
