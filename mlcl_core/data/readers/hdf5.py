"""HDF5 (.h5, .hdf5): data sets of features and labels, and optionally split, label_names, feature_names, item_names."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
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
        Soft links inside the file are followed.

    Raises:
        InputError: A truncated or foreign file, no features or no labels or either under two names, external links
            and storage, virtual data sets, references, a data set of more bytes than such a file could hold.
    """
    import h5py  # needed by these files alone

    try:
        with h5py.File(path, "r") as file:
            x = _numbers(file, _only(file, FEATURES, "features", path), path)
            y = _numbers(file, _only(file, LABELS, "labels", path), path)
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


def _dataset(file: "h5py.File", name: str, path: Path) -> "h5py.Dataset":
    """The data set of that name, if it is in the file itself."""
    import h5py

    at: h5py.Group = file
    parts, hops = [name], 0
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


def _numbers(file: "h5py.File", name: str, path: Path) -> np.ndarray:
    dataset = _dataset(file, name, path)
    if dataset.dtype.kind not in "biuf":
        raise InputError(f"{path}: {name} is of type {_named(dataset.dtype)}; it must be numbers")
    if dataset.ndim != 2:
        raise InputError(f"{path}: {name} has shape {list(dataset.shape)}; it must have two axes, rows and columns")
    x = np.empty(dataset.shape, dataset.dtype)
    if x.size == 0:
        return x
    # whole chunks at a time, so that each is unpacked once
    rows = max(1, PIECE // (x.itemsize * x.shape[1]))
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
