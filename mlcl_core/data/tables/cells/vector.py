"""Cells that hold a vector of 0 and 1, one place a label: [0, 0, 1], 0 0 1 or 001."""

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.arrow_types import is_number
from mlcl_core.data.tables.cells.columns import LIST, TEXT, CellError, Cells, lengths_of
from mlcl_core.data.tables.cells.literals import Misfit, is_bracketed, parsed
from mlcl_core.data.tables.cells.looks import label_reading
from mlcl_core.data.tables.cells.record import CellForm, CellReading, Entries
from mlcl_core.data.tables.cells.values import zero_one
from mlcl_core.data.tables.question import Choice, Question

DIGITS = re.compile(r"[01]+")
PARTED = re.compile(r"[01](?:(?:\s*[,;|]\s*|\s+)[01])+")
SURE = 3  # places from which a vector is no set of class numbers: 0 and 1 would have to repeat


def look(cells: Cells, separator: str) -> CellReading | None:
    """Vectors of one length; a question where two places could also be the classes 0 and 1."""
    found = _in_lists(cells) if cells.kind == LIST else _in_texts(cells)
    if found is None:
        return None
    width, other = found
    entries = read(cells, separator)
    reading = label_reading(cells, entries, "vector", "", f"cells are vectors of {width} places", certain=True)
    if not other:
        return reading
    choices = (
        Choice(f"vectors of 0 and 1, {width} labels", {"cell": "vector"}),
        Choice("sets of the class numbers 0 and 1", other),
    )
    text = (
        f"column {cells.name!r}: every cell has {width} numbers, 0 or 1: are they a vector or class numbers?"
        if width > 1
        else f"column {cells.name!r}: every cell has one number, 0 or 1: is it a vector of one label or a class number?"
    )
    return replace(reading, questions=(Question(text, choices, cells.name),), strength=0.5 * reading.strength)


def read(cells: Cells, separator: str) -> Entries:
    """The places of each cell that are 1; a blank cell has none."""
    bits = _of_lists(cells) if cells.kind == LIST else _of_texts(cells)
    lengths, codes, width = bits
    if cells.classes and len(cells.classes) != width:
        raise CellError(None, f"holds vectors of {width} places for {len(cells.classes)} classes")
    return Entries(lengths, codes, [str(place) for place in range(width)], ordered=True)


def _in_lists(cells: Cells) -> tuple[int, dict[str, str]] | None:
    """The length of all vectors and the options of the other reading, if there is one; None for no vectors."""
    kind = cells.column.type.value_type
    if not is_number(kind):
        return None
    widths: set[int] = set()
    for part in cells.slices():
        values = pc.list_flatten(part)
        if values.null_count or not _all_zero_one(values):
            return None
        widths.update(lengths_of(part.drop_null()).tolist())
    if len(widths) != 1 or widths == {0}:
        return None
    width = widths.pop()
    sure = width >= SURE or pa.types.is_boolean(kind)
    return width, {} if sure else {"cell": "arrow_list"}


def _all_zero_one(values: pa.Array) -> bool:
    if pa.types.is_boolean(values.type):
        return True
    numbers = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return bool(((numbers == 0) | (numbers == 1)).all())


def _in_texts(cells: Cells) -> tuple[int, dict[str, str]] | None:
    texts = list(cells.counts)
    if not texts:
        return None
    if all(map(DIGITS.fullmatch, texts)):
        widths = {len(text) for text in texts}
        return (widths.pop(), {}) if len(widths) == 1 and min(widths) >= SURE else None
    width = 0
    for text in texts:
        bits = _bits(text)
        if bits is None or len(bits) != (width or len(bits)):
            return None
        width = len(bits)
    bracketed = is_bracketed(texts[0])
    marks = Counter(mark for text in texts for mark in re.sub(r"[01]", "", text))
    mark = next((mark for mark in ";|," if mark in marks), " ")
    other = {"cell": "list"} if bracketed else {"cell": "separated", "separator": mark}
    return width, {} if width >= SURE or "e" in marks else other


def _bits(text: str) -> list[int] | None:
    if DIGITS.fullmatch(text) and len(text) >= SURE:
        return [int(char) for char in text]
    if PARTED.fullmatch(text):
        return [int(char) for char in text if char in "01"]
    if not is_bracketed(text):
        return None
    try:
        return zero_one(parsed(text))
    except Misfit:
        return None


def _of_lists(cells: Cells) -> tuple[np.ndarray, np.ndarray, int]:
    lengths, codes, width, start = [], [], -1, 0
    for part in cells.slices():
        widths = lengths_of(part)
        valid = part.is_valid().to_numpy(zero_copy_only=False)
        width = int(widths[valid][0]) if width < 0 and valid.any() else width
        _refuse(valid & (widths != width), start, width)
        values = pc.list_flatten(part)
        if values.null_count or not is_number(values.type) or not _all_zero_one(values):
            _refuse(_wrong(part), start, width)
        ones = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).reshape(-1, max(1, width)) != 0
        of_part = np.zeros(len(part), dtype=np.int64)
        of_part[valid] = ones.sum(1)
        lengths.append(of_part)
        codes.append(np.nonzero(ones)[1].astype(np.int32))
        start += len(part)
    return _together(lengths, codes, width)


def _together(lengths: list[np.ndarray], codes: list[np.ndarray], width: int) -> tuple[np.ndarray, np.ndarray, int]:
    if width < 1:
        raise CellError(None, "holds no vector of 0 and 1")
    return np.concatenate(lengths), np.concatenate(codes), width


def _wrong(part: pa.Array) -> np.ndarray:
    return np.array([cell is not None and zero_one(cell) is None for cell in part.to_pylist()])


def _refuse(wrong: np.ndarray, start: int, width: int) -> None:
    if wrong.any():
        places = f"{width} places" if width > 0 else "as many places as the others"
        raise CellError(start + int(np.flatnonzero(wrong)[0]), f"vectors of 0 and 1 have {places}, each 0 or 1")


def _of_texts(cells: Cells) -> tuple[np.ndarray, np.ndarray, int]:
    lengths, codes, width, start = [], [], -1, 0
    for part in cells.slices():
        encoded = part.fill_null("").dictionary_encode()
        texts = [text.strip() for text in encoded.dictionary.to_pylist()]
        bits = [_bits(text) if text else [] for text in texts]
        width = next((len(one) for one in bits if one), width) if width < 0 else width
        wrong = np.array(
            [one is None or (text != "" and len(one) != width) for one, text in zip(bits, texts, strict=True)]
        )
        of_cells = encoded.indices.to_numpy()
        _refuse(wrong[of_cells], start, width)
        dense = np.zeros((len(bits), max(1, width)), dtype=bool)
        for place, one in enumerate(bits):
            dense[place, : len(one or ())] = one or ()
        ones = dense[of_cells]
        lengths.append(ones.sum(1))
        codes.append(np.nonzero(ones)[1].astype(np.int32))
        start += len(part)
    return _together(lengths, codes, width)


VECTOR = CellForm("vector", "a vector of 0 and 1, one place a label", look, read, (LIST, TEXT))
