"""A folder with a table and the pictures that it names."""

from pathlib import Path
from typing import Any

from mlcl_core.data.readers.csv import CSV, read_csv
from mlcl_core.data.readers.members import InFolder, Read, find_table
from mlcl_core.data.readers.parquet import read_parquet
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.errors import InputError


def read_folder(path: Path, **params: Any) -> LoadedData:
    """Read the table of a folder and the pictures that it names, in the folder and its sub-folders.

    Args:
        path: A folder with one table, or with one called metadata, labels or table.
        **params: Those of :func:`read_csv` and :func:`read_parquet`.

    Raises:
        InputError: No table or several, one that a link places outside, and what its reader refuses.
    """
    try:
        names = [entry.name for entry in path.iterdir() if entry.is_file()]
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror or first_line(error)}") from error
    table = path / find_table(names, f"the folder {path}")
    if not table.resolve().is_relative_to(path.resolve()):
        raise InputError(f"{table} leads out of the folder by a link; only files inside are opened")
    return read_table(table, InFolder(path), **params)


def read_table(path: Path, members: Read, raw: bytes | None = None, **params: Any) -> LoadedData:
    """Read a table by the reader for its ending; raises as that reader does."""
    if path.suffix.lower() == ".parquet":
        return read_parquet(path, raw=raw, members=members, **{k: v for k, v in params.items() if k != "delimiter"})
    return read_csv(path, raw=raw, members=members, **params)


FOLDER = Reader("folder", "Folder of pictures", (), read_folder, params=CSV.params)
