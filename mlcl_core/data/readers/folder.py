"""A folder with a table and the pictures that it names."""

from functools import partial
from pathlib import Path

from mlcl_core.data.readers.members import InFolder, find_table
from mlcl_core.data.readers.record import Reader, first_line
from mlcl_core.data.readers.table_formats import CSV, ENDINGS, format_of
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable, read_located
from mlcl_core.errors import InputError


def table_in_folder(path: Path) -> LocatedTable:
    """The table of a folder, which names pictures in the folder and its sub-folders.

    Args:
        path: A folder with one table, or with one called metadata, labels or table.

    Raises:
        InputError: No table or several, or one that a link places outside.
    """
    try:
        names = [entry.name for entry in path.iterdir() if entry.is_file()]
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror or first_line(error)}") from error
    table = path / find_table(names, f"the folder {path}", tuple(ENDINGS))
    if not table.resolve().is_relative_to(path.resolve()):
        raise InputError(f"{table} leads out of the folder by a link; only files inside are opened")
    format = format_of(table)
    assert format is not None
    return LocatedTable(format, TableFile(table, None, InFolder(path)))


FOLDER = Reader(
    "folder",
    "Folder of pictures",
    (),
    partial(read_located, table_in_folder),
    params=CSV.params,
    locate=table_in_folder,
)
