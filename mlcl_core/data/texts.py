"""Texts of items in Arrow: a million of them take their bytes and nothing more, or are a file mapped into memory."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool

SHOWN = 80  # characters of a text in an item's name


class Texts:
    """One text per item, in Arrow.

    Args:
        column: Texts without nulls; an item without text has the empty one.
        file: The Arrow file that holds the column; None: it is in memory.
    """

    def __init__(self, column: pa.ChunkedArray, file: Path | None = None) -> None:
        """Wrap a column."""
        self.column = column
        self.file = file

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Texts":
        """Texts from a sequence in memory."""
        return cls(pa.chunked_array([pa.array(texts, pa.large_string())]))

    @classmethod
    def mapped(cls, path: Path, column: str) -> "Texts":
        """Texts of an Arrow file, read from the disk when they are accessed."""
        with pa.memory_map(str(path)) as source:
            return cls(pa.ipc.open_file(source).read_all()[column], path)

    def __len__(self) -> int:
        """The number of texts."""
        return len(self.column)

    def __getitem__(self, row: int) -> str:
        """The text of a row."""
        return self.column[row].as_py()

    def some(self, rows: Any) -> list[str]:
        """The texts of several rows: a slice, or row numbers in an array or a tensor."""
        chosen = self.column[rows] if isinstance(rows, slice) else self.column.take(pa.array(np.asarray(rows)))
        return chosen.to_pylist()

    def holding(self, part: str) -> Bool[np.ndarray, " n"]:
        """Which texts contain ``part``, ignoring case."""
        found = pc.match_substring(self.column, part, ignore_case=True)
        return found.combine_chunks().to_numpy(zero_copy_only=False)

    @property
    def shape(self) -> tuple[int]:
        """The shape as of a tensor: the number of items."""
        return (len(self),)

    def names(self) -> tuple[str, ...]:
        """Names for the items: the beginning of each text in one line, or the row number where the text is empty."""
        line = pc.utf8_slice_codeunits(self.column, 0, 4 * SHOWN)
        line = pc.utf8_trim_whitespace(pc.replace_substring_regex(line, r"\s+", " "))
        cut = pc.binary_join_element_wise(
            pc.utf8_slice_codeunits(line, 0, SHOWN - 1),
            pa.scalar("…", pa.large_string()),
            pa.scalar("", pa.large_string()),
        )
        short = pc.if_else(pc.greater(pc.utf8_length(line), SHOWN), cut, line)
        return tuple(name or f"row {row}" for row, name in enumerate(short.to_pylist()))


def digest(texts: Sequence[str]) -> str:
    """A hash of these texts in this order."""
    found = hashlib.sha256()
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass")
        found.update(len(raw).to_bytes(8, "little") + raw)
    return found.hexdigest()
