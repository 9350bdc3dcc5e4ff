"""The record that describes how pictures and their labels lie in a folder or an archive."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mlcl_core.data.readers.members import InArchive, InFolder, is_hidden
from mlcl_core.data.tables.head import TableFile, TableFormat
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.options import Option


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
        return {name: size for name, size in sorted(self._files.items()) if not is_hidden(name)}

    @cached_property
    def _files(self) -> dict[str, int]:
        return self.read.files()

    def located(self, format: TableFormat) -> LocatedTable:
        """The table that a format makes of these files."""
        return LocatedTable(format, TableFile(self.path, None, self.read))

    def contents(self, name: str, most: int) -> bytes:
        """The bytes of a file, at most ``most``; raises :class:`InputError`."""
        return self.read(name, f"{self.path}: {name}", most)

    @property
    def hidden(self) -> int:
        """The number of hidden files, and of those that macOS or Windows add."""
        return len(self._files) - len(self.sizes)


@dataclass(frozen=True)
class Layout:
    """One way in which pictures and labels lie in a folder or an archive.

    Args:
        name: The key in ``LAYOUTS``.
        title: A few words that end the sentence "is read as".
        find: The table that files that lie in this way make; None where they do not.
        params: Its options.
    """

    name: str
    title: str
    find: Callable[[Members], LocatedTable | None]
    params: Mapping[str, Option] = field(default_factory=dict)
