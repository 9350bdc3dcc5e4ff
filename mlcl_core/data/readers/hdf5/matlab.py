"""What MATLAB writes into HDF5 (its files of version 7.3): matrices, sparse ones, texts and cells of texts."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.hdf5.access import dataset, located, matlab_class, matrix, named
from mlcl_core.errors import InputError

if TYPE_CHECKING:
    import h5py

CELLS = 1000  # read between two signs of progress


class MatlabInHdf5:
    """The variables of a .mat of version 7.3.

    Args:
        file: The file, open for reading.
        path: Named in errors.
    """

    def __init__(self, file: "h5py.File", path: Path) -> None:
        """Shapes and types are read, no numbers."""
        self.file, self.path = file, path
        self.variables: dict[str, str] = {}
        for name in file:
            if name.startswith("#"):
                continue
            found = located(file, name, path)
            self.variables[name] = _type(found)

    def numbers(self, name: str) -> np.ndarray | csr_array:
        """A matrix as MATLAB shows it."""
        return matrix(self.file, name, self.path)

    def texts(self, name: str) -> tuple[str, ...]:
        """A cell of texts, or a matrix of characters."""
        return matlab_texts(self.file, name, self.path)


def _type(found: "h5py.Dataset | h5py.Group") -> str:
    if "MATLAB_sparse" in found.attrs:
        return "sparse"
    plain = getattr(found, "dtype", None)
    written_elsewhere = "double" if plain is not None and plain.kind in "biuf" else type(found).__name__.lower()
    return matlab_class(found) or written_elsewhere


def matlab_texts(file: "h5py.File", name: str, path: Path) -> tuple[str, ...]:
    """The texts of a cell array, or the rows of a matrix of characters.

    Raises:
        InputError: Another type, a cell that holds no text, or more than the file could hold.
    """
    import h5py

    found = dataset(file, name, path)
    kind = matlab_class(found)
    if kind == "char":
        return _characters(found)
    if kind != "cell" or h5py.check_ref_dtype(found.dtype) is not h5py.Reference:
        raise InputError(f"{path}: {name} is of type {kind or named(found.dtype)}; it must be a cell of texts")
    texts: list[str] = []
    length = 0
    # cells by columns, as MATLAB counts them, which are rows here
    for at, reference in enumerate(np.ravel(found[()])):
        inside = file[reference] if reference else None
        if not isinstance(inside, h5py.Dataset) or not _is_own(inside) or matlab_class(inside) != "char":
            raise InputError(f"{path}: cell {at} of {name} is no text; a cell of texts is needed")
        length += 2 * inside.size
        refuse_large(length, path.stat().st_size, f"{path}: {name} holds long texts")
        texts.append("".join(_characters(inside)))
        if at % CELLS == 0:
            progress()
    return tuple(texts)


def _is_own(found: "h5py.Dataset") -> bool:
    return not found.is_virtual and found.external is None


def _characters(found: "h5py.Dataset") -> tuple[str, ...]:
    """The rows of a matrix of characters in UTF-16; none where MATLAB marks it as empty."""
    if "MATLAB_empty" in found.attrs or found.dtype.kind != "u" or found.ndim != 2:
        return ()
    rows = np.ascontiguousarray(found[()].T.astype("<u2"))
    return tuple(row.tobytes().decode("utf-16-le", "replace").rstrip() for row in rows)
