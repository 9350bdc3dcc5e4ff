"""MATLAB's .mat, by scipy up to version 7 and by h5py for 7.3: features, labels, their parts and names."""

import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from scipy.sparse import csr_array, issparse

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.hdf5.matlab import MatlabInHdf5
from mlcl_core.data.readers.join import join_parts
from mlcl_core.data.readers.label_numbers import Unknown, with_labels_known
from mlcl_core.data.readers.named import Ignore, listed, without_features
from mlcl_core.data.readers.orientation import Pair, XItems, YItems, orientation, upright
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.data.readers.sparse import refuse_many_labels, refuse_wide
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

X_NAMES = ("x", "data", "features", "feature", "fea", "instances")
Y_NAMES = ("y", "target", "targets", "labels", "label", "gnd")
# the part of a set -> words before or behind the names of its matrices
PARTS = {"train": ("train", "tr"), "validation": ("validation", "valid", "val"), "test": ("test", "te", "tt")}
NAMES = {
    "feature_names": ("feature_names", "featurenames"),
    "label_names": ("label_names", "labelnames", "class_names", "classnames", "labels", "classes"),
    "item_names": ("item_names", "itemnames"),
    "split": ("split",),
}
WHOLE = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
NUMBERS = ("double", "single", "logical", "sparse", *WHOLE)
HDF5_MARK, HEADER = b"\x89HDF\r\n\x1a\n", 512


@dataclass(frozen=True)
class Options:
    """As :func:`read_mat` takes them."""

    x: str
    y: str
    x_items: str
    y_items: str


def read_mat(
    path: Path,
    x: Annotated[
        str,
        Param("The matrix of features; empty: X, data, features or fea, or train_data and test_data.", examples=("X",)),
    ] = "",
    y: Annotated[
        str,
        Param("The matrix of labels; empty: Y, target or labels, or train_target and test_target.", examples=("Y",)),
    ] = "",
    x_items: XItems = "",
    y_items: YItems = "",
    ignore: Ignore = "",
    unknown: Unknown = "",
) -> LoadedData:
    """Read the matrices of features and labels of a .mat file, and no other variable.

    Args:
        path: The file.
        x, y: The names of the two matrices.
        x_items, y_items: Where the items are, in rows or in columns; empty: the axis that both have in common.
        ignore: Features that are left out, by ``feature_names``, or by their numbers.
        unknown: What NaN in a label counts as, and -1 beside 0 and 1.

    Edge cases:
        Matrices called train_data, train_target, test_data, test_target (or X_train ...) are the parts of a set.
        Labels of -1 and 1 are 0 and 1, which is said. Sparse matrices stay sparse. Names are cells of texts.

    Raises:
        InputError: A truncated or foreign file, matrices that are not there or of which there are several, cells,
            structs, objects and functions in their place, more bytes than such a file could hold.
        QuestionError: Several axes have the length of the items, or labels are unknown.
    """
    chosen = Options(x, y, x_items, y_items)
    try:
        with _opened(path) as file:
            loaded = _loaded(file, path, chosen)
    except (InputError, MemoryError):
        raise
    # damaged bytes make scipy raise any exception
    except Exception as error:
        raise InputError(f"{path} is damaged or no .mat file of MATLAB: {first_line(error)}") from error
    return with_labels_known(without_features(loaded, ignore, path), path, unknown)


@contextmanager
def _opened(path: Path) -> Iterator["_UpToVersion7 | MatlabInHdf5"]:
    with path.open("rb") as head:
        start = head.read(HEADER + len(HDF5_MARK))
    if start.startswith(HDF5_MARK) or start[HEADER:] == HDF5_MARK:
        import h5py  # needed by these files alone

        with h5py.File(path, "r") as file:
            yield MatlabInHdf5(file, path)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is then refused, or of variables that are not used
            yield _UpToVersion7(path)


