"""A document as plain records, which each format of text writes in its own way."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.figures.study_scores import MARKS, Stands

if TYPE_CHECKING:
    from dashboard.figures.print_sheet import Sheet


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: What it holds; may be text of users.
        stands: ``best`` of its column, ``close``: not distinguishable from the best, ``open``: nothing can
            be said.
    """

    text: str
    stands: Stands = ""


@dataclass(frozen=True)
class Table:
    """A table with a line about it.

    Attributes:
        headings: Of the columns; the first column holds names, the others numbers.
        rows: As many cells each as there are headings.
        caption: Above it.
        notes: Below it.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sentences:
    """Sentences, a line each; may hold text of users."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Names with their values."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Verbatim:
    """A text that is shown as it is, line by line."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A figure, for formats that can hold one; ``alt`` says in words what it shows."""

    sheet: "Sheet"
    alt: str


Block = Table | Sentences | Facts | Verbatim | Picture


@dataclass(frozen=True)
class Section:
    """A heading, what stands below it, and how deep it is: 1 below the title."""

    title: str
    blocks: tuple[Block, ...]
    depth: int = 1


@dataclass(frozen=True)
class Document:
    """A title and its sections."""

    title: str
    sections: tuple[Section, ...]


__all__ = [
    "MARKS",
    "Block",
    "Cell",
    "Document",
    "Facts",
    "Picture",
    "Section",
    "Sentences",
    "Table",
    "Verbatim",
]
