"""HDF5: plain files of arrays, those that MATLAB writes, and AnnData."""

from mlcl_core.data.readers.hdf5.anndata import ANNDATA, read_anndata
from mlcl_core.data.readers.hdf5.reader import HDF5, read_hdf5

__all__ = ["ANNDATA", "HDF5", "read_anndata", "read_hdf5"]
