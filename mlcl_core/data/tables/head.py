"""The first rows of a table, from which its schema is inferred, and the file that they come from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.readers.members import InFolder, Read
from mlcl_core.data.tables.options import TABLE_PARAMS, TableOptions
from mlcl_core.data.tables.question import Question
from mlcl_core.data.tables.schema import TableSchema
from mlcl_core.options import Option

ROWS = 10_000  # that a schema is inferred from
CELLS = 1_000_000  # the same, of a wide table
FEWEST = 100  # rows, however wide a table is


@dataclass(frozen=True)
class TableFile:
    """A file that holds a table.

    Args:
        path: Its path; that of an archive and the name in it, where the table is in one.
        raw: Its contents, where it is in an archive.
        members: Reads pictures by the names in the table.
    """

    path: Path
    raw: bytes | None = None
    members: Read | None = None

    @property
    def reader_of_members(self) -> Read:
        """What reads pictures: files in the folder of the table, unless told otherwise."""
        return self.members or InFolder(self.path.parent)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size if self.raw is None else len(self.raw)


@dataclass(frozen=True)
class TableHead:
    """The first rows, and what the format says by itself.

    Args:
        file: Where they come from.
        format: A key of ``READERS``.
        table: The first rows. Cells of text files are texts as they are written; those of other formats have types.
        whole: Whether these are all rows.
        encoding, delimiter, decimal, header: As in :class:`TableSchema`.
        roles: The roles of columns that the format itself knows.
        cells: The cell forms of label columns that the format itself knows.
        classes: The names of the classes of columns that hold numbers of classes.
        rows: As in :class:`TableSchema`, where the format knows; empty: to be found.
        said, questions: As in :class:`TableSchema`, about the file itself.
        place: As in :class:`TableSchema`.
    """

    file: TableFile
    format: str
    table: pa.Table
    whole: bool = True
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    header: bool = True
    roles: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: str = ""
    said: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class TableFormat:
    """A format of files that hold rows and columns.

    Args:
        name: A key of ``READERS``.
        title: A few words for forms.
        suffixes: Endings of files, with the dot.
        read_head: The first rows of a file; raises :class:`InputError` for a damaged one.
        read: The columns that a schema needs (:func:`mlcl_core.data.tables.build.needed`), of all rows, in any order.
        params: Its options.
        options: The record that holds them.
        libraries: Modules to import before memory is limited.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read_head: Callable[[TableFile, Any], TableHead]
    read: Callable[[TableFile, TableSchema], pa.Table]
    params: Mapping[str, Option] = field(default_factory=lambda: TABLE_PARAMS)
    options: type[TableOptions] = TableOptions
    libraries: tuple[str, ...] = ()


def rows_of_head(columns: int) -> int:
    """How many rows a schema of so many columns is inferred from."""
    return min(ROWS, max(FEWEST, CELLS // max(1, columns)))
