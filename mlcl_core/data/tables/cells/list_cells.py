"""Text cells that hold printed lists: regular ones by Arrow, all others one by one."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.cells.columns import CellError, Cells
from mlcl_core.data.tables.cells.literals import NUMBER, Bare, Misfit, Sequence, is_bracketed, parsed
from mlcl_core.data.tables.cells.matrix import Collector, scattered
from mlcl_core.data.tables.cells.record import Entries
from mlcl_core.data.tables.cells.values import NULLS, TRUTHS, is_word, label_of, labels_in

RIGHT = "a list of labels is written ['a', 'b'], [\"a\", \"b\"], [a, b] or {a,b}"
CHOICES = '{"choices"'  # Label Studio
# Lists that Arrow can split: words in quotes without quotes or escapes in them, and words without quotes.
QUOTED = tuple(
    (
        f"^{opening}{quote}[^{quote}\\\\]*{quote}(?:{comma}{quote}[^{quote}\\\\]*{quote})*{closing}$",
        f"{quote}{comma}{quote}",
    )
    for opening, closing in ((r"\[", r"\]"), (r"\{", r"\}"))
    for quote in ("'", '"')
    for comma in (", ", ",")
)
WORDS = tuple(
    (rf"""^\[[^\s\[\](){{}}'"\\,][^\[\](){{}}'"\\,]*(?:{comma}[^\s\[\](){{}}'"\\,][^\[\](){{}}'"\\,]*)*\]$""", comma)
    for comma in (", ", ",")
)


def list_cells(cells: Cells) -> Entries:
    """The labels of each list.

    Edge cases:
        A word without brackets is one label; ``[]``, ``None`` and blank cells are none. Whether ``None`` in a list is
        a word depends on the whole column, as :func:`values.label_of` says.

    Raises:
        CellError: A cell that begins as a list and is none.
    """
    collector = Collector()
    choices = any(pc.any(pc.starts_with(part, CHOICES)).as_py() for part in cells.slices())
    for part in cells.slices():
        collector.add(*_of_part(cells, part.fill_null(""), collector, choices))
    entries = collector.entries(exact=True)
    words = any(isinstance(word, Bare) and is_word(word) for word in entries.words)
    labels: list[str] = []
    none: list[str] = []
    for code, word in enumerate(entries.words):
        try:
            labels.append(label_of(word, words=words) if isinstance(word, Bare) else word)
        except Misfit as error:
            raise CellError(entries.row_of(code), f"{error}; {RIGHT}") from None
        if isinstance(word, Bare) and not labels[-1]:
            none.append(word)
        if not word.isascii() and not _is_unicode(word):
            raise CellError(entries.row_of(code), f"an escape in it is half of a character; {RIGHT}")
    said = (f"column {cells.name!r}: {' and '.join(none)} in lists count as no label",) if none else ()
    return entries._replace(words=labels, said=said)


def _is_unicode(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _of_part(cells: Cells, part: pa.Array, collector: Collector, choices: bool) -> tuple[np.ndarray, np.ndarray]:
    for pattern, separator in () if choices else (*QUOTED, *WORDS):
        quoted = len(separator.strip(", ")) > 0
        fitting = pc.match_substring_regex(part, pattern)
        if 2 * (pc.sum(fitting).as_py() or 0) < len(part):
            continue
        # most cells are written so; the others are read one by one
        edge = 2 if quoted else 1
        inside = pc.utf8_slice_codeunits(part.filter(fitting), edge, -edge)
        lists = pc.split_pattern(inside, separator)
        values = pc.list_flatten(lists)
        if not quoted and pc.any(pc.match_substring_regex(values, r"^[-+.\d]\S*\s")).as_py():
            # numbers with blanks between them, as numpy prints them
            break
        mask = fitting.to_numpy(zero_copy_only=False)
        found = collector.of_lists(lists, bare=not quoted)
        return scattered(~mask, found, _one_by_one(cells, part.filter(pc.invert(fitting)), collector, choices))
    return _one_by_one(cells, part, collector, choices)


def _one_by_one(cells: Cells, part: pa.Array, collector: Collector, choices: bool) -> tuple[np.ndarray, np.ndarray]:
    encoded = part.dictionary_encode()
    labels = [_labels(cells, cell, choices) for cell in encoded.dictionary.to_pylist()]
    return collector.of_different(labels, encoded.indices.to_numpy())


def _labels(cells: Cells, cell: str, choices: bool) -> list[str]:
    try:
        return labels_of_cell(cell.strip(), choices=choices)
    except Misfit as error:
        raise CellError(cells.row_of(cell.strip()), f"{error}; {RIGHT}") from None


def labels_of_cell(text: str, *, choices: bool = False) -> list[str]:
    """The labels of a cell without blanks around it: of a list, of a word, of nothing.

    Args:
        text: The cell.
        choices: Whether the column is Label Studio's, where all that does not begin with ``CHOICES`` is a word.

    Raises:
        Misfit: A cell that begins as a list and is none.
    """
    if choices and not text.startswith(CHOICES):
        return [text] if text else []
    if not is_bracketed(text) and text[:1] not in ("[", "{"):
        return [] if not text or text.lower() in NULLS else [text]
    return [text] if in_round_brackets(text) else labels_in(list_in(text))


def in_round_brackets(text: str) -> bool:
    """Whether a cell is a name in round brackets: a tuple holds quotes, or numbers with commas."""
    if text[0] != "(":
        return False
    try:
        value = parsed(text)
    except Misfit:
        return True
    words = [entry for entry in value if isinstance(entry, Bare) and is_word(entry)]
    return bool(words) or (len(value) > 0 and value.parted != ",")


def list_in(text: str) -> Any:
    """The list or dict of a cell in brackets; DuckDB's maps to true and false are dicts.

    Raises:
        Misfit: It is none.
    """
    value = parsed(text)
    words = list(value) if isinstance(value, Sequence) and value.bracket == "{" else []
    pairs = [str(word).rpartition("=") for word in words if isinstance(word, Bare)]
    if not pairs or len(pairs) < len(words) or not all(key and equals and one for key, equals, one in pairs):
        return value
    if all(one.lower() in TRUTHS for _, _, one in pairs):
        return {key: TRUTHS[one.lower()] for key, _, one in pairs}
    if ", " in text or all(NUMBER.fullmatch(one) for _, _, one in pairs):
        raise Misfit("pairs stand in braces")
    return value


def check_labels(labels: list[str], *, words: bool = False) -> bool:
    """Whether words without quotes stand among the labels of a cell, which are checked.

    Raises:
        Misfit: One is no label.
    """
    bare = [label for label in labels if isinstance(label, Bare)]
    found = any(map(is_word, bare))
    for word in bare:
        label_of(word, words=words or found)
    return found


def fits(cell: str | None, *, choices: bool = False, words: bool = False) -> bool:
    """Whether a cell is a list of labels, a word, or blank."""
    try:
        check_labels(labels_of_cell((cell or "").strip(), choices=choices), words=words)
    except Misfit:
        return False
    return True
