"""Readers of files and folders, one for each format. Tables have a registry of their own, ``table_formats.py``."""

from collections.abc import Mapping
from pathlib import Path

from mlcl_core.data.readers.known_table import EXPORT_PARAMS
from mlcl_core.data.readers.layouts import LAYOUTS
from mlcl_core.data.readers.record import LoadedData, Reader, require_file
from mlcl_core.data.readers.table_formats import TABLE_FORMATS
from mlcl_core.data.tables.reader import table_reader
from mlcl_core.errors import InputError
from mlcl_core.options import Option
from mlcl_core.registry import records_in

# The endings of the formats are listed in this order.
# isort: off
from mlcl_core.data.readers.npz import NPZ
from mlcl_core.data.readers.hdf5 import ANNDATA, HDF5
from mlcl_core.data.readers.mat import MAT
from mlcl_core.data.readers.arff import ARFF, KEEL
from mlcl_core.data.readers.svmlight import SVMLIGHT
from mlcl_core.data.readers.extreme import EXTREME
from mlcl_core.data.readers.json.reader import JSON
from mlcl_core.data.readers.cvat import CVAT
from mlcl_core.data.readers.zip import ZIP
from mlcl_core.data.readers.folder import FOLDER
# isort: on

READERS = {name: table_reader(format) for name, format in TABLE_FORMATS.items()} | records_in(globals(), Reader)


def options_of(format: str) -> Mapping[str, Option]:
    """The options of a format as a schema names it: a key of ``READERS``, a layout or a kind of export."""
    found = READERS.get(format) or LAYOUTS.get(format)
    return EXPORT_PARAMS if found is None else found.params


def reader_of(path: Path) -> Reader:
    """The reader for a file, by its ending, or for a folder, whatever its name.

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


__all__ = ["READERS", "LoadedData", "Reader", "options_of", "reader_of", "require_file"]
