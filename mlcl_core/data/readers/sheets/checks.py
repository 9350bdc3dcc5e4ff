"""What a workbook holds before it is opened: how far its cells reach, and which formulas have no value.

The library that opens it reserves memory for every cell up to the last one, which two cells can set to 17 billion, and
reads a formula without a value as an empty cell.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlcl_core.data.limits import refuse_large, refuse_unpacked
from mlcl_core.data.readers.record import first_line
from mlcl_core.data.readers.sheets.ods import ods_sheets
from mlcl_core.data.readers.sheets.xlsx import xlsx_sheets
from mlcl_core.errors import InputError

CELL = 32  # bytes of a cell in memory
ODS, XLSX, XLSB = "content.xml", "xl/workbook.xml", "xl/workbook.bin"
OLE = b"\xd0\xcf\x11\xe0"  # the beginning of an .xls, and of a workbook with a password


@dataclass(frozen=True)
class SheetFacts:
    """What is known of a sheet before it is opened.

    Args:
        rows, columns: Up to the last cell that holds anything.
        formula: The first cell with a formula that was not calculated, as in C2; empty where there is none.
        merged: The first cells that are merged, as in A2:A4, one for each row; empty where they are not known.
    """

    rows: int = 0
    columns: int = 0
    formula: str = ""
    merged: tuple[tuple[int, str], ...] = field(default=())


def checked(raw: bytes, path: Path) -> Mapping[str, SheetFacts]:
    """Check a workbook, and tell what is known of each sheet by its name; an old .xls tells nothing.

    Raises:
        InputError: No workbook, one of another kind, a damaged archive, or one that takes more memory than its size
            allows: by what it unpacks to, or by how far its cells reach.
    """
    if raw.startswith(OLE):
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = archive.namelist()
            refuse_unpacked(archive, path)
            if ODS in names:
                facts = {name: SheetFacts(*known) for name, known in ods_sheets(archive.read(ODS)).items()}
            elif XLSX in names:
                facts = {name: SheetFacts(*known) for name, known in xlsx_sheets(archive).items()}
            elif XLSB in names:
                raise InputError(f"{path} is a binary workbook (.xlsb); save it as .xlsx")
            else:
                raise InputError(f"{path} is a zip file and no workbook: it has neither {XLSX} nor {ODS}")
    except InputError:
        raise
    except (
        *(zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, RuntimeError),
        *(NotImplementedError, LookupError, SyntaxError),
    ) as error:
        what = "is damaged" if raw.startswith(b"PK") else "is no workbook of Excel or LibreOffice"
        raise InputError(f"{path} {what}: {first_line(error)}") from error
    for name, one in facts.items():
        what = f"{path}: sheet {name[:60]!r} claims {one.rows:,} rows and {one.columns:,} columns"
        refuse_large(CELL * one.rows * one.columns, len(raw), what)
    return facts
