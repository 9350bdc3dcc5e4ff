"""A zip file with pictures and their labels, read without unpacking it."""

from pathlib import Path
from typing import Any

from mlcl_core.data.readers.layouts import LAYOUT_PARAMS, Members, located, read_members
from mlcl_core.data.readers.members import Archive, InArchive, top_folder
from mlcl_core.data.readers.record import LoadedData, Reader
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.errors import InputError


def read_zip(path: Path, **params: Any) -> LoadedData:
    """Read the pictures of an archive and their labels.

    Args:
        path: A zip of a folder for :func:`mlcl_core.data.readers.folder.read_folder`, or of its contents.
        **params: As for a folder.

    Raises:
        InputError: As for a folder; a truncated archive; an entry that is encrypted, a link, named outside the archive,
            damaged or too large.
    """
    archive = Archive(path)
    try:
        return read_members(Members(path, InArchive(archive, top_folder(archive.names()))), **params)
    except InputError:
        archive.file.close()
        raise


def table_in_zip(path: Path) -> LocatedTable:
    """The table of an archive, or the one that its files make; raises as :func:`read_zip`."""
    archive = Archive(path)
    try:
        return located(Members(path, InArchive(archive, top_folder(archive.names()))))
    except InputError:
        archive.file.close()
        raise


ZIP = Reader("zip", "Zip of pictures", (".zip",), read_zip, params=LAYOUT_PARAMS, locate=table_in_zip)
