"""The record of a kind of JSON file: how its objects are recognised, and the table that they make."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa

from mlcl_core.data.tables.options import Encoding, TableOptions
from mlcl_core.data.tables.question import Question
from mlcl_core.options import Param, declared_options

Records = Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class JsonOptions(TableOptions):
    """The options of a table in a JSON file."""

    encoding: Encoding = ""
    unlabelled: Annotated[
        Literal["", "none", "drop"],
        Param(
            "What an item is whose field of labels is null: one without labels (none), or one that is left out, as it "
            "was never looked at (drop); empty: a question where both are possible."
        ),
    ] = ""


JSON_PARAMS = declared_options(JsonOptions)


@dataclass(frozen=True)
class Known:
    """What a kind of file says about its columns; fields as in :class:`mlcl_core.data.tables.head.TableHead`."""

    roles: Mapping[str, str] = field(default_factory=dict)
    rows: str = ""
    said: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class RowsKind:
    """A kind of JSON file: what one program writes.

    Args:
        name: The key in ``ROWS_KINDS``.
        title: A few words.
        recognise: Whether objects are of this kind. It is given the first objects of the file's array or lines, or, as
            the only one, the object that is the whole file.
        table: The table that all of them make; raises :class:`InputError` for an object of another form (its place,
            counted from 0, and its key are named).
        known: What is known of the table's columns, and what is open, with the options that are told.
        by_row: Whether an object is a row, so that the first objects give the first rows.
    """

    name: str
    title: str
    recognise: Callable[[Sequence[Mapping[str, Any]]], bool]
    table: Callable[[Records, Path], pa.Table]
    known: Callable[[pa.Table, JsonOptions, Path], Known]
    by_row: bool = False
