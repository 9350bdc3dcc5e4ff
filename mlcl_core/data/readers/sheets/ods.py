"""How far the cells of LibreOffice's sheets reach, by their XML, in which a cell or a row may stand for millions."""

from dataclasses import dataclass, field
from xml.parsers import expat

from mlcl_core.data.progress import progress

CHUNK = 1 << 20
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")

Known = tuple[int, int, str, tuple[tuple[int, str], ...]]


@dataclass
class _Sheet:
    """A sheet as far as it was read; rows and columns are counted from 0."""

    rows: int = 0
    columns: int = 0
    formula: str = ""
    merged: list[tuple[int, str]] = field(default_factory=list)
    row: int = 0
    column: int = 0
    repeated: int = 1
    filled: bool = False

    def cell(self, attributes: dict[str, str]) -> None:
        """Step over a cell."""
        count = int(attributes.get(f"{TABLE}number-columns-repeated", 1))
        held = f"{OFFICE}value-type" in attributes
        place = f"{letters(self.column)}{self.row + 1}"
        if f"{TABLE}formula" in attributes and not held and not self.formula:
            self.formula = place
        spans = [int(attributes.get(f"{TABLE}number-{what}-spanned", 1)) for what in ("columns", "rows")]
        if max(spans) > 1:
            last = f"{letters(self.column + spans[0] - 1)}{self.row + spans[1]}"
            self.merged.append((self.row, f"{place}:{last}"))
        self.column += count
        if held:
            self.filled = True
            self.columns = max(self.columns, self.column)

    def end_row(self) -> None:
        """Step over the row, as often as it stands for one."""
        self.row += self.repeated
        if self.filled:
            self.rows = self.row
        self.column, self.repeated, self.filled = 0, 1, False


def ods_sheets(raw: bytes) -> dict[str, Known]:
    """Rows, columns, the first formula without value, and merged cells of each sheet, by its name.

    Raises:
        ValueError: The XML is not sound, or declares a document type.
    """
    sheets: dict[str, _Sheet] = {}
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == f"{TABLE}table":
            sheets[attributes.get(f"{TABLE}name", f"sheet {len(sheets) + 1}")] = _Sheet()
        elif not sheets:
            return
        elif tag == f"{TABLE}table-row":
            _last(sheets).repeated = int(attributes.get(f"{TABLE}number-rows-repeated", 1))
        elif tag in CELLS:
            _last(sheets).cell(attributes)

    def end(tag: str) -> None:
        if tag == f"{TABLE}table-row" and sheets:
            _last(sheets).end_row()

    def doctype(*_: object) -> None:
        raise ValueError("it declares a document type")

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, doctype
    try:
        for place in range(0, len(raw), CHUNK):
            parser.Parse(raw[place : place + CHUNK], False)
            progress()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return {name: (one.rows, one.columns, one.formula, tuple(one.merged)) for name, one in sheets.items()}


def _last(sheets: dict[str, _Sheet]) -> _Sheet:
    return sheets[next(reversed(sheets))]


def letters(column: int) -> str:
    """The name of a column, counted from 0: A, ..., Z, AA, ..."""
    name = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
