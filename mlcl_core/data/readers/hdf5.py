"""HDF5 (.h5, .hdf5): features and labels, dense or sparse, and optionally splits and names."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.data.readers.sparse import csr_of, refuse_wide
from mlcl_core.errors import InputError

if TYPE_CHECKING:
    import h5py

FEATURES = ("feature", "features", "X")
LABELS = ("target", "targets", "Y", "labels")
PIECE = 1 << 26  # bytes read between two signs of progress
TEXTS = 1024  # texts read at once; each may be long
MAX_LINKS = 16  # soft links one after another


def read_hdf5(path: Path) -> LoadedData:
    """Read the data sets of an HDF5 file; anything that refers to another file is refused and never opened.

    Features are in ``feature``, ``features`` or ``X`` (rows x features), labels in ``target``, ``targets``, ``Y`` or
    ``labels`` (rows x labels, 0 and 1); texts in ``split``, ``label_names``, ``feature_names`` and ``item_names``.

    Edge cases:
        Soft links inside the file are followed. A group of that name is a sparse matrix: ``data``, ``indices``,
        ``indptr``, and ``shape`` and the layout beside them or as attributes, as AnnData and h5sparse write them; or
        ``data``, ``ir`` and ``jc``, as MATLAB does.

    Raises:
        InputError: A truncated or foreign file, no features or no labels or either under two names, external links
            and storage, virtual data sets, references, a data set of more bytes than such a file could hold.
    """
    import h5py  # needed by these files alone

    try:
        with h5py.File(path, "r") as file:
            x = _matrix(file, _only(file, FEATURES, "features", path), path)
            if isinstance(x, csr_array):
                refuse_wide(x, path.stat().st_size, f"{path}: features")
            y = _matrix(file, _only(file, LABELS, "labels", path), path)
            split = _texts(file, "split", path)
            return LoadedData(
                x,
                y,
                feature_names=_texts(file, "feature_names", path),
                label_names=_texts(file, "label_names", path),
                item_names=_texts(file, "item_names", path),
                split=None if split is None else np.array(split),
            )
    except InputError:
        raise
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged or not an HDF5 file: {first_line(error)}") from error


def _only(file: "h5py.File", names: Sequence[str], what: str, path: Path) -> str:
    """The one of the names that occurs in the file."""
    found = [name for name in names if name in file]
    if not found:
        listed = ", ".join(map(repr, sorted(file.keys())[:10])) or "nothing"
        raise InputError(f"{path} has no {what}; it holds {listed}; a data set {' or '.join(names)} needed")
    if len(found) > 1:
        raise InputError(f"{path} has {what} under the names {' and '.join(found)}; one of them needed")
    return found[0]


def _located(file: "h5py.File", name: str, path: Path) -> "h5py.Dataset | h5py.Group":
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


def _dataset(file: "h5py.File", name: str, path: Path) -> "h5py.Dataset":
    """The data set of that name, if it is in the file itself."""
    import h5py

    at = _located(file, name, path)
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


def _matrix(file: "h5py.File", name: str, path: Path) -> np.ndarray | csr_array:
    """The data set of that name, or the sparse matrix whose parts the group of that name holds."""
    import h5py

    group = _located(file, name, path)
    if not isinstance(group, h5py.Group) or "data" not in group:
        return _numbers(file, name, path)
    across, ends = ("ir", "jc") if "jc" in group else ("indices", "indptr")
    missing = [part for part in (across, ends) if part not in group]
    if missing:
        raise InputError(f"{path}: {name} is a sparse matrix without {' and '.join(missing)}; all parts are needed")
    data, indices, indptr = (_numbers(file, f"{name}/{part}", path, axes=1) for part in ("data", across, ends))
    sizes, layout = _told(file, group, name, path, len(indptr) - 1)
    return csr_of(data, indices, indptr, sizes, f"{path}: {name}", layout=layout)


def _told(file: "h5py.File", group: "h5py.Group", name: str, path: Path, lines: int) -> tuple[list[int], str]:
    """The shape and the layout of a sparse matrix, as far as its group tells them; ``lines`` are compressed."""
    rows = group.attrs.get("MATLAB_sparse")
    if rows is not None:
        return [int(rows), lines], "csc"
    if "shape" in group:
        shape = _numbers(file, f"{name}/shape", path, axes=1)
    else:
        shape = np.atleast_1d(np.asarray(group.attrs.get("shape", group.attrs.get("h5sparse_shape", ()))))
    layouts = (group.attrs.get(key) for key in ("encoding-type", "h5sparse_format", "format"))
    layout = next((one for one in layouts if one is not None), "")
    told = layout.decode("utf-8", "replace") if isinstance(layout, bytes) else str(layout)
    return shape.tolist() if shape.dtype.kind in "iu" else [], told


def _numbers(file: "h5py.File", name: str, path: Path, *, axes: int = 2) -> np.ndarray:
    dataset = _dataset(file, name, path)
    if dataset.dtype.kind not in "biuf":
        raise InputError(f"{path}: {name} is of type {_named(dataset.dtype)}; it must be numbers")
    if dataset.ndim != axes:
        wanted = "two axes, rows and columns" if axes == 2 else "one axis"
        raise InputError(f"{path}: {name} has shape {list(dataset.shape)}; it must have {wanted}")
    x = np.empty(dataset.shape, dataset.dtype)
    if x.size == 0:
        return x
    # whole chunks at a time, so that each is unpacked once
    rows = max(1, PIECE // (x.itemsize * math.prod(x.shape[1:])))
    whole = dataset.chunks[0] if dataset.chunks else 1
    rows = max(rows // whole, 1) * whole
    for start in range(0, len(x), rows):
        dataset.read_direct(x, np.s_[start : start + rows], np.s_[start : start + rows])
        progress()
    return x


def _texts(file: "h5py.File", name: str, path: Path) -> tuple[str, ...] | None:
    """The texts of a data set; None where there is none of that name."""
    import h5py

    if name not in file:
        return None
    dataset = _dataset(file, name, path)
    if h5py.check_string_dtype(dataset.dtype) is None:
        raise InputError(f"{path}: {name} is of type {_named(dataset.dtype)}; it must be text")
    if dataset.ndim != 1:
        raise InputError(f"{path}: {name} has shape {list(dataset.shape)}; it must hold a row of names")
    texts: list[str] = []
    length = 0
    for start in range(0, len(dataset), TEXTS):
        more = [str(text) for text in dataset.asstr("utf-8", errors="replace")[start : start + TEXTS]]
        length += sum(map(len, more))
        refuse_large(length, path.stat().st_size, f"{path}: {name} holds long texts")
        texts += more
        progress()
    return tuple(texts)


def _named(dtype: np.dtype) -> str:
    import h5py

    if h5py.check_ref_dtype(dtype) is not None:
        return "reference"
    return "text" if h5py.check_string_dtype(dtype) is not None else str(dtype)


HDF5 = Reader("hdf5", "HDF5", (".h5", ".hdf5"), read_hdf5, libraries=("h5py",))
