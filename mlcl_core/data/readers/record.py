"""The record that describes a reader of files, and the data that it returns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.pictures import Pictures
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError
from mlcl_core.options import Option

QUOTED = 300  # characters of a library's message


@dataclass(frozen=True)
class LoadedData:
    """Items and labels as a file holds them, not yet checked by :func:`mlcl_core.data.files.build_dataset`.

    Args:
        x: Numbers, rows x features, sparse where the file is sparse; or a text or a picture for each row.
        y: 0 and 1, rows x labels; sparse where the file is sparse, else dense.
        feature_names, label_names, item_names: One per column, one per row; None where the file has none.
        split: A word for each row; None where the file has none.
        groups: Rows with the same number fall into the same split where splits are drawn; None: each row by itself.
        said: What was taken without a question, one sentence each.
        left_out: The rows of the file that are no items here, counted from 0, and why.
        missing: What is missing, where there are labels and no items; ``x`` then has no columns.
        schema: What the columns were taken for, as :meth:`TableSchema.plain`; None where the format is no table.
    """

    x: np.ndarray | csr_array | Texts | Pictures
    y: np.ndarray | csr_array
    feature_names: tuple[str, ...] | None = None
    label_names: tuple[str, ...] | None = None
    item_names: tuple[str, ...] | None = None
    split: np.ndarray | None = None
    groups: np.ndarray | None = None
    said: tuple[str, ...] = ()
    left_out: tuple[tuple[int, str], ...] = ()
    missing: str = ""
    schema: Mapping[str, Any] | None = None

    @property
    def rows(self) -> int:
        """The number of items."""
        return self.x.shape[0] if isinstance(self.x, csr_array) else len(self.x)

    def first_numbers(self, count: int) -> np.ndarray | None:
        """The numbers of the first items, dense; None where items are texts or pictures."""
        if isinstance(self.x, Texts | Pictures):
            return None
        return self.x[:count].toarray() if isinstance(self.x, csr_array) else self.x[:count]


@dataclass(frozen=True)
class Reader:
    """A reader for one format.

    Every format is read in a separate process, by :mod:`mlcl_core.data.reader_client`: all of them use libraries in C
    (h5py, pyarrow, Pillow, scikit-learn, expat) or expand a small file into large arrays (npz), so that a damaged file
    could make them hang or take all memory. A reader calls :func:`progress` as it goes along, and :func:`refuse_large`
    before it takes memory.

    Args:
        name: The key in ``READERS``.
        title: A few words for forms.
        suffixes: Endings of files, with the dot; none for a folder.
        read: ``read(path, **params)`` returns the contents, or raises :class:`InputError` with one line that names
            file, row and column.
        params: Its parameters.
        libraries: Modules to import before its memory is limited.
        locate: Where files hold rows and columns: finds the table of a path, a
            :class:`mlcl_core.data.tables.reader.LocatedTable`.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read: Callable[..., LoadedData]
    params: Mapping[str, Option] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()
    locate: Callable[[Path], Any] | None = None


def require_file(path: Path) -> None:
    """Refuse a path where there is neither a file nor a folder.

    Raises:
        InputError: There is no such file.
    """
    if not (path.is_file() or path.is_dir()):
        raise InputError(f"there is no file {path}")


def in_one_line(text: str) -> str:
    """A text in one line: line ends and control characters are written as Python's escapes."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def first_line(error: Exception) -> str:
    """The first line of an exception's message, shortened, as it may quote the file."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:QUOTED]