class _UpToVersion7:
    """The variables of a .mat of versions 4 to 7."""

    def __init__(self, path: Path) -> None:
        """Shapes and types are read, no numbers."""
        from scipy.io import whosmat

        self.path, self.shapes = path, {}
        self.variables: dict[str, str] = {}
        for name, shape, kind in whosmat(path, appendmat=False):
            if name in self.variables:
                raise InputError(f"{path} holds the variable {name[:80]!r} twice; each must stand once")
            self.variables[name], self.shapes[name] = kind, shape
            progress()

    def numbers(self, name: str) -> np.ndarray | csr_array:
        """A matrix."""
        found = self._loaded(name)
        if issparse(found):
            return csr_array(found)
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "biuf":
            raise InputError(f"{self.path}: {name} is no matrix of real numbers")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A cell of texts, or the rows of a matrix of characters."""
        found = self._loaded(name)
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "UO":
            raise InputError(f"{self.path}: {name} is of type {self.variables[name]}; it must be a cell of texts")
        if found.dtype.kind == "U":
            return tuple(text.rstrip() for text in found.ravel().tolist())
        texts = []
        for at, cell in enumerate(found.ravel(order="F")):
            if not isinstance(cell, np.ndarray) or (cell.size and cell.dtype.kind != "U") or cell.size > 1:
                raise InputError(f"{self.path}: cell {at} of {name} is no text; a cell of texts is needed")
            texts.append(str(cell.ravel()[0]) if cell.size else "")
        return tuple(texts)

    def _loaded(self, name: str) -> Any:
        from scipy.io import loadmat

        shape = self.shapes[name]
        if self.variables[name] != "sparse":
            needed = math.prod(map(int, shape)) * 8
            claim = f"{self.path}: {name} claims {' x '.join(map(str, shape))} entries"
            refuse_large(needed, self.path.stat().st_size, claim)
        progress()
        # the memory of anything else is bounded by the process
        return loadmat(self.path, appendmat=False, variable_names=[name], spmatrix=False)[name]


def _loaded(file: "_UpToVersion7 | MatlabInHdf5", path: Path, chosen: Options) -> LoadedData:
    pairs, said = _pairs(file.variables, path, chosen)
    matrices = {part: tuple(_numbers(file, name, path) for name in names) for part, names in pairs.items()}
    first = next(iter(pairs.values()))
    shapes = [Pair(x.shape, y.shape) for x, y in matrices.values()]
    found, turned = orientation(shapes, path, first, chosen.x_items, chosen.y_items, rows_first=False)
    names = {field: _texts(file, words) for field, words in NAMES.items()}
    features, labels = names["feature_names"], names["label_names"]
    parts = {}
    for part, (x, y) in matrices.items():
        x, y = upright(x, found.x), upright(y, found.y)
        if isinstance(x, csr_array):
            refuse_wide(x, path.stat().st_size, f"{path}: {pairs[part][0]}")
        if isinstance(y, csr_array):
            refuse_many_labels(y, path.stat().st_size, f"{path}: {pairs[part][1]}")
        parts[part] = LoadedData(x, y, feature_names=features, label_names=labels)
    if len(parts) > 1:
        loaded = join_parts(parts, path)
    else:
        split = names["split"]
        loaded = replace(
            next(iter(parts.values())),
            item_names=names["item_names"],
            split=None if split is None else np.array(split),
        )
    return replace(loaded, said=(*said, *turned, *loaded.said))


def _numbers(file: "_UpToVersion7 | MatlabInHdf5", name: str, path: Path) -> np.ndarray | csr_array:
    kind = file.variables[name]
    if kind not in NUMBERS:
        raise InputError(f"{path}: {name} is of type {kind}; it must be a matrix of numbers")
    return file.numbers(name)


def _texts(file: "_UpToVersion7 | MatlabInHdf5", words: tuple[str, ...]) -> tuple[str, ...] | None:
    found = [name for name, kind in file.variables.items() if name.casefold() in words and kind in ("cell", "char")]
    return file.texts(found[0]) if found else None


def _pairs(
    variables: Mapping[str, str], path: Path, chosen: Options
) -> tuple[dict[str, tuple[str, str]], tuple[str, ...]]:
    """The names of features and labels by part; a set without parts is ``train`` alone."""
    for name, option in ((chosen.x, "x"), (chosen.y, "y")):
        if name and name not in variables:
            raise InputError(f"{path} has no variable {name[:80]!r} (option {option}); it holds {_held(variables)}")
    by_part = {
        part: (_called(variables, X_NAMES, words), _called(variables, Y_NAMES, words)) for part, words in PARTS.items()
    }
    whole = (
        [chosen.x] if chosen.x else _called(variables, X_NAMES, ()),
        [chosen.y] if chosen.y else _called(variables, Y_NAMES, ()),
    )
    parts = {part: (xs, ys) for part, (xs, ys) in by_part.items() if xs and ys}
    if not chosen.x and not chosen.y and {"train", "test"} <= parts.keys():
        pairs = {part: (_one(xs, "features", path), _one(ys, "labels", path)) for part, (xs, ys) in parts.items()}
        unused = [name for names in whole for name in names if variables[name] in NUMBERS]
        said = (f"{listed(unused)} not used beside the parts for training and testing",) if unused else ()
        return pairs, said
    for names, what, option in zip(whole, ("features", "labels"), ("x", "y"), strict=True):
        if not names:
            usual = ", ".join(X_NAMES if option == "x" else Y_NAMES)
            raise InputError(
                f"{path} has no {what} (a matrix called {usual}); it holds {_held(variables)}; {option}=NAME says which"
            )
    return {"train": (_one(whole[0], "features", path, "x"), _one(whole[1], "labels", path, "y"))}, ()


def _called(variables: Mapping[str, str], names: tuple[str, ...], words: tuple[str, ...]) -> list[str]:
    """The variables that have one of the names, with one of the words before or behind."""
    wanted = {f"{a}{line}{b}" for line in ("_", "") for word in words for n in names for a, b in ((word, n), (n, word))}
    found = [name for name in variables if name.casefold() in (wanted if words else set(names))]
    # a cell called labels, beside a matrix called target, holds names
    return [name for name in found if variables[name] in NUMBERS] or found


def _one(found: list[str], what: str, path: Path, option: str = "") -> str:
    if len(found) > 1:
        way = f"; {option}=NAME says which" if option else ""
        raise InputError(f"{path} has {what} under the names {' and '.join(found)}; one of them needed{way}")
    return found[0]


def _held(variables: Mapping[str, str]) -> str:
    return listed([f"{name} ({kind})" for name, kind in variables.items()])


MAT = Reader(
    "mat",
    "MATLAB",
    (".mat",),
    read_mat,
    params=declared_options(read_mat),
    libraries=("scipy.io", "h5py"),
)
