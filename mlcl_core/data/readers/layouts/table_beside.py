"""A table and the pictures that it names, in its folder and the sub-folders."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.members import InArchive, find_table
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.readers.table_formats import CSV, ENDINGS, format_of
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable, read_located
from mlcl_core.errors import InputError

MAX_TABLE = 1 << 29  # bytes of the table in an archive, which is kept in memory
# other files in JSON are as likely settings
PLAIN = tuple(ending for ending in ENDINGS if ".json" not in (ending, ending.removesuffix(".gz")))


def has_table(members: Members) -> bool:
    """Whether any file beside the pictures is a table."""
    return any(name.lower().endswith(PLAIN) for name in members.read.top())


def find(members: Members) -> Callable[..., LoadedData] | None:
    """What reads the table; None where there is none."""
    return partial(read_beside, members) if has_table(members) else None


def read_beside(members: Members, **params: Any) -> LoadedData:
    """Read the only table there is, or the one called metadata, labels or table.

    Args:
        members: Where it is.
        **params: Those of its format.

    Raises:
        InputError: No table or several, one that a link places outside, and what its reader refuses.
    """
    return read_located(located_table(members), **params)


def located_table(members: Members) -> LocatedTable:
    """The table, which names pictures among the members; raises as :func:`read_beside`."""
    raw = None
    if isinstance(members.read, InArchive):
        archive, top = members.read.archive, members.read.folder
        name = find_table(members.read.top(), str(members.path), PLAIN)
        inside = f"{top}/{name}" if top else name
        table = members.path / inside
        raw = archive.read(inside, str(table), MAX_TABLE)
    else:
        table = members.path / find_table(members.read.top(), f"the folder {members.path}", PLAIN)
        if not table.resolve().is_relative_to(members.path.resolve()):
            raise InputError(f"{table} leads out of the folder by a link; only files inside are opened")
    format = format_of(table)
    assert format is not None
    return LocatedTable(format, TableFile(table, raw, members.read))


TABLE_BESIDE = Layout("table", "a table and the pictures that it names", find, CSV.params)
