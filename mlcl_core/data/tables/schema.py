"""The schema of a table: what its columns are, and how their cells are written."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mlcl_core.data.tables.question import Question

LABEL, FEATURE, TEXT, PICTURE = "label", "feature", "text", "picture"
NAME, SPLIT, GROUP, IGNORED = "name", "split", "group", "ignored"
CONFIDENCE, ANNOTATOR, ANNOTATED = "confidence", "annotator", "annotated"
ROLES = (LABEL, FEATURE, TEXT, PICTURE, NAME, SPLIT, GROUP, CONFIDENCE, ANNOTATOR, ANNOTATED, IGNORED)
KINDS = ("features", "text", "picture", "labels_only")
UNKNOWN = ("no", "yes", "drop_item")
ROWS = ("item", "item_label", "annotator")


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: As in the header.
        role: One of ``ROLES``. ``confidence``: of the label in the same row, 0 where it is verified absent.
            ``annotated``: empty where an item was never looked at, which is not an item without labels.
        cell: How a cell is written: a key of ``CELLS`` for labels, else ``number``, ``text``, ``picture``,
            ``embedding`` or ``word``.
        separator: Between the labels of a cell; empty where the form has none.
    """

    name: str
    role: str = IGNORED
    cell: str = "text"
    separator: str = ""


@dataclass(frozen=True)
class TableSchema:
    """What a table's columns are, from which it is read without another look at its cells.

    Args:
        format: A key of ``READERS``.
        columns: In the order of the file.
        kind: Of the items: ``features``, ``text``, ``picture``, or ``labels_only`` where the file holds no items.
        rows: ``item``: a row for each item; ``item_label``: one for each item and label; ``annotator``: one for each
            item and annotator.
        encoding, delimiter, decimal: Of text files; empty elsewhere.
        header: Whether the first row holds the names of the columns.
        unknown: What an unknown cell of a label column counts as: ``no``, ``yes``, ``drop_item``; empty: refused.
        threshold: From which number on a label is carried; None: cells are 0 and 1.
        no_label: Words in label cells that say "no label".
        classes: The names of the classes by column, where cells hold numbers of classes.
        key: The column whose equal cells are one item, where ``rows`` is not ``item``; empty elsewhere.
        unlabelled: Whether the table holds items alone, to be joined with the labels of another.
        missing: What is missing, where ``kind`` is ``labels_only``.
        said: What was taken without a question, one sentence each.
        questions: What has to be decided before the table is read.
        place: Where in the file the table is, where that may hold several, in the words of its format.
    """

    format: str
    columns: tuple[Column, ...]
    kind: str = "features"
    rows: str = "item"
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    header: bool = True
    unknown: str = ""
    threshold: float | None = None
    no_label: tuple[str, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str = ""
    unlabelled: bool = False
    missing: str = ""
    said: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    place: str = ""

    def of_role(self, role: str) -> tuple[Column, ...]:
        """The columns of a role, in the order of the file."""
        return tuple(column for column in self.columns if column.role == role)

    def first(self, role: str) -> str | None:
        """The name of the first column of a role; None where there is none."""
        return next((column.name for column in self.columns if column.role == role), None)

    def plain(self) -> dict[str, Any]:
        """The part that ``mlcl data --json`` prints and uploads keep."""
        return {
            "format": self.format,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "decimal": self.decimal,
            "header": self.header,
            "kind": self.kind,
            "rows": self.rows,
            "columns": [asdict(column) for column in self.columns],
        }
