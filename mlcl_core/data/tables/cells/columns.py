"""A column as the forms of label cells see it: its kind, its texts, its lists."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.progress import progress
from mlcl_core.data.tables.arrow_types import is_list, is_number

TEXT, NUMBER, LIST, OBJECT, OTHER = "text", "number", "list", "object", "other"
KINDS = (TEXT, NUMBER, LIST, OBJECT, OTHER)
ROWS = 1 << 17  # worked on at once


class CellError(ValueError):
    """A cell that does not fit the form of its column.

    Args:
        row: Its row, from 0; None: the column as a whole.
        right: What is wrong, and what would be right.
    """

    def __init__(self, row: int | None, right: str) -> None:
        """The message is ``right``."""
        super().__init__(right)
        self.row, self.right = row, right


class Cells:
    """A column, its name, and the names of its classes where cells hold numbers of classes."""

    def __init__(self, column: pa.ChunkedArray, name: str, classes: Sequence[str] | None = None) -> None:
        """Dictionaries are decoded, and bytes are texts where they are UTF-8."""
        self.column, self.name, self.classes = _plain(column), name, classes
        self.kind = _kind(self.column.type)

    def __len__(self) -> int:
        """Rows."""
        return len(self.column)

    def slices(self) -> Iterator[pa.Array]:
        """The column in parts of at most ``ROWS`` rows; each is reported as progress."""
        for chunk in self.column.chunks:
            for start in range(0, len(chunk), ROWS):
                yield chunk.slice(start, ROWS)
                progress()

    @cached_property
    def counts(self) -> Counter[str]:
        """The different texts that are not blank, without surrounding blanks, and their cells; of text columns."""
        found: Counter[str] = Counter()
        if self.kind == TEXT:
            for part in self.slices():
                for one in pc.value_counts(part).to_pylist():
                    text = (one["values"] or "").strip()
                    if text:
                        found[text] += one["counts"]
        return found

    def row_of(self, text: str) -> int:
        """The first row whose cell is a text, blanks around it left out."""
        return next(row for row, cell in enumerate(self.column) if (cell.as_py() or "").strip() == text)

    @cached_property
    def numbers(self) -> np.ndarray:
        """A column of numbers as float64 with NaN for nulls."""
        return self.column.cast(pa.float64(), safe=False).to_numpy()


def is_text(kind: pa.DataType) -> bool:
    """Whether Arrow holds texts in this type."""
    types = pa.types
    return types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)


def holds_byte(texts: pa.Array, char: str) -> bool:
    """Whether an ASCII character stands in any text of an array, by a look at its bytes alone."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return False
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    places = np.frombuffer(offsets, dtype=width, count=texts.offset + len(texts) + 1)
    held = np.frombuffer(data, dtype=np.uint8)[places[texts.offset] : places[-1]]
    return bool((held == ord(char)).any())


def lengths_of(lists: pa.Array) -> np.ndarray:
    """The number of entries of each list; 0 for null, as flattening leaves its entries out."""
    return pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False).astype(np.int64)


def decoded(values: pa.Array) -> pa.Array:
    """Values without dictionary, and bytes as texts.

    Raises:
        pyarrow.ArrowInvalid: Bytes that are no UTF-8.
    """
    if isinstance(values.type, pa.BaseExtensionType):
        values = values.storage
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    types = pa.types
    binary = (types.is_binary, types.is_large_binary, types.is_binary_view, types.is_fixed_size_binary)
    if any(test(values.type) for test in binary):
        if not types.is_large_binary(values.type):
            values = values.cast(pa.large_binary())
        return values.cast(pa.large_string())
    viewed = types.is_string_view(values.type) or types.is_null(values.type)
    return values.cast(pa.large_string()) if viewed else values


def shown(value: Any) -> str:
    """A cell as errors show it, in one line."""
    if value is None or value == "":
        return "empty"
    text = repr(value) if isinstance(value, str) else " ".join(f"{value}".split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        chunks = [decoded(chunk) for chunk in column.chunks]
    except pa.ArrowInvalid:
        # no UTF-8: the column stays bytes, which are no labels
        return column
    return pa.chunked_array(chunks) if chunks else pa.chunked_array([], _plain_type(column.type))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _kind(kind: pa.DataType) -> str:
    if is_text(kind) or pa.types.is_null(kind):
        return TEXT
    if is_number(kind):
        return NUMBER
    if is_list(kind):
        return LIST
    return OBJECT if pa.types.is_struct(kind) or pa.types.is_map(kind) else OTHER
