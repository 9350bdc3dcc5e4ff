"""Formats of files and folders. To add one: its file, one line in ``READERS``, its test."""

from pathlib import Path

from mlcl_core.data.readers.arff import ARFF
from mlcl_core.data.readers.csv import CSV
from mlcl_core.data.readers.folder import FOLDER
from mlcl_core.data.readers.hdf5 import HDF5
from mlcl_core.data.readers.npz import NPZ
from mlcl_core.data.readers.parquet import PARQUET
from mlcl_core.data.readers.record import LoadedData, Reader, existing
from mlcl_core.data.readers.svmlight import SVMLIGHT
from mlcl_core.data.readers.zip import ZIP
from mlcl_core.errors import InputError

READERS: dict[str, Reader] = {reader.name: reader for reader in (NPZ, CSV, PARQUET, HDF5, ARFF, SVMLIGHT, ZIP, FOLDER)}


def reader_of(path: Path) -> Reader:
    """The reader of the format that the file's ending tells; of a folder, whatever its name.

    Raises:
        InputError: An ending that no format has.
    """
    if path.is_dir():
        return READERS["folder"]
    endings = {ending: reader for reader in READERS.values() for ending in reader.suffixes}
    for ending, reader in endings.items():
        if path.name.lower().endswith(ending):
            return reader
    raise InputError(f"{path}: no format has this ending; there are: {', '.join(endings)}")


__all__ = ["READERS", "LoadedData", "Reader", "existing", "reader_of"]
