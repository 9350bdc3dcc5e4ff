"""HDF5: plain files of arrays, those that MATLAB writes, and AnnData."""

from mlcl_core.data.readers.hdf5.reader import HDF5, read_hdf5

__all__ = ["HDF5", "read_hdf5"]
