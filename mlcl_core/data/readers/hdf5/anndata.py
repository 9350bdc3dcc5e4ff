"""AnnData's .h5ad: a matrix of observations, and among their columns the labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from scipy.sparse import csr_array, hstack

from mlcl_core.data.limits import MAX_COLUMNS
from mlcl_core.data.readers.hdf5.access import located, matrix, numbers, texts
from mlcl_core.data.readers.label_numbers import Unknown, with_labels_known
from mlcl_core.data.readers.named import Ignore, listed, without_features
from mlcl_core.data.readers.named import named as chosen
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.data.readers.sparse import refuse_wide
from mlcl_core.data.tables.question import Choice, Question, QuestionError
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

if TYPE_CHECKING:
    import h5py

OBSM = "obsm/"
CALLED = ("labels", "label", "tags", "categories", "classes", "targets", "target")
MAX_CATEGORIES = 10_000
MAX_CHOICES = 4
OLD = "was written by anndata before 0.7; read it and write it again with a newer one"


@dataclass(frozen=True)
class Labels:
    """Some labels of every observation.

    Args:
        y: Rows x labels; NaN is unknown.
        names: Of the labels.
        exclusive: Whether each row has exactly one, as categories have.
    """

    y: csr_array
    names: tuple[str, ...]
    exclusive: bool = False


def read_anndata(
    path: Path,
    labels: Annotated[
        str,
        Param(
            "The labels: columns of obs (of 0 and 1, or categories), separated by commas, or a matrix, obsm/NAME; "
            "empty: the only ones there are.",
            max_length=20_000,
            examples=("is_*", "cell_type", "obsm/labels"),
        ),
    ] = "",
    x: Annotated[
        str,
        Param("The features: X, layers/NAME or obsm/NAME.", examples=("X", "layers/counts", "obsm/X_pca")),
    ] = "X",
    group: Annotated[
        str,
        Param("A column of obs whose equal values stay together where splits are drawn.", examples=("donor", "batch")),
    ] = "",
    ignore: Ignore = "",
    unknown: Unknown = "",
) -> LoadedData:
    """Read an .h5ad file; anything that refers to another file is refused and never opened.

    Args:
        path: The file.
        labels: Columns of ``obs``, or a matrix in ``obsm``.
        x: The matrix of features.
        group: A column of ``obs``.
        ignore: Features that are left out, by the names in ``var``.
        unknown: What a missing value in a label counts as.

    Edge cases:
        A column of categories gives a label for each category. A column called split holds the splits. Without
        ``labels``, columns of 0 and 1 together, a matrix of 0 and 1 in ``obsm``, and each column of categories are
        candidates: the only one, or the only one called labels or the like, is taken and said.

    Raises:
        InputError: A truncated or foreign file, another layout than anndata's since 0.7, a column or matrix that is
            not there, labels other than 0 and 1, links to other files, more bytes than such a file could hold.
        QuestionError: Several candidates for the labels.
    """
    import h5py  # needed by these files alone

    try:
        with h5py.File(path, "r") as file:
            return _Observations(file, path).loaded(labels, x, group, ignore, unknown)
    except InputError:
        raise
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged or not an .h5ad file: {first_line(error)}") from error


class _Observations:
    """An open file: the columns of ``obs``, and the matrices beside them."""

    def __init__(self, file: "h5py.File", path: Path) -> None:
        """The columns are listed, none is read."""
        import h5py

        self.file, self.path = file, path
        for name in ("obs", "var"):
            if name not in file:
                raise InputError(f"{path} has no {name}; it holds {listed(sorted(file))}; obs, var and X are needed")
            if not isinstance(located(file, name, path), h5py.Group):
                raise InputError(f"{path}: {name} is no group; it {OLD}")
        self.index = self._attribute("obs", "_index")
        self.columns = [name for name in file["obs"] if name not in (self.index, "__categories")]

    def loaded(self, labels: str, x: str, group: str, ignore: str, unknown: str) -> LoadedData:
        """Items and labels, as the options say."""
        parts = x.split("/")
        if parts[0] not in ("X", "layers", "obsm") or len(parts) != 1 + (parts[0] != "X"):
            raise InputError(f"{self.path}: x is {x[:80]!r}; it must be X, layers/NAME or obsm/NAME")
        features = matrix(self.file, x, self.path)
        if isinstance(features, csr_array):
            refuse_wide(features, self.path.stat().st_size, f"{self.path}: {x}")
        rows = features.shape[0]
        found, said = self._labels(labels, rows)
        y = csr_array(hstack([one.y for one in found], format="csr"))
        names = None if parts[0] == "obsm" else texts(self.file, f"var/{self._attribute('var', '_index')}", self.path)
        split = self._words("split", rows) if "split" in self.columns else None
        groups = np.unique(self._words(self._column(group), rows), return_inverse=True)[1] if group else None
        loaded = LoadedData(
            features,
            y,
            feature_names=names,
            label_names=tuple(name for one in found for name in one.names),
            item_names=texts(self.file, f"obs/{self.index}", self.path),
            split=split,
            groups=groups,
            said=said,
        )
        return with_labels_known(without_features(loaded, ignore, self.path), self.path, unknown)

    def _attribute(self, group: str, name: str) -> str:
        value = located(self.file, group, self.path).attrs.get(name, "")
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        if not text or text not in self.file[group]:
            raise InputError(f"{self.path}: {group} does not say which of its columns is the index; it {OLD}")
        return text

    def _column(self, name: str) -> str:
        if name not in self.columns:
            raise InputError(f"{self.path}: obs has no column {name[:80]!r}; there are {listed(self.columns)}")
        return name

    def _labels(self, asked: str, rows: int) -> tuple[list[Labels], tuple[str, ...]]:
        if asked.startswith(OBSM):
            return [self._matrix(asked, rows)], ()
        if asked:
            names = chosen(self.columns, asked, "labels", self.path)
            return [self._of_column(name, rows, alone=len(names) == 1) for name in names], ()
        return self._only_candidate(rows)

    def _only_candidate(self, rows: int) -> tuple[list[Labels], tuple[str, ...]]:
        """The labels that nothing else in the file could be, or a question."""
        binary = [name for name in self.columns if self._is_binary(name, rows)]
        candidates = {",".join(binary): [self._of_column(name, rows) for name in binary]} if binary else {}
        for name in self.file.get("obsm", ()):
            if self._is_binary_matrix(f"{OBSM}{name}", rows):
                candidates[f"{OBSM}{name}"] = [self._matrix(f"{OBSM}{name}", rows)]
        for name in self.columns:
            if name not in ("split", *binary) and self._is_categorical(name):
                candidates[name] = [self._of_column(name, rows, alone=True)]
        if not candidates:
            needed = "labels=COLUMN,COLUMN or labels=obsm/NAME says which"
            raise InputError(f"{self.path}: no column of obs holds 0 and 1 or categories; {needed}")
        called = [name for name in candidates if name.removeprefix(OBSM).casefold() in CALLED]
        if len(candidates) > 1 and len(called) != 1:
            choices = tuple(
                Choice(_reading(found), {"labels": name}) for name, found in list(candidates.items())[:MAX_CHOICES]
            )
            more = f" (and {len(candidates) - MAX_CHOICES} more)" * (len(candidates) > MAX_CHOICES)
            raise QuestionError(self.path, (Question(f"which are the labels?{more}", choices),))
        name = called[0] if len(candidates) > 1 else next(iter(candidates))
        return candidates[name], (f"the labels are {name}: {_reading(candidates[name])}",)

    def _matrix(self, name: str, rows: int) -> Labels:
        if columns := self._columns_of(name):
            numbered = [self._values(f"{name}/{column}", rows) for column in columns]
            return Labels(csr_array(np.stack(numbered, 1)), columns)
        y = csr_array(matrix(self.file, name, self.path))
        if y.shape[0] != rows:
            raise InputError(f"{self.path}: {name} has {y.shape[0]:,} rows, the features have {rows:,}")
        short = name.removeprefix(OBSM)
        return Labels(y, tuple(f"{short} {column}" for column in range(y.shape[1])))

    def _columns_of(self, name: str) -> tuple[str, ...]:
        """The columns of a matrix that is a data frame; none where it is no such."""
        import h5py

        found = located(self.file, name, self.path)
        if not isinstance(found, h5py.Group) or "_index" not in found.attrs:
            return ()
        index = self._attribute(name, "_index")
        order = [str(column) for column in np.ravel(found.attrs.get("column-order", ()))]
        return tuple(column for column in order or found if column != index)

    def _is_binary_matrix(self, name: str, rows: int) -> bool:
        try:
            if columns := self._columns_of(name):
                return all(np.isin(self._values(f"{name}/{column}", rows), (0, 1)).all() for column in columns)
            y = matrix(self.file, name, self.path)
        except InputError:  # texts, or of another length
            return False
        values = y.data if isinstance(y, csr_array) else y
        return y.shape[0] == rows and 0 < y.shape[1] <= MAX_COLUMNS and bool(np.isin(values, (0, 1)).all())

    def _is_categorical(self, name: str) -> bool:
        import h5py

        found = located(self.file, f"obs/{name}", self.path)
        return isinstance(found, h5py.Group) and "codes" in found

    def _is_binary(self, name: str, rows: int) -> bool:
        import h5py

        found = located(self.file, f"obs/{name}", self.path)
        if isinstance(found, h5py.Group) and "values" not in found:
            return False
        if isinstance(found, h5py.Dataset) and found.dtype.kind not in "biuf":
            return False
        values = self._values(f"obs/{name}", rows)
        return bool((np.isin(values, (0, 1)) | np.isnan(values)).all())

    def _values(self, place: str, rows: int) -> np.ndarray:
        """The numbers of a column; NaN where it has none."""
        import h5py

        found = located(self.file, place, self.path)
        if isinstance(found, h5py.Group) and "values" in found:
            values = numbers(self.file, f"{place}/values", self.path, axes=1).astype(float)
            masked = numbers(self.file, f"{place}/mask", self.path, axes=1).astype(bool)
            if len(masked) == len(values):
                values[masked] = np.nan
        else:
            values = numbers(self.file, place, self.path, axes=1).astype(float)
        if len(values) != rows:
            raise InputError(f"{self.path}: {place} has {len(values):,} rows, the features have {rows:,}")
        return values

    def _of_column(self, name: str, rows: int, *, alone: bool = False) -> Labels:
        """The labels of a column: itself, or its categories."""
        if not self._is_categorical(name):
            return Labels(csr_array(self._values(f"obs/{name}", rows)[:, None]), (name,))
        codes, categories = self._categories(name, rows)
        words = [category.casefold() for category in categories]
        if sorted(words) in (["false", "true"], ["no", "yes"], ["0", "1"]):
            says = np.array([float(word in ("true", "yes", "1")) for word in words])
            return Labels(csr_array(np.where(codes < 0, np.nan, says[codes])[:, None]), (name,))
        held = codes >= 0
        gaps, width = np.flatnonzero(~held), len(categories)
        at = np.concatenate([np.flatnonzero(held), np.repeat(gaps, width)])
        columns = np.concatenate([codes[held], np.tile(np.arange(width), len(gaps))])
        carried = np.concatenate([np.ones(held.sum()), np.full(len(gaps) * width, np.nan)])
        y = csr_array((carried, (at, columns)), shape=(rows, width))
        return Labels(y, categories if alone else tuple(f"{name}={one}" for one in categories), exclusive=True)

    def _categories(self, name: str, rows: int) -> tuple[np.ndarray, tuple[str, ...]]:
        codes = numbers(self.file, f"obs/{name}/codes", self.path, axes=1).astype(np.int64)
        kind = located(self.file, f"obs/{name}/categories", self.path)
        if getattr(kind, "dtype", None) is not None and kind.dtype.kind in "biuf":
            found = numbers(self.file, f"obs/{name}/categories", self.path, axes=1)
            categories: Sequence[str] = [f"{value:g}" for value in found.tolist()]
        else:
            categories = texts(self.file, f"obs/{name}/categories", self.path) or ()
        if len(categories) > MAX_CATEGORIES:
            raise InputError(f"{self.path}: obs/{name} has {len(categories):,} categories; at most {MAX_CATEGORIES:,}")
        if len(codes) != rows or (len(codes) and not -1 <= codes.min() <= codes.max() < len(categories)):
            raise InputError(f"{self.path}: obs/{name} is damaged: its codes fit neither the rows nor its categories")
        return codes, tuple(categories)

    def _words(self, name: str, rows: int) -> np.ndarray:
        """The values of a column as texts."""
        if self._is_categorical(name):
            codes, categories = self._categories(name, rows)
            return np.array([*categories, ""], dtype=str)[codes]
        found = located(self.file, f"obs/{name}", self.path)
        if getattr(found, "dtype", None) is not None and found.dtype.kind in "biuf":
            return np.array([f"{value:g}" for value in self._values(f"obs/{name}", rows).tolist()])
        words = texts(self.file, f"obs/{name}", self.path) or ()
        if len(words) != rows:
            raise InputError(f"{self.path}: obs/{name} has {len(words):,} rows, the features have {rows:,}")
        return np.array(words, dtype=str)


def _reading(found: list[Labels]) -> str:
    names = [name for one in found for name in one.names]
    one = ", one an item" if len(found) == 1 and found[0].exclusive else ""
    return f"{len(names):,} label{'s'[: len(names) != 1]}{one}: {listed(names, 3)}"


ANNDATA = Reader(
    "anndata",
    "AnnData",
    (".h5ad",),
    read_anndata,
    params=declared_options(read_anndata),
    libraries=("h5py",),
)
