"""Text cells split at a separator: quotes as in CSV, HTML entities, and the rule by which a separator is taken."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape
from html.entities import html5
from itertools import pairwise

MARKUP = "><"  # between the tags of Stack Exchange, whose outer brackets belong to the form: <c#><java>
BLANK = " "
MARKS = (";", "|", ",", "#", "\t", MARKUP, "\n")
NAMES = {BLANK: "blanks", "\t": "tabs", "\n": "line breaks"}
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
MAX_ENTITY = 34  # characters
# pieces that stand next to one another in so many cells, and nowhere else, may be one name: (cells, up to pieces)
WORDS = 4  # a piece, on average, from which pieces are parts of sentences
SENTENCE = 7  # pieces a cell, on average
TOGETHER = ((2, 50), (3, 1000), (5, 10**9))


def separator_name(separator: str) -> str:
    """A separator in a sentence."""
    return NAMES.get(separator, repr(separator))


def escaped(separator: str) -> str:
    """A separator as an option takes it, in one line."""
    return separator.replace("\t", "\\t").replace("\n", "\\n")


def unescaped(separator: str) -> str:
    """A separator from an option, where a tab and a line break may be written with a backslash."""
    return separator.replace("\\t", "\t").replace("\\n", "\n")


def has_entity(text: str) -> bool:
    """Whether a text holds an HTML entity."""
    return "&" in text and any(_is_known(match[0]) for match in ENTITY.finditer(text))


def without_entities(text: str) -> str:
    """A text with its HTML entities resolved; other ampersands stay."""
    return ENTITY.sub(lambda match: unescape(match[0]) if _is_known(match[0]) else match[0], text)


def _is_known(entity: str) -> bool:
    return entity[1] == "#" or entity[1:] in html5


def split(cell: str, separator: str, *, quotes: bool = True) -> list[str]:
    """The pieces of a cell, without blanks around them; empty ones too.

    Args:
        cell: As written.
        separator: Any text; ``MARKUP`` for tags in angle brackets.
        quotes: Whether a piece that begins and ends with a double quote is read as in CSV.
    """
    if separator == MARKUP:
        cell = cell.strip()
        return without_entities(cell[1:-1] if cell[:1] == "<" and cell[-1:] == ">" else cell).split(MARKUP)
    if "&" not in cell and not (quotes and '"' in cell):
        return [piece.strip() for piece in cell.split(separator)]
    return [piece for piece, _ in scanned(cell, separator, quotes=quotes)]


@lru_cache(maxsize=64)
def _quoted(separator: str) -> re.Pattern[str]:
    return re.compile(rf'\s*"((?:[^"]|"")*)"\s*(?={re.escape(separator)}|$)', re.DOTALL)


def scanned(cell: str, separator: str, *, quotes: bool) -> list[tuple[str, bool]]:
    """Pieces, and whether each stood in quotes."""
    pieces, start = [], 0
    while True:
        match = _quoted(separator).match(cell, start) if quotes else None
        if match:
            pieces.append((without_entities(match[1].replace('""', '"')).strip(), True))
            end = match.end()
        else:
            end = _next(cell, separator, start)
            pieces.append((without_entities(cell[start:end]).strip(), False))
        if end >= len(cell):
            return pieces
        start = end + len(separator)


def _next(cell: str, separator: str, start: int) -> int:
    """Where the next separator stands that is no part of an entity; the length of the cell if there is none."""
    place = cell.find(separator, start)
    while place >= 0:
        ampersand = cell.rfind("&", max(start, place - MAX_ENTITY), place)
        entity = ENTITY.match(cell, ampersand) if ampersand >= 0 else None
        if entity is None or entity.end() <= place or not _is_known(entity[0]):
            return place
        place = cell.find(separator, entity.end())
    return len(cell)


@dataclass(frozen=True)
class Split:
    """The different cells of a column, split at one separator.

    Args:
        separator: Between pieces.
        cells: The different cells, and the rows of each.
        quotes: As in :func:`split`.
    """

    separator: str
    cells: Mapping[str, int]
    quotes: bool = True

    @cached_property
    def pieces(self) -> list[tuple[list[str], int]]:
        """The pieces of every different cell, empty ones left out, and its rows."""
        found = ((split(cell, self.separator, quotes=self.quotes), rows) for cell, rows in self.cells.items())
        return [([piece for piece in pieces if piece], rows) for pieces, rows in found]

    @cached_property
    def rows(self) -> Counter[str]:
        """The rows in which each different piece stands."""
        found: Counter[str] = Counter()
        for pieces, rows in self.pieces:
            for piece in dict.fromkeys(pieces):
                found[piece] += rows
        return found

    @cached_property
    def standing(self) -> int:
        """The rows in which the separator stands between two pieces."""
        return sum(rows for pieces, rows in self.pieces if len(pieces) > 1)

    @cached_property
    def alone(self) -> set[str]:
        """Pieces that are a whole cell somewhere."""
        return {pieces[0] for pieces, _ in self.pieces if len(pieces) == 1}

    @property
    def repeats(self) -> bool:
        """Whether nine in ten pieces occur in two cells or more."""
        return 10 * sum(rows >= 2 for rows in self.rows.values()) >= 9 * len(self.rows)

    @property
    def passes(self) -> bool:
        """Whether the separator is taken: it stands in two cells, and its pieces are few and repeat."""
        few = 2 * len(self.rows) <= len(self.cells)
        return self.standing >= 2 and few and self.repeats and not (self.separator == BLANK and self.are_sentences)

    @cached_property
    def are_sentences(self) -> bool:
        """Whether cells are long, or more than one in twenty holds a piece twice, as sentences do and sets do not."""
        if sum(len(pieces) for pieces, _ in self.pieces) >= SENTENCE * len(self.cells):
            return True
        return 20 * sum(len(set(pieces)) < len(pieces) for pieces, _ in self.pieces) > len(self.cells)

    @property
    def combines(self) -> bool:
        """Whether cells with the separator combine pieces that are whole cells elsewhere; never for blanks."""
        if self.separator == BLANK or self.standing < 2 or len(self.rows) > len(self.cells):
            return False
        several = [pieces for pieces, _ in self.pieces if len(pieces) > 1]
        known = [pieces for pieces in several if self.alone.intersection(pieces)]
        atoms = self.alone.intersection(piece for pieces in several for piece in pieces)
        if self.separator in (",", "#") and not (self.repeats and 2 * len(self.alone) >= len(self.rows)):
            return False
        return 2 * len(known) >= len(several) and len(atoms) >= 2

    @property
    def is_prose(self) -> bool:
        """Whether pieces are parts of sentences: at blanks, as cells are sentences; else four words or more each."""
        if self.separator == BLANK:
            return self.are_sentences
        return sum(len(piece.split()) for piece in self.rows) >= WORDS * len(self.rows)

    @property
    def are_names(self) -> bool:
        """Whether cells with the separator look like names that hold it, such as ``Portland, Oregon``.

        With ``,`` and ``#``: no piece stands in two of at least three different cells. With blanks, which many names
        hold: most of these cells have no piece that is a whole cell elsewhere. Other separators hardly stand in names.
        """
        several = [pieces for pieces, _ in self.pieces if len(pieces) > 1]
        if self.separator == BLANK:
            return 2 * sum(not self.alone.isdisjoint(pieces) for pieces in several) < len(several)
        cells = Counter(piece for pieces, _ in self.pieces for piece in dict.fromkeys(pieces))
        return self.separator in (",", "#") and len(self.cells) >= 3 and max(cells.values()) == 1

    @cached_property
    def together(self) -> list[tuple[str, str]]:
        """Pairs of pieces that occur only directly next to one another, or to themselves: perhaps one name."""
        least = next(cells for cells, most in TOGETHER if len(self.rows) <= most)
        pairs: Counter[tuple[str, str]] = Counter()
        for pieces, rows in self.pieces:
            for pair in dict.fromkeys(pairwise(pieces)):
                pairs[pair] += rows
        return [
            (one, other)
            for (one, other), rows in pairs.items()
            if rows >= least and rows == self.rows[one] == self.rows[other]
        ]

    @property
    def has_gaps(self) -> bool:
        """Whether a separator seems to be part of names.

        Some cells begin or end with it, and others do not; or nothing stands behind it, as in ``C##Java``.
        """
        begin = sum(cell.startswith(self.separator) for cell in self.cells)
        end = sum(cell.endswith(self.separator) for cell in self.cells)
        if 0 < begin < len(self.cells) or 0 < end < len(self.cells):
            return True
        gaps = (split(cell, self.separator, quotes=self.quotes)[1:] for cell in self.cells)
        return self.separator == "#" and any("" in pieces for pieces in gaps)

    @property
    def equal_lengths(self) -> bool:
        """Whether all cells have the same number of pieces, more than one."""
        lengths = {len(pieces) for pieces, _ in self.pieces}
        return len(lengths) == 1 and max(lengths) > 1
