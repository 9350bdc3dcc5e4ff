"""Which separator stands between the labels of a column of texts, or whether each cell is one label."""

import re
from dataclasses import replace

from mlcl_core.data.tables.cells.columns import Cells
from mlcl_core.data.tables.cells.literals import NUMBER
from mlcl_core.data.tables.cells.looks import label_reading, labels_line
from mlcl_core.data.tables.cells.matrix import matrix_of
from mlcl_core.data.tables.cells.one import read as read_whole
from mlcl_core.data.tables.cells.quotes import AS_CSV, AS_WRITTEN, OPEN, quotes_of
from mlcl_core.data.tables.cells.record import CellReading
from mlcl_core.data.tables.cells.split_cells import split_cells
from mlcl_core.data.tables.cells.splitting import BLANK, MARKS, MARKUP, Split, escaped, has_entity, separator_name
from mlcl_core.data.tables.question import Choice, Question

RARER = ("/", "+", "&", "~", " and ")  # marks that are asked about
DECIMAL = re.compile(r"[+-]?\d+(?:,\d+)?")  # numbers of a column with decimal commas
MOST = 2_000_000  # characters of different cells that are split at every separator
CELLS = {True: "separated", False: "unquoted"}


def look_at_words(cells: Cells, separator: str = "", *, quotes: bool = True) -> CellReading | None:
    """The separator of a column of texts, taken or asked; ``cell`` is ``one`` where there is none.

    A separator is taken where it stands in two cells at least, its pieces are at most half as many as the different
    cells, and nine in ten pieces occur in two cells or more; also where cells that hardly repeat combine pieces that
    are whole cells elsewhere. Two that are taken and split differently are a question; so are pieces that occur only
    next to one another, and a separator that stands in some cells and is not taken, unless cells repeat and look like
    names that hold it, or are sentences.
    """
    if not cells.counts:
        return None
    counts = _first(cells.counts)
    if separator:
        return _taken(cells, Split(separator, counts, quotes), quotes)
    if all(map(NUMBER.fullmatch, counts)):
        return _whole(cells, ())
    if _is_markup(counts):
        return _taken(cells, Split(MARKUP, counts, quotes), quotes)
    splits = _standing(counts, quotes)
    rarer = _rarer(cells, counts, quotes) if all(split.separator == BLANK for split in splits) else None
    if rarer or not splits:
        return rarer or _whole(cells, (), quotes=quotes)
    passing = _different([split for split in splits if split.passes])
    combining = [split for split in splits if split.combines]
    if not passing and 2 * len(counts) > sum(counts.values()):
        passing = combining
    if len(passing) == 1 and not _doubtful(passing[0]):
        return _taken(cells, passing[0], quotes)
    if not passing and all(split.are_names for split in splits) and 2 * len(counts) <= sum(counts.values()):
        found = _whole(cells, tuple(splits), quotes=quotes)
    elif not (passing or combining) and all(split.is_prose for split in splits):
        found = _whole(cells, ())
    else:
        found = _asked(cells, passing or combining or splits, quotes)
    decimals = all(map(DECIMAL.fullmatch, counts))
    return replace(found, strength=0.1 * found.strength) if decimals else found


def _rarer(cells: Cells, counts: dict[str, int], quotes: bool) -> CellReading | None:
    """The question whether a mark that names hold too separates labels, where it would be taken; else None."""
    splits = [Split(mark, counts, quotes) for mark in RARER if any(mark in cell for cell in counts)]
    found = [split for split in splits if split.passes or split.combines]
    return _asked(cells, found, quotes) if found else None


def _standing(counts: dict[str, int], quotes: bool) -> list[Split]:
    """A split for each separator that stands in some cells; blanks count where no other does."""
    splits = [Split(mark, counts, quotes) for mark in MARKS if mark != MARKUP and any(mark in cell for cell in counts)]
    found = [split for split in splits if split.standing]
    blank = Split(BLANK, counts, quotes)
    return found or ([blank] if any(BLANK in cell for cell in counts) and blank.standing else [])


def _first(counts: dict[str, int]) -> dict[str, int]:
    """As many of the different cells as are split in a moment."""
    found: dict[str, int] = {}
    length = 0
    for cell, rows in counts.items():
        length += len(cell)
        if found and length > MOST:
            break
        found[cell] = rows
    return found


def _is_markup(counts: dict[str, int]) -> bool:
    inside = [cell[1:-1] for cell in counts if cell[0] == "<" and cell[-1] == ">" and len(cell) > 2]
    return (
        len(inside) == len(counts)
        and any(MARKUP in cell for cell in inside)
        and all("<" not in piece and piece for cell in inside for piece in cell.split(MARKUP))
    )


def _different(splits: list[Split]) -> list[Split]:
    """Splits without those that give the same pieces in every cell as an earlier one."""
    found: list[Split] = []
    for split in splits:
        if all(split.pieces != other.pieces for other in found):
            found.append(split)
    return found


