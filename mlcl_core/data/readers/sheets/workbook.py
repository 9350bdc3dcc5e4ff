"""The sheets of a workbook: which of them holds the table, and its cells."""

import datetime
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import python_calamine as calamine

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.record import first_line
from mlcl_core.data.readers.sheets.checks import SheetFacts, checked
from mlcl_core.data.readers.sheets.ods import letters
from mlcl_core.data.readers.text_file import open_bytes
from mlcl_core.data.tables.head import TableFile
from mlcl_core.errors import InputError

EXACT = 2**53  # whole numbers up to which a float holds every one
Row = list[Any]


@dataclass(frozen=True)
class Sheet:
    """A sheet.

    Args:
        name: As on its tab.
        hidden: Whether its tab is not shown.
        rows: Its cells from the first row and column on; None where a cell is empty. Numbers without a fraction are
            whole, dates and times are texts.
        formula: The first cell with a formula that has no value; empty where there is none.
        merged: Rows, counted from 0, and the cells that are merged in them, as in A2:A4.
    """

    name: str
    hidden: bool
    rows: list[Row]
    formula: str = ""
    merged: tuple[tuple[int, str], ...] = ()

    @property
    def filled(self) -> list[int]:
        """The rows with any cell that is not empty."""
        return [number for number, row in enumerate(self.rows) if any(cell is not None for cell in row)]


def sheets_of(file: TableFile) -> list[Sheet]:
    """All sheets of a workbook; those of charts and macros are none.

    Raises:
        InputError: No workbook, a damaged one, one with a password, or one that takes more memory than allowed.
    """
    path = file.path
    try:
        with open_bytes(path, file.raw) as opened:
            raw = opened.read()
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error
    facts = checked(raw, path)
    try:
        with calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            wanted = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
            return [_sheet(book, one, facts) for one in wanted]
    except calamine.PasswordError as error:
        raise InputError(f"{path} has a password; save it without one") from error
    except (InputError, MemoryError):
        raise
    except Exception as error:
        raise _damaged(path, error) from error
    except BaseException as error:
        # what the library's own language calls a panic is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path, error) from error


def _damaged(path: Path, error: BaseException) -> InputError:
    return InputError(f"{path} is damaged or no workbook: {first_line(Exception(str(error)))}")


def _sheet(book: Any, meta: Any, facts: Mapping[str, SheetFacts]) -> Sheet:
    sheet = book.get_sheet_by_name(meta.name)
    known = facts.get(meta.name, SheetFacts())
    merged = known.merged or tuple(
        (top, f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}")
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    )
    rows = [[_plain(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    progress()
    return Sheet(meta.name, meta.visible != calamine.SheetVisibleEnum.Visible, rows, known.formula, merged)


def _plain(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) <= EXACT else cell
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    return str(cell) if isinstance(cell, datetime.date | datetime.time | datetime.timedelta) else cell
