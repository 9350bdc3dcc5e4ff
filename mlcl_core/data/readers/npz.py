"""NumPy's .npz: arrays X and Y, dense or sparse, and optionally split, label_names, feature_names, item_names."""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.lib import format as npy
from scipy.sparse import csr_array

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.label_numbers import Unknown, with_labels_known
from mlcl_core.data.readers.members import ENCRYPTED, PACKINGS
from mlcl_core.data.readers.named import Ignore, without_features
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.data.readers.sparse import csr_of, refuse_many_labels, refuse_wide
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

NAMES = ("split", "feature_names", "label_names", "item_names")
PARTS = ("data", "indices", "indptr", "shape")  # of a sparse matrix; beside them its layout may be given
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
PIECE = 1 << 26  # bytes unpacked between two signs of progress


def read_npz(
    path: Path,
    x: Annotated[str, Param("The array of features.", examples=("train_x",))] = "X",
    y: Annotated[str, Param("The array of labels.", examples=("train_y",))] = "Y",
    ignore: Ignore = "",
    unknown: Unknown = "",
) -> LoadedData:
    """Read features, labels and names of an .npz file and no other arrays; pickled objects are never loaded.

    A sparse X is ``X_data``, ``X_indices``, ``X_indptr``, ``X_shape`` and perhaps ``X_format`` (csr or csc), or the
    same without ``X_``, as ``scipy.sparse.save_npz`` writes them; a sparse Y likewise.

    Args:
        path: The file.
        x, y: The two arrays.
        ignore: Features that are left out, by ``feature_names``, or by their numbers.
        unknown: What NaN in a label counts as, and -1 beside 0 and 1.

    Raises:
        InputError: A truncated or foreign file, pickled or structured arrays, an array that is encrypted, packed by
            another method than deflate, repeated, or of another size than its header says; no X or no Y.
    """
    # before the names of a sparse matrix's parts; without a word they are those of X
    befores = (f"{x}_", f"{y}_", "")
    wanted = {x, y, *NAMES, *(before + part for before in befores for part in (*PARTS, "format"))}
    arrays = _read(path, wanted)
    features, labels = _matrix(arrays, x, path), _matrix(arrays, y, path)
    if isinstance(features, csr_array):
        refuse_wide(features, path.stat().st_size, f"{path}: {x}")
    if isinstance(labels, csr_array):
        refuse_many_labels(labels, path.stat().st_size, f"{path}: {y}")
    names = {key: _names(arrays, key, path) for key in NAMES}
    split = names["split"]
    loaded = LoadedData(
        features,
        labels,
        feature_names=names["feature_names"],
        label_names=names["label_names"],
        item_names=names["item_names"],
        split=None if split is None else np.array(split),
    )
    return with_labels_known(without_features(loaded, ignore, path), path, unknown)


def _matrix(arrays: Mapping[str, np.ndarray | None], key: str, path: Path) -> np.ndarray | csr_array:
    """The array of that name, or the sparse matrix from its parts."""
    whole = arrays.get(key)
    if whole is not None:
        return whole
    for before in (f"{key}_", "" if key == "X" else f"{key}_"):
        parts = [arrays.get(before + part) for part in PARTS]
        missing = [before + name for name, part in zip(PARTS, parts, strict=True) if part is None]
        if len(missing) < len(PARTS):
            if missing:
                raise InputError(f"{path} has a sparse matrix {key} without {', '.join(missing)}; all parts are needed")
            data, indices, indptr, shape = (np.asarray(part) for part in parts)
            layout = arrays.get(f"{before}format")
            told = "" if layout is None or layout.size != 1 else layout.item()
            told = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
            sizes = shape.tolist() if shape.ndim == 1 and shape.dtype.kind in "iu" else []
            return csr_of(data, indices, indptr, sizes, f"{path}: {key}", layout=told)
    needed = "X (features) and Y (labels) needed, or x=NAME and y=NAME"
    raise InputError(f"{path} has no array {key!r}; it holds {_listed(arrays)}; {needed}")


