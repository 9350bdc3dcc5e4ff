"""A folder with pictures and their labels."""

from pathlib import Path
from typing import Any

from mlcl_core.data.readers.layouts import LAYOUT_PARAMS, Members, located, read_members
from mlcl_core.data.readers.members import InFolder
from mlcl_core.data.readers.record import LoadedData, Reader
from mlcl_core.data.tables.reader import LocatedTable


def read_folder(path: Path, **params: Any) -> LoadedData:
    """Read the pictures of a folder and its sub-folders, with labels from a table, an export or their folders' names.

    Args:
        path: A folder whose files lie in one of ``LAYOUTS``.
        **params: As in ``LAYOUT_PARAMS``.

    Raises:
        InputError: As :func:`read_members`.
    """
    return read_members(Members(path, InFolder(path)), **params)


def table_in_folder(path: Path) -> LocatedTable:
    """The table of a folder, or the one that its files make; raises as :func:`read_folder`."""
    return located(Members(path, InFolder(path)))


FOLDER = Reader("folder", "Folder of pictures", (), read_folder, params=LAYOUT_PARAMS, locate=table_in_folder)
