"""A zip file with a table and the pictures that it names, read without unpacking it."""

from pathlib import Path
from typing import Any

from mlcl_core.data.readers.csv import CSV
from mlcl_core.data.readers.folder import read_table
from mlcl_core.data.readers.members import Archive, InArchive, find_table, top_folder
from mlcl_core.data.readers.record import LoadedData, Reader
from mlcl_core.errors import InputError

MAX_TABLE = 1 << 29  # bytes of the table, which is kept in memory


def read_zip(path: Path, **params: Any) -> LoadedData:
    """Read the table of an archive and the pictures in the archive that it names.

    Args:
        path: A zip of a folder for :func:`mlcl_core.data.readers.folder.read_folder`, or of its contents.
        **params: As for a folder.

    Raises:
        InputError: As for a folder; a truncated archive; an entry that is encrypted, a link, named outside the archive,
            damaged or too large.
    """
    archive = Archive(path)
    try:
        names = archive.names()
        top = top_folder(names)
        inside = [name[len(top) + 1 if top else 0 :] for name in names]
        name = find_table([name for name in inside if "/" not in name], str(path))
        members, table = InArchive(archive, top), path / top / name
        raw = archive.read(f"{top}/{name}" if top else name, str(table), MAX_TABLE)
        return read_table(table, members, raw, **params)
    except InputError:
        archive.file.close()
        raise


ZIP = Reader("zip", "Zip of pictures", (".zip",), read_zip, params=CSV.params)