def _read(path: Path, wanted: set[str]) -> dict[str, np.ndarray | None]:
    """The arrays by name; None for those that are not used."""
    try:
        if path.stat().st_size and not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                single = file.read(len(npy.MAGIC_PREFIX)) == npy.MAGIC_PREFIX
            if single:
                raise InputError(f"{path} holds a single array; an .npz file with the arrays X and Y is needed")
        with zipfile.ZipFile(path) as archive:
            entries: dict[str, zipfile.ZipInfo] = {}
            for entry in archive.infolist():
                name = entry.filename.removesuffix(".npy")
                if name in entries:
                    raise InputError(f"{path} holds the array {name[:80]!r} twice; each must stand once")
                entries[name] = entry
            return {name: _array(archive, entry, path) if name in wanted else None for name, entry in entries.items()}
    except (InputError, MemoryError):
        raise
    # a damaged header makes numpy raise any exception: SyntaxError, TypeError, struct.error, RecursionError
    except Exception as error:
        raise InputError(f"{path} is damaged or not an .npz file: {first_line(error)}") from error


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> np.ndarray:
    what = f"{path}: array {entry.filename.removesuffix('.npy')!r}"
    if entry.flag_bits & ENCRYPTED:
        raise InputError(f"{what} is encrypted; save it without a password")
    if entry.compress_type not in PACKINGS:
        raise InputError(f"{what} is packed by another method than deflate; numpy.savez_compressed packs by that")
    with archive.open(entry) as file:
        shape, by_columns, dtype = _header(file, what)
        needed = math.prod(shape) * dtype.itemsize
        refuse_large(needed, path.stat().st_size, f"{what} has shape {list(shape)} of {dtype}")
        if needed != entry.file_size - file.tell():
            there = f"{entry.file_size - file.tell():,} bytes stand for it"
            raise InputError(f"{what} has shape {list(shape)} of {dtype}, which is {needed:,} bytes; {there}")
        array = np.empty(needed, np.uint8)
        for start in range(0, needed, PIECE):
            piece = file.read(min(PIECE, needed - start))
            array[start : start + len(piece)] = np.frombuffer(piece, np.uint8)
            if len(piece) < min(PIECE, needed - start):
                raise InputError(f"{what} is cut off after {start + len(piece):,} of {needed:,} bytes")
            progress()
        # at the end, the checksum of the unpacked bytes is compared
        file.read(1)
    filled = array.view(dtype) if needed else np.empty(math.prod(shape), dtype)
    return filled.reshape(shape[::-1]).T if by_columns else filled.reshape(shape)


def _header(file: Any, what: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = npy.read_magic(file)
    if version not in HEADERS:
        raise InputError(f"{what} is in version {'.'.join(map(str, version))} of the format; 1.0 and 2.0 can be read")
    shape, by_columns, dtype = HEADERS[version](file)
    if dtype.hasobject:
        raise InputError(f"{what} holds pickled Python objects; save plain numbers and text instead")
    if dtype.names is not None or dtype.subdtype is not None or dtype.itemsize == 0:
        raise InputError(f"{what} is of type {str(dtype)[:80]}; plain numbers or text needed")
    if any(length < 0 for length in shape):
        raise InputError(f"{what} has shape {list(shape)}; no length can be below 0")
    return shape, by_columns, dtype


def _listed(arrays: Mapping[str, np.ndarray | None]) -> str:
    names = sorted(arrays)
    more = ", ..." * (len(names) > 12)
    return (", ".join(" ".join(name[:80].split()) for name in names[:12]) or "nothing") + more


def _names(arrays: Mapping[str, np.ndarray | None], key: str, path: Path) -> tuple[str, ...] | None:
    """The array ``key`` as texts; None where there is none."""
    names = arrays.get(key)
    if names is None:
        return None
    if names.ndim != 1:
        raise InputError(f"{path}: {key} has shape {list(names.shape)}; it must hold a row of names")
    return tuple(name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in names.tolist())


NPZ = Reader("npz", "NumPy arrays", (".npz",), read_npz, params=declared_options(read_npz))
