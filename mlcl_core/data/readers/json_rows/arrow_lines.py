"""JSON lines by pyarrow, which reads many times faster than Python, where every key has one type."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.json as arrow_json

from mlcl_core.data.progress import progress

BLOCK = 1 << 22  # bytes parsed at once; a longer line is left to Python
DEEPEST = 200  # brackets in a line, beyond which pyarrow's parser may end the process: its recursion has no limit
OPENING = ord("{")  # "[" with the bit 0x20
FLATTENED = 0x20
LINE_END = ord("\n")


def read_lines(source: Path | bytes, kinds: pa.Schema, wanted: Iterable[str]) -> pa.Table | None:
    """The table of a file of JSON lines; None where Python has to read it.

    Args:
        source: The file, in UTF-8, or its contents.
        kinds: The types of the keys that are known to have one.
        wanted: The keys that are needed.

    Edge cases:
        None, where a value is of another type, a line is no object, deeper than ``DEEPEST`` or longer than ``BLOCK``, a
        key stands twice, or bytes are no UTF-8: Python reads such a file, or names what is wrong.
    """
    options = arrow_json.ParseOptions(explicit_schema=kinds, unexpected_field_behavior="infer")
    try:
        with _Shallow(source) as file:
            table = arrow_json.read_json(file, arrow_json.ReadOptions(block_size=BLOCK), options)
        if not set(wanted) <= set(table.column_names):
            return None
        table.select(list(wanted)).validate(full=True)
    except (pa.ArrowException, ValueError, MemoryError):
        return None
    return table


class _Shallow(io.RawIOBase):
    """Bytes that report progress when they are read, and refuse a line of too many brackets."""

    def __init__(self, source: Path | bytes) -> None:
        super().__init__()
        self.source = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        self.open_brackets = 0  # of the line that goes on from one piece to the next

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        piece = self.source.read(-1 if size is None else size)
        progress()
        self._check(piece)
        return piece

    def close(self) -> None:
        self.source.close()
        super().close()

    def _check(self, piece: bytes) -> None:
        found = np.frombuffer(piece, np.uint8)
        opening = (found | FLATTENED) == OPENING
        ends = np.flatnonzero(found == LINE_END)
        if not len(ends):
            self.open_brackets += int(np.count_nonzero(opening))
            most = self.open_brackets
        else:
            first = self.open_brackets + int(np.count_nonzero(opening[: ends[0]]))
            counts = np.add.reduceat(opening, ends, dtype=np.int32)
            self.open_brackets = int(counts[-1])
            most = max(first, int(counts.max()))
        if most > DEEPEST and _depth(piece) > DEEPEST:
            raise ValueError("nested too deeply")


def _depth(piece: bytes) -> int:
    """The most brackets that are open at once in a line, brackets in texts among them."""
    deepest = 0
    for line in piece.split(b"\n"):
        if line.count(b"[") + line.count(b"{") > DEEPEST:
            found = np.frombuffer(line, np.uint8) | FLATTENED
            steps = (found == OPENING).astype(np.int32) - (found == OPENING + 2)
            deepest = max(deepest, int(np.cumsum(steps).max()))
    return deepest
