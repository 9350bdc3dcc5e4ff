"""HDF5 (.h5, .hdf5): features and labels, dense or sparse, and optionally splits and names."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.readers.hdf5.access import located, matlab_class, matrix, texts
from mlcl_core.data.readers.hdf5.matlab import matlab_texts
from mlcl_core.data.readers.label_numbers import Unknown, with_labels_known
from mlcl_core.data.readers.named import Ignore, without_features
from mlcl_core.data.readers.orientation import Pair, XItems, YItems, orientation, upright
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.data.readers.sparse import refuse_many_labels, refuse_wide
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

if TYPE_CHECKING:
    import h5py

FEATURES = ("feature", "features", "X")
LABELS = ("target", "targets", "Y", "labels")


def read_hdf5(
    path: Path,
    x: Annotated[str, Param("The data set of features; empty: feature, features or X.", examples=("group/data",))] = "",
    y: Annotated[str, Param("The data set of labels; empty: target, targets, Y or labels.", examples=("marks",))] = "",
    x_items: XItems = "",
    y_items: YItems = "",
    ignore: Ignore = "",
    unknown: Unknown = "",
) -> LoadedData:
    """Read the data sets of an HDF5 file; anything that refers to another file is refused and never opened.

    Features are in ``feature``, ``features`` or ``X`` (rows x features), labels in ``target``, ``targets``, ``Y`` or
    ``labels`` (rows x labels, 0 and 1); texts in ``split``, ``label_names``, ``feature_names`` and ``item_names``.

    Args:
        path: The file.
        x, y: The two data sets, where they are called otherwise; a path where they are in groups.
        x_items, y_items: Where the items are, in rows or in columns.
        ignore: Features that are left out, by ``feature_names``, or by their numbers.
        unknown: What NaN in a label counts as, and -1 beside 0 and 1.

    Edge cases:
        Soft links inside the file are followed. A group of that name is a sparse matrix: ``data``, ``indices``,
        ``indptr``, and ``shape`` and the layout beside them or as attributes, as AnnData and h5sparse write them; or
        ``data``, ``ir`` and ``jc``, as MATLAB does. What MATLAB marks as its own has its axes in the other order.
        Where items are rows in both matrices they are taken to be; else the axis that fits.

    Raises:
        InputError: A truncated or foreign file, no features or no labels or either under two names, external links
            and storage, virtual data sets, references, a data set of more bytes than such a file could hold.
    """
    import h5py  # needed by these files alone

    try:
        with h5py.File(path, "r") as file:
            names = x or _only(file, FEATURES, "features", "x", path), y or _only(file, LABELS, "labels", "y", path)
            features, labels = (matrix(file, name, path) for name in names)
            from_matlab = any(matlab_class(located(file, name, path)) for name in names)
            pair = Pair(features.shape, labels.shape)
            found, said = orientation([pair], path, names, x_items, y_items, rows_first=not from_matlab)
            features, labels = upright(features, found.x), upright(labels, found.y)
            if isinstance(features, csr_array):
                refuse_wide(features, path.stat().st_size, f"{path}: features")
            if isinstance(labels, csr_array):
                refuse_many_labels(labels, path.stat().st_size, f"{path}: labels")
            split = _words(file, "split", path)
            loaded = LoadedData(
                features,
                labels,
                feature_names=_words(file, "feature_names", path),
                label_names=_words(file, "label_names", path),
                item_names=_words(file, "item_names", path),
                split=None if split is None else np.array(split),
                said=said,
            )
            return with_labels_known(without_features(loaded, ignore, path), path, unknown)
    except InputError:
        raise
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged or not an HDF5 file: {first_line(error)}") from error


def _words(file: "h5py.File", name: str, path: Path) -> tuple[str, ...] | None:
    if name in file and matlab_class(located(file, name, path)):
        return matlab_texts(file, name, path)
    return texts(file, name, path)


def _only(file: "h5py.File", names: Sequence[str], what: str, option: str, path: Path) -> str:
    """The one of the names that occurs in the file."""
    found = [name for name in names if name in file]
    if not found:
        listed = ", ".join(map(repr, sorted(file.keys())[:10])) or "nothing"
        needed = f"a data set {' or '.join(names)} needed, or {option}=NAME"
        raise InputError(f"{path} has no {what}; it holds {listed}; {needed}")
    if len(found) > 1:
        raise InputError(f"{path} has {what} under the names {' and '.join(found)}; one of them needed ({option}=NAME)")
    return found[0]


HDF5 = Reader("hdf5", "HDF5", (".h5", ".hdf5"), read_hdf5, params=declared_options(read_hdf5), libraries=("h5py",))
