"""A table and the pictures that it names, in its folder and the sub-folders."""

from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.members import InArchive, find_table
from mlcl_core.data.readers.table_formats import CSV, ENDINGS, format_of
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.errors import InputError

MAX_TABLE = 1 << 29  # bytes of the table in an archive, which is kept in memory
# other files in JSON are as likely settings
PLAIN = tuple(ending for ending in ENDINGS if ".json" not in (ending, ending.removesuffix(".gz")))


def has_table(members: Members) -> bool:
    """Whether any file beside the pictures is a table."""
    return any(name.lower().endswith(PLAIN) for name in members.read.top())


def find(members: Members) -> LocatedTable | None:
    """The only table there is, or the one called metadata, labels or table; None where there is none.

    Raises:
        InputError: Several tables, or one that a link places outside.
    """
    return located_table(members) if has_table(members) else None


def located_table(members: Members) -> LocatedTable:
    """The table, which names pictures among the members; raises as :func:`find`."""
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