def _doubtful(split: Split) -> bool:
    """Whether pieces may be parts of names that hold the separator."""
    return bool(split.together) or (split.separator == BLANK and split.equal_lengths) or split.has_gaps


def _taken(cells: Cells, split: Split, quotes: bool) -> CellReading:
    kept = quotes_of(split) if quotes else AS_WRITTEN
    how = f"labels are separated by {separator_name(split.separator)}"
    if split.separator == MARKUP:
        how = "labels stand in angle brackets, <one><two>"
    if any(map(has_entity, cells.counts)):
        how += ", HTML entities such as &amp; are resolved"
    if kept == AS_CSV:
        how += ", quotes around a label are no part of it"
    as_csv = kept != AS_WRITTEN
    entries = split_cells(cells, split.separator, quotes=as_csv)
    found = label_reading(cells, entries, CELLS[as_csv], split.separator, how, certain=split.separator == MARKUP)
    return replace(found, questions=_quotes(cells, split.separator)) if kept == OPEN else found


def _quotes(cells: Cells, separator: str) -> tuple[Question, ...]:
    text = f"column {cells.name!r}: are the double quotes around labels part of them?"
    choices = tuple(
        Choice(_labels(cells, separator, quotes), {"cell": CELLS[quotes], "separator": escaped(separator)})
        for quotes in (True, False)
    )
    return (Question(text, choices, cells.name),)


def _whole(cells: Cells, splits: tuple[Split, ...], *, quotes: bool = False) -> CellReading:
    """Each cell is one label; said where a separator stands in some, and a question where cells stand in quotes."""
    how = "each cell is one label"
    if splits:
        marks = " and ".join(separator_name(split.separator) for split in splits)
        how += f", as cells repeat, though {marks} stand{'' if len(splits) > 1 or marks[-1] == 's' else 's'} in some"
    found = label_reading(cells, read_whole(cells, ""), "one", "", how, quiet=not splits)
    quoted = [cell for cell in cells.counts if len(cell) > 2 and cell[0] == cell[-1] == '"'] if quotes else []
    if not quoted:
        return found
    mark = next((mark for mark in (*MARKS, BLANK) for cell in quoted if mark in cell), ",")
    csv = {"cell": CELLS[True], "separator": escaped(mark)}
    choices = (Choice(_labels(cells, mark, True), csv), Choice(_held(cells), {"cell": "one"}))
    text = f"column {cells.name!r}: are the double quotes around cells such as {quoted[0][:40]} part of the label?"
    return replace(found, said=(), questions=(Question(text, choices, cells.name),))


def _asked(cells: Cells, splits: list[Split], quotes: bool) -> CellReading:
    """The question which separator there is, or whether each cell is one label, which is likelier for blanks."""
    choices = [
        Choice(_labels(cells, split.separator, quotes), {"separator": escaped(split.separator)}) for split in splits
    ]
    pair = next((split.together[0] for split in splits if split.together), None)
    if pair and (wider := _wider(splits[0], quotes)):
        choices.insert(0, Choice(_labels(cells, wider, quotes), {"separator": escaped(wider)}))
    parted, whole = _taken(cells, splits[0], quotes), _whole(cells, ())
    blank = splits[0].separator == BLANK
    choices.insert(0 if blank else len(choices), Choice(f"one label a cell, {_held(cells)}", {"cell": "one"}))
    strength = max(whole.strength, 0.0 if splits[0].are_sentences else 0.5 * parted.strength)
    marks = " and ".join(separator_name(split.separator) for split in splits)
    one = len(splits) == 1 and marks.startswith("'")
    verb, they = ("does", "is it") if one else ("do", "are they")
    text = f"column {cells.name!r}: {verb} {marks} separate labels, or {they} part of names?"
    if pair:
        text = (
            f"column {cells.name!r}: {pair[0]!r} and {pair[1]!r} stand only next to one another: are they two labels "
            f"or one name that holds {marks} (then write names in double quotes, or with another separator)?"
        )
    question = Question(text, tuple(choices), cells.name)
    return replace(whole if blank else parted, said=(), questions=(question,), strength=strength)


def _wider(split: Split, quotes: bool) -> str:
    """The separator with a blank behind it, where that gives other pieces; else nothing."""
    wider = Split(f"{split.separator} ", split.cells, quotes)
    return wider.separator if wider.standing and wider.pieces != split.pieces and not wider.together else ""


def _labels(cells: Cells, separator: str, quotes: bool) -> str:
    return labels_line(matrix_of(split_cells(cells, separator, quotes=quotes), cells.name, classes=cells.classes))


def _held(cells: Cells) -> str:
    return labels_line(matrix_of(read_whole(cells, ""), cells.name, classes=cells.classes))
