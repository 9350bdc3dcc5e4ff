"""Formats of files and folders. To add one: its file, one line in ``READERS``, its test."""

from mlcl_core.data.readers.arff import ARFF
from mlcl_core.data.readers.csv import CSV
from mlcl_core.data.readers.folder import FOLDER
from mlcl_core.data.readers.hdf5 import HDF5
from mlcl_core.data.readers.npz import NPZ
from mlcl_core.data.readers.parquet import PARQUET
from mlcl_core.data.readers.record import Reader, Vectors, existing
from mlcl_core.data.readers.svmlight import SVMLIGHT
from mlcl_core.data.readers.zip import ZIP

READERS: dict[str, Reader] = {reader.name: reader for reader in (NPZ, CSV, PARQUET, HDF5, ARFF, SVMLIGHT, ZIP, FOLDER)}

__all__ = ["READERS", "Reader", "Vectors", "existing"]
