"""Anybody's own features and labels, from one .npz file; whatever is wrong with it is said in one line."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float32

from mlcl_core.data.multilabel import FEWEST, SPLITS, MultiLabelData, refuse_non_finite
from mlcl_core.data.split import SHARES, stratified_split
from mlcl_core.errors import InputError

VALIDATION_SHARE = 0.15  # of the training rows, where the file has no validation rows of its own
FARTHEST = 10.0  # standard deviations: one rare word in a thousand rows stands at 31 and would outweigh the rest


def load_features(path: str | Path, *, seed: int) -> MultiLabelData:
    """Read a feature file: ``X`` (rows x features), ``Y`` (rows x labels, 0 or 1), and optionally ``split``, names.

    Args:
        path: An .npz file. ``split``: train, validation or test for each row; absent, or ``all`` in every row: a seeded
            70/10/20 division; without validation rows: a seeded share of the training rows. ``label_names``,
            ``feature_names``, ``item_names``: optional.
        seed: Of the division.

    Raises:
        InputError: A missing, truncated or foreign file, pickled arrays, a missing key, shapes or lengths that don't
            fit, labels other than 0 and 1, NaN or infinity, too few rows, an unknown or empty split.
    """
    path = Path(path)
    arrays = _read(path)
    for key in ("X", "Y"):
        if key not in arrays:
            raise InputError(
                f"{path} has no array {key!r}; it holds {_listed(arrays)}; X (features) and Y (labels) needed"
            )
    x, y = _matrix(arrays["X"], f"{path}: X"), _matrix(arrays["Y"], f"{path}: Y")
    if len(x) != len(y):
        raise InputError(f"{path}: X has {len(x)} rows and Y has {len(y)}; they must be as many")
    if len(x) < sum(FEWEST.values()):
        needed = f"at least {sum(FEWEST.values())} needed, to train, validate and test on"
        raise InputError(f"{path}: {len(x)} item{'s'[: len(x) != 1]}; {needed}")
    for what, matrix in (("feature", x), ("label", y)):
        if matrix.shape[1] == 0:
            raise InputError(f"{path}: there is no {what} column; at least one is needed")
    feature_names = _names(arrays, "feature_names", x.shape[1], path) or None
    label_names = _names(arrays, "label_names", y.shape[1], path) or tuple(f"label {c}" for c in range(y.shape[1]))
    refuse_non_finite(x, f"{path}: features", feature_names)
    labels = _zero_or_one(y, path, label_names)
    split = _split(arrays, labels, path, seed)
    return MultiLabelData(
        name=path.stem,
        title=path.stem,
        kind="features",
        items=torch.from_numpy(standardised(x, split == "train")),
        labels=torch.from_numpy(labels),
        label_names=label_names,
        split=split,
        item_names=_names(arrays, "item_names", len(x), path) or tuple(f"row {row}" for row in range(len(x))),
    )


def standardised(x: np.ndarray, train: Bool[np.ndarray, " n"]) -> Float32[np.ndarray, "n d"]:
    """Shift and scale each feature to mean 0 and deviation 1 over the training rows, and cut it at 10 deviations.

    Edge cases:
        A feature that is constant over the training rows: 0 everywhere.
    """
    largest = np.abs(x).max(0).astype(np.float64)
    scaled = x / np.where(largest > 0, largest, 1)  # squares of 1e200 would overflow
    mean, deviation = scaled[train].mean(0), scaled[train].std(0)
    constant = deviation < 1e-9
    z = (scaled - mean) / np.where(constant, 1, deviation)
    return np.where(constant, 0, np.clip(z, -FARTHEST, FARTHEST)).astype(np.float32)


def _read(path: Path) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        # opened here, as np.load leaves a file that it can't read open
        with path.open("rb") as handle:
            loaded = np.load(handle, allow_pickle=False)
            if isinstance(loaded, np.lib.npyio.NpzFile):
                with loaded:
                    return {key: loaded[key] for key in loaded.files}
    except ValueError as error:
        if zipfile.is_zipfile(path) and "allow_pickle" in str(error):
            raise InputError(f"{path} holds pickled Python objects; save plain numbers and text instead") from error
        raise InputError(f"{path} is not a readable .npz file: {_first_line(error)}") from error
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise InputError(f"{path} is damaged or not an .npz file: {_first_line(error)}") from error
    raise InputError(f"{path} holds a single array; an .npz file with the arrays X and Y is needed")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _listed(arrays: Mapping[str, np.ndarray]) -> str:
    return ", ".join(sorted(arrays)) or "nothing"


def _matrix(array: np.ndarray, what: str) -> np.ndarray:
    if array.ndim != 2:
        raise InputError(f"{what} has shape {list(array.shape)}; it must have two axes, rows and columns")
    if array.dtype.kind not in "biuf":
        raise InputError(f"{what} is of type {array.dtype}; it must be numbers")
    return array.astype(np.float64)


def _names(arrays: Mapping[str, np.ndarray], key: str, length: int, path: Path) -> tuple[str, ...]:
    """The names under ``key`` as text; none when the file has no such array."""
    if key not in arrays:
        return ()
    names = arrays[key]
    if names.shape != (length,):
        raise InputError(f"{path}: {key} has shape {list(names.shape)}; it must hold {length} names")
    return tuple(name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in names.tolist())


def _zero_or_one(y: np.ndarray, path: Path, names: tuple[str, ...]) -> Bool[np.ndarray, "n c"]:
    wrong = (y != 0) & (y != 1)
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        place = f"row {row}, column {column} ({names[column]})"
        raise InputError(f"{path}: label at {place} is {y[row, column]:g}; every label must be 0 or 1")
    return y.astype(bool)


def _split(arrays: Mapping[str, np.ndarray], labels: np.ndarray, path: Path, seed: int) -> np.ndarray:
    given = np.array(_names(arrays, "split", len(labels), path))
    if len(given) == 0 or (given == "all").all():
        return stratified_split(labels, SHARES, seed=seed)
    known = (*SPLITS, "all") if (given == "all").all() else SPLITS
    unknown = np.flatnonzero(~np.isin(given, known))
    if unknown.size:
        row = int(unknown[0])
        allowed = f"{', '.join(SPLITS)}, or all in every row"
        raise InputError(f"{path}: split of row {row} is {str(given[row])!r}; it must be one of {allowed}")
    for name in ("train", "test"):
        if not (given == name).any():
            raise InputError(f"{path}: no row has the split {name!r}; it must have some, or leave split out")
    if not (given == "validation").any():
        train = np.flatnonzero(given == "train")
        shares = {"train": 1 - VALIDATION_SHARE, "validation": VALIDATION_SHARE}
        given = given.astype("<U10")
        given[train] = stratified_split(labels[train], shares, seed=seed)
    return given
