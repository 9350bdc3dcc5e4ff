"""Data sets and groups of an HDF5 file: located without leaving the file, of a sane size, read in pieces."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.sparse import csr_of
from mlcl_core.errors import InputError

if TYPE_CHECKING:
    import h5py

PIECE = 1 << 26  # bytes read between two signs of progress
TEXTS = 1024  # texts read at once; each may be long
MAX_LINKS = 16  # soft links one after another


def located(file: "h5py.File", name: str, path: Path) -> "h5py.Dataset | h5py.Group":
    """What stands under that name, if it is in the file itself."""
    import h5py

    at: h5py.Group = file
    parts, hops = name.split("/"), 0
    while parts:
        part = parts.pop(0)
        # resolved step by step: h5py would follow all links of a path but the last
        link = at.get(part, getlink=True) if isinstance(at, h5py.Group) else None
        if link is None:
            raise InputError(f"{path}: {name} is a link to nothing; a data set needed")
        if isinstance(link, h5py.SoftLink):
            hops += 1
            if hops > MAX_LINKS:
                raise InputError(f"{path}: {name} leads through more than {MAX_LINKS} links; a data set needed")
            at = file if link.path.startswith("/") else at
            parts = [step for step in link.path.split("/") if step not in ("", ".")] + parts
        elif isinstance(link, h5py.HardLink):
            at = at[part]
        else:
            raise InputError(f"{path}: {name} is a link to another file; the data set itself must be in this file")
    return at


def dataset(file: "h5py.File", name: str, path: Path) -> "h5py.Dataset":
    """The data set of that name, if it is in the file itself."""
    import h5py

    at = located(file, name, path)
    if not isinstance(at, h5py.Dataset):
        raise InputError(f"{path}: {name} is a {type(at).__name__.lower()}; a data set needed")
    # before the shape is read: that of a virtual data set comes from the other files
    if at.is_virtual:
        raise InputError(f"{path}: {name} is a virtual data set; the numbers themselves must be in this file")
    if at.external is not None:
        raise InputError(f"{path}: {name} is stored in another file; the data set itself must be in this file")
    return _of_sane_size(at, name, path)


def _of_sane_size(dataset: "h5py.Dataset", name: str, path: Path) -> "h5py.Dataset":
    if dataset.shape is None:
        raise InputError(f"{path}: {name} is empty; it must have rows")
    # not Dataset.size, which overflows at 2^63; a chunk is read as a whole
    entries = max(math.prod(dataset.shape), math.prod(dataset.chunks or ()))
    shape = " x ".join(map(str, dataset.shape))
    in_chunks = f" in chunks of {' x '.join(map(str, dataset.chunks))}" if dataset.chunks else ""
    claim = f"{path}: {name} claims {shape} entries{in_chunks}"
    refuse_large(entries * dataset.dtype.itemsize, path.stat().st_size, claim)
    return dataset


def matrix(file: "h5py.File", name: str, path: Path) -> np.ndarray | csr_array:
    """The data set of that name, or the sparse matrix whose parts the group of that name holds."""
    import h5py

    group = located(file, name, path)
    if not isinstance(group, h5py.Group) or "data" not in group:
        return numbers(file, name, path)
    across, ends = ("ir", "jc") if "jc" in group else ("indices", "indptr")
    missing = [part for part in (across, ends) if part not in group]
    if missing:
        raise InputError(f"{path}: {name} is a sparse matrix without {' and '.join(missing)}; all parts are needed")
    data, indices, indptr = (numbers(file, f"{name}/{part}", path, axes=1) for part in ("data", across, ends))
    sizes, layout = _told(file, group, name, path, len(indptr) - 1)
    return csr_of(data, indices, indptr, sizes, f"{path}: {name}", layout=layout)


def _told(file: "h5py.File", group: "h5py.Group", name: str, path: Path, lines: int) -> tuple[list[int], str]:
    """The shape and the layout of a sparse matrix, as far as its group tells them; ``lines`` are compressed."""
    rows = group.attrs.get("MATLAB_sparse")
    if rows is not None:
        return [int(rows), lines], "csc"
    if "shape" in group:
        shape = numbers(file, f"{name}/shape", path, axes=1)
    else:
        shape = np.atleast_1d(np.asarray(group.attrs.get("shape", group.attrs.get("h5sparse_shape", ()))))
    layouts = (group.attrs.get(key) for key in ("encoding-type", "h5sparse_format", "format"))
    layout = next((one for one in layouts if one is not None), "")
    told = layout.decode("utf-8", "replace") if isinstance(layout, bytes) else str(layout)
    return shape.tolist() if shape.dtype.kind in "iu" else [], told


def numbers(file: "h5py.File", name: str, path: Path, *, axes: int = 2) -> np.ndarray:
    """The numbers of a data set; those of MATLAB, which counts axes from the other end, as MATLAB shows them.

    Raises:
        InputError: As :func:`dataset`; another type, or another number of axes.
    """
    found = dataset(file, name, path)
    if found.dtype.kind not in "biuf":
        raise InputError(f"{path}: {name} is of type {named(found.dtype)}; it must be numbers")
    if found.ndim != axes:
        wanted = "two axes, rows and columns" if axes == 2 else "one axis"
        raise InputError(f"{path}: {name} has shape {list(found.shape)}; it must have {wanted}")
    x = np.empty(found.shape, found.dtype)
    if x.size == 0:
        return x
    # whole chunks at a time, so that each is unpacked once
    rows = max(1, PIECE // (x.itemsize * math.prod(x.shape[1:])))
    whole = found.chunks[0] if found.chunks else 1
    rows = max(rows // whole, 1) * whole
    for start in range(0, len(x), rows):
        found.read_direct(x, np.s_[start : start + rows], np.s_[start : start + rows])
        progress(min(start + rows, len(x)), len(x), "rows")
    return x.T if matlab_class(found) else x


def matlab_class(found: "h5py.Dataset | h5py.Group") -> str:
    """MATLAB's own name of the type, as it marks all that it writes; empty where another program wrote it."""
    mark = found.attrs.get("MATLAB_class", b"")
    return mark.decode("utf-8", "replace") if isinstance(mark, bytes) else ""


def texts(file: "h5py.File", name: str, path: Path) -> tuple[str, ...] | None:
    """The texts of a data set; None where there is none of that name."""
    import h5py

    if name not in file:
        return None
    found = dataset(file, name, path)
    if h5py.check_string_dtype(found.dtype) is None:
        raise InputError(f"{path}: {name} is of type {named(found.dtype)}; it must be text")
    if found.ndim != 1:
        raise InputError(f"{path}: {name} has shape {list(found.shape)}; it must hold a row of names")
    read: list[str] = []
    length = 0
    for start in range(0, len(found), TEXTS):
        more = [str(text) for text in found.asstr("utf-8", errors="replace")[start : start + TEXTS]]
        length += sum(map(len, more))
        refuse_large(length, path.stat().st_size, f"{path}: {name} holds long texts")
        read += more
        progress()
    return tuple(read)


def named(dtype: np.dtype) -> str:
    """A type in words."""
    import h5py

    if h5py.check_ref_dtype(dtype) is not None:
        return "reference"
    return "text" if h5py.check_string_dtype(dtype) is not None else str(dtype)
