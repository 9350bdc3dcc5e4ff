"""Users' own items and labels, from a file in any format of ``READERS``; anything wrong with it is one error line."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from jaxtyping import Bool, Float32
from scipy.sparse import csr_array, issparse

from mlcl_core.data.file_split import file_split
from mlcl_core.data.fingerprint import item_hashes
from mlcl_core.data.items_table import with_items
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.multilabel import MIN_ITEMS, MultiLabelData, refuse_non_finite
from mlcl_core.data.parts import PART_PARAMS, part_files, read_parts
from mlcl_core.data.pictures import SIDE, Pictures
from mlcl_core.data.reader_client import read_in_process
from mlcl_core.data.readers import LoadedData, reader_of, require_file
from mlcl_core.data.readers.named import set_name
from mlcl_core.data.scale import MAX_DEVIATION, FeatureScale
from mlcl_core.data.sparse_features import is_worth_it, standardised_sparse
from mlcl_core.data.split import EXACT
from mlcl_core.data.tables.saved import answers_path, saved_answers
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options

BLOCK = 1 << 22  # numbers standardised at a time: several copies of them are in memory
Matrix = TypeVar("Matrix", np.ndarray, csr_array)


def load_file(
    path: str | Path, *, seed: int, split_method: str = EXACT, labels_only: bool = False, **params: Any
) -> MultiLabelData:
    """Read a file: a matrix of numbers, texts or pictures; labels of 0 and 1; and optionally splits and names.

    Args:
        path: A file in a format of ``READERS``, recognised by its ending, or a folder of pictures and a table. The
            split of a row is train, validation (val, valid, dev) or test, in any case. Without splits, or with ``all``
            in every row, rows are split 70/10/20 at random; without validation rows, 15 % of the training rows are
            drawn.
        seed: Of the random split.
        split_method: How splits are drawn, a key of ``SPLIT_METHODS``.
        labels_only: Whether a table of labels without items will do, to look at.
        **params: Those of the format's reader, and the files of the other splits (``PART_PARAMS``); those saved beside
            the file (``FILE.schema.json``) hold otherwise.

    Raises:
        QuestionError: The file can be read in two ways.
        InputError: A missing, truncated or foreign file, a picture that can't be read, pickled arrays, a missing key,
            shapes or lengths that don't fit, labels other than 0 and 1, NaN or infinity, too few rows, an unknown or
            empty split.
    """
    path = Path(path)
    files, _ = part_files(path, saved_answers(path) | params)
    name = set_name(files["train"].stem) if len(files) > 1 else None
    loaded = read_file(path, params)
    return build_dataset(loaded, files["train"], seed, name, split_method=split_method, labels_only=labels_only)


def read_file(path: Path, params: Mapping[str, Any]) -> LoadedData:
    """Read a file, or the several files of one set, each in the process for that; raises as :func:`load_file`."""
    saved = saved_answers(path)
    files, own = part_files(path, saved | dict(params))
    loaded = read_parts(files, own, _read)
    if not saved:
        return loaded
    return replace(loaded, said=(f"read by the answers saved in {answers_path(path).name}", *loaded.said))


def _read(path: Path, params: Mapping[str, Any]) -> LoadedData:
    reader = reader_of(path)
    require_file(path)
    checked = checked_options(f"the file {path}", {**reader.params, **PART_PARAMS}, params)
    loaded = read_in_process(path, reader, {name: value for name, value in checked.items() if name in reader.params})
    items = checked.get("items")
    return with_items(loaded, path, items, read_in_process) if items else loaded


def build_dataset(
    loaded: LoadedData,
    path: Path,
    seed: int,
    name: str | None = None,
    *,
    split_method: str = EXACT,
    labels_only: bool = False,
) -> MultiLabelData:
    """Check loaded data and make a data set of it; raises as :func:`load_file`.

    Args:
        loaded: As a reader returns it.
        path: The file, named in errors.
        seed: Of the split, where the file has none.
        name: The name of the data set; None: the file's name without its ending.
        split_method: As in :func:`load_file`.
        labels_only: Whether data without items will do.
    """
    name = name or (path.resolve().name if path.is_dir() else path.stem)
    if loaded.missing and not labels_only:
        raise InputError(f"{path} holds labels only: {loaded.missing}; mlcl data describes it")
    rows = loaded.rows
    x = loaded.x if isinstance(loaded.x, Texts | Pictures) else _numbers(loaded.x, f"{path}: X")
    y = loaded.y if issparse(loaded.y) else _numbers(loaded.y, f"{path}: Y").astype(np.float64, copy=False)
    if rows != y.shape[0]:
        raise InputError(f"{path}: X has {rows} rows and Y has {y.shape[0]}; they must be as many")
    if rows < sum(MIN_ITEMS.values()):
        needed = f"at least {sum(MIN_ITEMS.values())} needed, to train, validate and test on"
        raise InputError(f"{path}: {rows} item{'s'[: rows != 1]}; {needed}")
    if y.shape[1] == 0:
        raise InputError(f"{path}: there is no label column; at least one is needed")
    label_names = _checked_names(loaded.label_names, y.shape[1], "label_names", path)
    label_names = label_names or tuple(f"label {c}" for c in range(y.shape[1]))
    item_names = _checked_names(loaded.item_names, rows, "item_names", path)
    if isinstance(x, np.ndarray | csr_array):
        if x.shape[1] == 0 and not loaded.missing:
            raise InputError(f"{path}: there is no feature column; at least one is needed")
        refuse_non_finite(
            x, f"{path}: features", _checked_names(loaded.feature_names, x.shape[1], "feature_names", path)
        )
    labels = _zero_or_one(y, path, label_names)
    split, drawn = file_split(loaded, labels, path, seed, split_method)
    items = _no_items(rows) if loaded.missing else _items(x, split)
    return MultiLabelData(
        name=name,
        title=name,
        **items,
        labels=LabelMatrix.of(labels),
        label_names=label_names,
        split=split,
        item_names=item_names or _default_names(x, rows),
        item_hashes=item_hashes(x) if isinstance(x, np.ndarray | csr_array) else None,
        said=(*loaded.said, *_missing(loaded), *drawn, *(x.said if isinstance(x, Pictures) else ())),
        left_out=loaded.left_out,
        schema=loaded.schema,
    )


def _missing(loaded: LoadedData) -> tuple[str, ...]:
    return (f"labels only: {loaded.missing}",) if loaded.missing else ()


def _default_names(x: np.ndarray | csr_array | Texts | Pictures, rows: int) -> tuple[str, ...]:
    if isinstance(x, Texts):
        return x.names()
    files = x.names if isinstance(x, Pictures) else [""] * rows
    return tuple(name or f"row {row}" for row, name in enumerate(files))


def _items(x: np.ndarray | csr_array | Texts | Pictures, split: np.ndarray) -> dict[str, Any]:
    """The kind of the items and the items themselves, as fields of :class:`MultiLabelData`."""
    if isinstance(x, Texts):
        return {"kind": "text", "items": x}
    if isinstance(x, Pictures):
        return {"kind": "picture", "items": torch.from_numpy(x.small(SIDE)), "originals": x}
    train = split == "train"
    if isinstance(x, csr_array):
        if is_worth_it(x):
            sparse, scale = standardised_sparse(x, train)
            return {"kind": "features", "items": sparse, "scale": scale}
        x = x.toarray()
    dense, scale = standardised(x, train)
    return {"kind": "features", "items": torch.from_numpy(dense), "scale": scale}


def _no_items(count: int) -> dict[str, Any]:
    return {"kind": "labels_only", "items": torch.empty(count, 0)}


def standardised(x: np.ndarray, train: Bool[np.ndarray, " n"]) -> tuple[Float32[np.ndarray, "n d"], FeatureScale]:
    """Shift and scale each feature to mean 0 and deviation 1 over the training rows, and clip it at 10 deviations.

    Returns:
        The standardised rows, and the means and deviations.

    Edge cases:
        A feature that is constant over the training rows: 0 everywhere.
    """
    rows, columns = x.shape
    standard = np.empty(x.shape, np.float32)
    means, deviations = np.empty(columns), np.empty(columns)
    for block in _blocks(rows, columns):
        scaled = x[:, block].astype(np.float64)
        largest = np.maximum(scaled.max(0), -scaled.min(0))
        unit = np.where(largest > 0, largest, 1)
        scaled /= unit  # squares of 1e200 would overflow
        trained = scaled[train]
        mean, deviation = trained.mean(0), trained.std(0)
        constant = deviation < 1e-9
        means[block], deviations[block] = mean * unit, np.where(constant, 0, deviation * unit)
        scaled -= mean
        scaled /= np.where(constant, 1, deviation)
        np.clip(scaled, -MAX_DEVIATION, MAX_DEVIATION, out=scaled)
        scaled[:, constant] = 0
        standard[:, block] = scaled
    return standard, FeatureScale(means, deviations)


def _blocks(rows: int, columns: int) -> Iterator[slice]:
    """Columns, ``BLOCK`` numbers or a few more at a time; one column alone would be summed in another order."""
    width, start = max(2, BLOCK // max(1, rows)), 0
    while start < columns:
        stop = columns if columns - start - width < 2 else start + width
        yield slice(start, stop)
        start = stop


def _numbers(array: Matrix, what: str) -> Matrix:
    if array.ndim != 2:
        raise InputError(f"{what} has shape {list(array.shape)}; it must have two axes, rows and columns")
    if array.dtype.kind not in "biuf":
        raise InputError(f"{what} is of type {array.dtype}; it must be numbers")
    return array


def _checked_names(names: tuple[str, ...] | None, length: int, what: str, path: Path) -> tuple[str, ...] | None:
    if names is not None and len(names) != length:
        raise InputError(f"{path}: {what} has shape {[len(names)]}; it must hold {length} names")
    return names


def _zero_or_one(y: np.ndarray | csr_array, path: Path, names: tuple[str, ...]) -> csr_array:
    sparse = csr_array(y)
    wrong = np.flatnonzero((sparse.data != 0) & (sparse.data != 1))
    if wrong.size:
        entry = int(wrong[0])
        row = int(np.searchsorted(sparse.indptr, entry, side="right")) - 1
        column = int(sparse.indices[entry])
        place = f"row {row}, column {column} ({names[column]})"
        raise InputError(f"{path}: label at {place} is {sparse.data[entry]:g}; every label must be 0 or 1")
    return csr_array(sparse, dtype=bool)
