"""A zip file with a table and the pictures that it names, read without unpacking it."""

from functools import partial
from pathlib import Path

from mlcl_core.data.readers.members import Archive, InArchive, find_table, top_folder
from mlcl_core.data.readers.record import Reader
from mlcl_core.data.readers.table_formats import CSV, ENDINGS, format_of
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable, read_located
from mlcl_core.errors import InputError

MAX_TABLE = 1 << 29  # bytes of the table, which is kept in memory


def table_in_zip(path: Path) -> LocatedTable:
    """The table of an archive, which names pictures in the archive.

    Args:
        path: A zip of a folder for :func:`mlcl_core.data.readers.folder.table_in_folder`, or of its contents.

    Raises:
        InputError: No table or several; a truncated archive; an entry that is encrypted, a link, named outside the
            archive, damaged or too large.
    """
    archive = Archive(path)
    try:
        names = archive.names()
        top = top_folder(names)
        inside = [name[len(top) + 1 if top else 0 :] for name in names]
        name = find_table([name for name in inside if "/" not in name], str(path), tuple(ENDINGS))
        table = path / top / name
        raw = archive.read(f"{top}/{name}" if top else name, str(table), MAX_TABLE)
    except InputError:
        archive.file.close()
        raise
    format = format_of(table)
    assert format is not None
    return LocatedTable(format, TableFile(table, raw, InArchive(archive, top)))


ZIP = Reader(
    "zip", "Zip of pictures", (".zip",), partial(read_located, table_in_zip), params=CSV.params, locate=table_in_zip
)
