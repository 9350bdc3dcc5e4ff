"""How far the cells of Excel's sheets reach, by their XML."""

import posixpath
import re
import zipfile
from xml.parsers import expat

from mlcl_core.data.progress import progress

BOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
# a cell that holds anything: neither closed at once nor followed by its end
CELL = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'][^<>]*(?<!/)>(?!\s*</)""")
# a cell whose formula is followed by an empty value, or by none
FORMULA = re.compile(
    rb"""\br=["']([A-Z]{1,3}\d{1,7})["'][^<>]*>\s*<((?:\w+:)?)f\b(?:[^<>]*/>|[^<>]*(?<!/)>[^<]*</\2f>)"""
    rb"""\s*(?:<\2v\s*/>|<\2v>\s*</\2v>|</\2c>)"""
)
ANY_FORMULA = re.compile(rb"""\br=["']([A-Z]{1,3}\d{1,7})["'][^<>]*>\s*<(?:\w+:)?f\b""")

Known = tuple[int, int, str]


def xlsx_sheets(archive: zipfile.ZipFile) -> dict[str, Known]:
    """Rows, columns and the first formula without value of each sheet, by its name.

    Edge cases:
        Where the workbook asks for all formulas to be calculated when it is opened, none has a value: XlsxWriter
        writes 0 for each.

    Raises:
        ValueError: The XML is not sound, or declares a document type.
        zipfile.BadZipFile, ...: As the archive.
    """
    parts = {part.lower(): part for part in archive.namelist()}
    targets = {link["Id"]: link["Target"] for link in _elements(archive.read(LINKS), "Relationship") if "Id" in link}
    book = archive.read(BOOK)
    open_ones = any(one.get("fullCalcOnLoad") in ("1", "true") for one in _elements(book, "calcPr"))
    formula = ANY_FORMULA if open_ones else FORMULA
    found = {}
    for sheet in _elements(book, "sheet"):
        target = targets.get(next((value for key, value in sheet.items() if key.rpartition(":")[2] == "id"), ""), "")
        part = posixpath.normpath(posixpath.join("xl", target)).lstrip("/").lower()
        if part in parts:
            found[sheet.get("name", part)] = _of(archive.read(parts[part]), formula)
            progress()
    return found


def _of(raw: bytes, formulas: re.Pattern[bytes]) -> Known:
    rows, columns = 0, set()
    for column, row in CELL.findall(raw):
        columns.add(column)
        rows = max(rows, int(row))
    formula = formulas.search(raw)
    return rows, max(map(_number, columns), default=0), formula[1].decode() if formula else ""


def _number(letters: bytes) -> int:
    """The number of a column, from 1: A, ..., Z, AA, ..."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _elements(raw: bytes, name: str) -> list[dict[str, str]]:
    """The attributes of the elements of one name."""
    found = []
    parser = expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == name:
            found.append(attributes)

    def doctype(*_: object) -> None:
        raise ValueError("it declares a document type")

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, doctype
    try:
        parser.Parse(raw, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return found
