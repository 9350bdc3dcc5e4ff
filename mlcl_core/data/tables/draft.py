"""A schema in the making: which columns have a role already, and what was said and asked on the way."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from mlcl_core.data.limits import MAX_COLUMNS
from mlcl_core.data.tables.cells import CellReading
from mlcl_core.data.tables.facts import EMPTY, Facts, facts_of
from mlcl_core.data.tables.head import TableHead
from mlcl_core.data.tables.options import NOT_ONE, TableOptions, listed
from mlcl_core.data.tables.question import Question
from mlcl_core.data.tables.schema import IGNORED, Column
from mlcl_core.errors import InputError

PLATFORM = re.compile(r"(input|output|answer|assignment|task|data)[:.]")  # of Toloka, Mechanical Turk and others
INDEX_COLUMN = "__index_level_"  # pandas' name for a nameless index in Parquet; in CSV a first column without a name


@dataclass
class Draft:
    """Columns and the roles that they have so far.

    Args:
        head: The first rows.
        options: What is told.
        roles: By the names of columns; a column that is not in it is free.
        cells: The cell form and the separator of label columns.
        readings: How cells look as labels, of columns that were looked at; None: they can be none.
        said, questions: As in :class:`mlcl_core.data.tables.schema.TableSchema`.
        class_names: The names of the classes whose numbers label cells hold, from a file that an option names.
    """

    head: TableHead
    options: TableOptions
    roles: dict[str, str] = field(default_factory=dict)
    cells: dict[str, tuple[str, str]] = field(default_factory=dict)
    readings: dict[str, CellReading | None] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    class_names: tuple[str, ...] = ()

    def classes_of(self, name: str) -> tuple[str, ...] | None:
        """The names of the classes of a column, told or known by the format; None where there are none."""
        return self.class_names or self.head.classes.get(name)

    @property
    def columns(self) -> list[str]:
        """The names of all columns, in the order of the file."""
        return self.head.table.column_names

    @cached_property
    def facts(self) -> Mapping[str, Facts]:
        """What the cells of each column are."""
        return {name: facts_of(self.head.table[name], self.head.decimal or ".") for name in self.columns}

    @property
    def free(self) -> list[str]:
        """The columns without a role, in the order of the file; wholly empty ones have none."""
        return [name for name in self.columns if name not in self.roles and self.facts[name].kind != EMPTY]

    def kinds(self, *kinds: str) -> list[str]:
        """The free columns whose cells are of one of the kinds."""
        return [name for name in self.free if self.facts[name].kind in kinds]

    def of_role(self, role: str) -> list[str]:
        """The columns of a role, in the order of the file."""
        return [name for name in self.columns if self.roles.get(name) == role]

    def give(self, names: Iterable[str], role: str) -> None:
        """Give columns a role."""
        self.roles |= dict.fromkeys(names, role)

    def as_columns(self) -> tuple[Column, ...]:
        """All columns with their roles."""
        found = []
        for name in self.columns:
            cell, separator = self.cells.get(name, (self.facts[name].kind, ""))
            found.append(Column(name, self.roles.get(name, IGNORED), cell, separator))
        return tuple(found)

    def error(self, text: str) -> InputError:
        """An error that names the file."""
        return InputError(f"{self.head.file.path}: {text}")


def check_columns(columns: Sequence[str], path: object) -> None:
    """Refuse names of columns that say nothing or stand twice.

    Raises:
        InputError: More than ``MAX_COLUMNS``, a repeated name.
    """
    refuse_wide(len(columns), path)
    seen: set[str] = set()
    for place, name in enumerate(columns):
        if name in seen and name:
            raise InputError(f"{path}: column {name!r} stands twice; every column needs a name of its own")
        if not name and place:
            raise InputError(f"{path}: column {place} (counted from 0) has no name; every column needs one")
        seen.add(name)


def refuse_wide(columns: int, path: object) -> None:
    """Raise :class:`InputError` where a table has more columns than ``MAX_COLUMNS``."""
    if columns > MAX_COLUMNS:
        raise InputError(
            f"{path} has {columns:,} columns; at most {MAX_COLUMNS:,} can be read, one row for each item: perhaps its "
            "rows and columns are the wrong way round"
        )


def is_index(name: str) -> bool:
    """Whether a column is the index that pandas saves."""
    return not name or name.startswith(INDEX_COLUMN)


def chosen(columns: Sequence[str], text: str, option: str, path: object) -> tuple[str, ...]:
    """The columns that an option names, in the order of the file.

    An option that equals a column's name is that column, even if the name holds commas.

    Raises:
        InputError: A name or a pattern that matches no column.
    """
    if text in columns:
        return (text,) if text else ()
    found: set[str] = set()
    for part in listed(text):
        fitting = {part} if part in columns else {name for name in columns if fnmatchcase(name, part)}
        if not fitting:
            raise InputError(f"{path} has no column {part!r} (option {option}); its columns are {in_short(columns)}")
        found |= fitting
    return tuple(name for name in columns if name in found)


def one(columns: Sequence[str], text: str, option: str, path: object) -> str | None:
    """The one column that an option names; None where it names none.

    Raises:
        InputError: As :func:`chosen`, or several columns.
    """
    if text == NOT_ONE and NOT_ONE not in columns:
        return None
    found = chosen(columns, text, option, path)
    if len(found) > 1:
        raise InputError(f"{path}: option {option} fits {in_short(found)}; it must name one column")
    return found[0] if found else None


def first_called(columns: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The column with the first of the wanted names that occurs, in any case; or None."""
    return next((name for word in wanted for name in columns if plain_name(name) == word), None)


def plain_name(name: str) -> str:
    """A name in small letters, without what crowdsourcing programs write before it, as in ``OUTPUT:label``."""
    return PLATFORM.sub("", name.lower().strip())


def in_short(names: Sequence[str], most: int = 12) -> str:
    """Names in one line, the first ones and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    # names may hold line breaks
    return (", ".join(" ".join(name.split()) or "''" for name in names[:most]) or "none") + more
