"""Workbooks as tables: one sheet, its header, and the rows below it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import pyarrow as pa

from mlcl_core.data.readers.header import header_question
from mlcl_core.data.readers.sheets.workbook import Row, Sheet, sheets_of
from mlcl_core.data.readers.values import as_text, column_of
from mlcl_core.data.tables.build import needed
from mlcl_core.data.tables.draft import check_columns, in_short, refuse_wide
from mlcl_core.data.tables.head import TableFile, TableFormat, TableHead, rows_of_head
from mlcl_core.data.tables.infer import no_rows_error
from mlcl_core.data.tables.options import TableOptions
from mlcl_core.data.tables.question import Choice, Question
from mlcl_core.data.tables.schema import TableSchema
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

NO_HEADER = 0
MOST = 4  # sheets that a question names


def header_row(text: str) -> int | None:
    """The row of the header, counted from 1; 0: there is none; None: to be found.

    Raises:
        InputError: The text is neither no, yes nor the number of a row.
    """
    if text in ("", "yes"):
        return None
    if text == "no":
        return NO_HEADER
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise InputError(f"header is {text!r}; it must be no, yes, or the number of a row, from 1")
    return int(text)


@dataclass(frozen=True)
class SheetOptions(TableOptions):
    """The options of a table in a workbook."""

    sheet: Annotated[
        str, Param("The name of the sheet that is read; empty: the only one with rows.", examples=("Sheet1",))
    ] = ""
    header: Annotated[
        str,
        Param(
            "The row that holds the names of the columns, counted from 1, or no; empty: the first with several cells.",
            max_length=10,
            examples=("3", "no"),
            validate=header_row,
        ),
    ] = ""


def read_head(file: TableFile, options: SheetOptions) -> TableHead:
    """The first rows of a sheet, typed.

    Raises:
        InputError: As :func:`sheets_of`; no such sheet, no rows, a formula without a value, merged cells.
    """
    sheet, said, questions = _chosen(sheets_of(file), options.sheet, file)
    row = header_row(options.header)
    header = row if row is not None else _found_header(sheet)
    table = _table(sheet, header, file)
    most = rows_of_head(table.num_columns)
    if row is None and header:
        said = (*said, *_title(sheet, header))
        if not options.header:
            questions = (*questions, *_is_data(table.slice(0, most)))
    return TableHead(
        file,
        "sheets",
        table.slice(0, most),
        table.num_rows <= most,
        header=header != NO_HEADER,
        said=said,
        questions=questions,
        place=f"{sheet.name}!{header}",
    )


def read(file: TableFile, schema: TableSchema) -> pa.Table:
    """The columns that a schema needs; raises as :func:`read_head`."""
    name, _, header = schema.place.rpartition("!")
    sheet = next(one for one in sheets_of(file) if one.name == name)
    return _table(sheet, int(header), file).select(needed(schema))


def _chosen(sheets: Sequence[Sheet], name: str, file: TableFile) -> tuple[Sheet, tuple[str, ...], tuple[Question, ...]]:
    """The sheet that is told, or the only one that is shown and has rows; else a question."""
    if name:
        found = [one for one in sheets if one.name == name]
        if not found:
            names = in_short([one.name for one in sheets])
            raise InputError(f"{file.path} has no sheet {name[:60]!r} (option sheet); its sheets are {names}")
        return found[0], (), ()
    full = [one for one in sheets if len(one.filled) > 1]
    shown = [one for one in full if not one.hidden]
    if not shown:
        hidden = f"; {in_short([one.name for one in full])} are hidden (sheet=...)" if full else ""
        raise InputError(
            f"{file.path} has no sheet with a header and rows: {in_short([one.name for one in sheets])}{hidden}"
        )
    said = tuple(f"sheet {one.name!r} is hidden and not read (sheet=... reads it)" for one in full if one.hidden)
    if len(shown) == 1:
        others = [one.name for one in sheets if one is not shown[0] and not one.hidden]
        more = (f"sheet {shown[0].name!r} is read; the others have no rows: {in_short(others)}",) if others else ()
        return shown[0], (*more, *said), ()
    choices = tuple(Choice(_in_words(one), {"sheet": one.name}) for one in shown[:MOST])
    question = Question(f"which sheet is the table, {in_short([one.name for one in shown])}?", choices)
    return shown[0], said, (question,)


def _in_words(sheet: Sheet) -> str:
    cells = [str(cell) for cell in sheet.rows[_found_header(sheet) - 1] if cell is not None]
    return f"{len(sheet.filled) - 1:,} rows: {in_short(cells, 5)}"


def _found_header(sheet: Sheet) -> int:
    """The row of the header, counted from 1: the first with several cells, as titles stand in one; else the first."""
    filled = sheet.filled
    several = (number for number in filled if sum(cell is not None for cell in sheet.rows[number]) > 1)
    return next(several, filled[0] if filled else 0) + 1


def _title(sheet: Sheet, header: int) -> tuple[str, ...]:
    above = [str(cell) for row in sheet.rows[: header - 1] for cell in row if cell is not None]
    if not above:
        return ()
    return (f"the names of the columns are in row {header}; above it stands {in_short(above, 3)[:80]!r} (header=...)",)


def _table(sheet: Sheet, header: int, file: TableFile) -> pa.Table:
    """The rows below the header without those that are empty, and without nameless empty columns."""
    _refuse(sheet, header, file)
    filled = [number for number in sheet.filled if number >= header]
    if not filled:
        raise no_rows_error(file.path)
    rows = [sheet.rows[number] for number in filled]
    width = max(_width(row) for row in (*rows, sheet.rows[header - 1] if header else []))
    refuse_wide(width, file.path)
    names = _names(sheet.rows[header - 1], width) if header else [f"column {place}" for place in range(width)]
    columns = [[row[place] if place < len(row) else None for row in rows] for place in range(width)]
    kept = [place for place, name in enumerate(names) if name or any(cell is not None for cell in columns[place])]
    check_columns([names[place] for place in kept], file.path)
    return pa.table({names[place]: column_of(columns[place])[0] for place in kept})


def _width(row: Row) -> int:
    return max((place + 1 for place, cell in enumerate(row) if cell is not None), default=0)


def _names(row: Row, width: int) -> list[str]:
    cells = [*row, *[None] * width][:width]
    return ["" if cell is None else str(as_text(cell)).strip() for cell in cells]


def _refuse(sheet: Sheet, header: int, file: TableFile) -> None:
    place = f"{file.path}: sheet {sheet.name!r}"
    if header > len(sheet.rows):
        raise InputError(f"{place} has {len(sheet.rows):,} rows; header is {header}")
    if sheet.formula:
        raise InputError(
            f"{place}, cell {sheet.formula} holds a formula that was not calculated; open the file in a "
            "spreadsheet program and save it, so that its values are kept"
        )
    merged = next((cells for row, cells in sheet.merged if row >= header - 1), None)
    if merged is not None:
        raise InputError(f"{place}: cells {merged} are merged; split them, with a value in each cell that has one")


def _is_data(table: pa.Table) -> tuple[Question, ...]:
    """The question whether the header is an item, asked as of a text file."""
    texts = [pa.chunked_array([pa.array([_written(cell) for cell in column.to_pylist()])]) for column in table.columns]
    return header_question(table.column_names, pa.table(texts, names=table.column_names))


def _written(cell: object) -> str:
    return "" if cell is None else str(as_text(cell))


SHEETS = TableFormat(
    "sheets",
    "Excel, LibreOffice",
    (".xlsx", ".xlsm", ".ods", ".xls"),
    read_head,
    read,
    declared_options(SheetOptions),
    SheetOptions,
    libraries=("python_calamine",),
)
