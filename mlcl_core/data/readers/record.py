"""What a reader of files is, and what it gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.pictures import Pictures
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError
from mlcl_core.options import Option

QUOTED = 300  # characters of what a library says


@dataclass(frozen=True)
class LoadedData:
    """Items and labels as a file holds them; :func:`mlcl_core.data.files.load_file` checks what they say.

    Args:
        x: Numbers, rows x features; or a text or a picture for each row.
        y: 0 and 1, rows x labels; dense, or sparse where the file is.
        feature_names, label_names, item_names: One a column, one a row; None where the file has none.
        split: A word for each row; None where the file has none.
        groups: Rows of one number fall into the same split where splits are drawn; None: each by itself.
    """

    x: np.ndarray | Texts | Pictures
    y: np.ndarray | csr_array
    feature_names: tuple[str, ...] | None = None
    label_names: tuple[str, ...] | None = None
    item_names: tuple[str, ...] | None = None
    split: np.ndarray | None = None
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class Reader:
    """One format: ``read(path, **params)`` gives what is in the file, or raises :class:`InputError` in one line that
    names file, row and column. A folder has no suffix.

    Every format is read in a separate process, by :mod:`mlcl_core.data.reader_client`: all of them use libraries in C
    (h5py, pyarrow, Pillow, scikit-learn, expat) or expand a small file into large arrays (npz), so that a damaged file
    could make them hang or take all memory. A reader calls :func:`progress` as it goes along, and :func:`refuse_large`
    before it takes memory.
    ``libraries`` are imported before its memory is limited.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read: Callable[..., LoadedData]
    params: Mapping[str, Option] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()


def existing(path: Path) -> Path:
    """The path, if there is a file or a folder.

    Raises:
        InputError: There is none.
    """
    if not (path.is_file() or path.is_dir()):
        raise InputError(f"there is no file {path}")
    return path


def in_one_line(text: str) -> str:
    """A text with what a line can't show (line ends, control characters) written as Python escapes it."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def first_line(error: Exception) -> str:
    """What an exception says, in one line; not much of what it quotes of a file."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:QUOTED]
