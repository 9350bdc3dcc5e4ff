"""Workbooks as Excel and LibreOffice write them, from rows of values."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKED = "http://schemas.openxmlformats.org/package/2006"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
ODF = "urn:oasis:names:tc:opendocument:xmlns"
Rows = Sequence[Sequence[Any]]


def zipped(files: Mapping[str, str]) -> bytes:
    """An archive of texts."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return raw.getvalue()


def letter(column: int) -> str:
    """The name of one of the first 26 columns."""
    return chr(ord("A") + column)


def xlsx(
    sheets: Mapping[str, Rows | str],
    *,
    hidden: Sequence[str] = (),
    merged: str = "",
    macros: bool = False,
    more: str = "",
) -> bytes:
    """An .xlsx of some sheets, whose rows may be given as XML."""
    books, links, kinds, files = [], [], [], {}
    for number, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        books.append(f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"{state}/>')
        links.append(f'<Relationship Id="rId{number}" Type="{LINKS}/worksheet" Target="worksheets/sheet{number}.xml"/>')
        kinds.append(f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{KINDS}.worksheet+xml"/>')
        body = rows if isinstance(rows, str) else "".join(_xlsx_row(at, row) for at, row in enumerate(rows, 1))
        cells = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{cells}</worksheet>'
        )
    book = "application/vnd.ms-excel.sheet.macroEnabled.main+xml" if macros else f"{KINDS}.sheet.main+xml"
    files["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{"".join(books)}</sheets>{more}</workbook>'
    )
    files["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{PACKED}/relationships">{"".join(links)}</Relationships>'
    )
    files["_rels/.rels"] = (
        f'<Relationships xmlns="{PACKED}/relationships"><Relationship Id="rId1" Type="{LINKS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    )
    files["xl/styles.xml"] = (
        f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    kinds.append(f'<Override PartName="/xl/workbook.xml" ContentType="{book}"/>')
    kinds.append(f'<Override PartName="/xl/styles.xml" ContentType="{KINDS}.styles+xml"/>')
    files["[Content_Types].xml"] = (
        f'<Types xmlns="{PACKED}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{''.join(kinds)}</Types>"
    )
    if macros:
        files["xl/vbaProject.bin"] = "a macro"
    return zipped(files)


def _xlsx_row(number: int, row: Sequence[Any]) -> str:
    return f'<row r="{number}">{"".join(_xlsx_cell(f"{letter(at)}{number}", one) for at, one in enumerate(row))}</row>'


def _xlsx_cell(place: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def ods(sheets: Mapping[str, Rows | str]) -> bytes:
    """An .ods of some sheets, whose rows may be given as XML."""
    tables = []
    for name, rows in sheets.items():
        body = rows if isinstance(rows, str) else "".join(map(_ods_row, rows))
        # as LibreOffice ends a sheet
        rest = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
        tables.append(f"<table:table table:name={quoteattr(name)}>{body}{rest}</table:table>")
    names = " ".join(f'xmlns:{name}="{ODF}:{name}:1.0"' for name in ("office", "table", "text"))
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped(
        {
            "mimetype": kind,
            "content.xml": f"<office:document-content {names}><office:body><office:spreadsheet>{''.join(tables)}"
            "</office:spreadsheet></office:body></office:document-content>",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{ODF}:manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        }
    )


def _ods_row(row: Sequence[Any]) -> str:
    return f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>"


def ods_cell(value: Any) -> str:
    """A cell of an .ods."""
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        kind = f'"boolean" office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        kind = f'"float" office:value="{value}"'
    else:
        kind = '"string"'
    return f"<table:table-cell office:value-type={kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"
