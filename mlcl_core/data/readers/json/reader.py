"""JSON files, read as what they hold: pictures of an export, or rows of any program."""

from functools import partial
from pathlib import Path
from typing import Any

from mlcl_core.data.readers.json import JsonKind, recognise
from mlcl_core.data.readers.json.document import MAX_JSON, parsed
from mlcl_core.data.readers.json_rows import JSON as ROWS
from mlcl_core.data.readers.json_rows.content import is_document
from mlcl_core.data.readers.known_table import KnownTable, combined, known_format
from mlcl_core.data.readers.members import InFolder
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.readers.record import LoadedData, Reader
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable, read_located
from mlcl_core.errors import InputError


def read_json(path: Path, **params: Any) -> LoadedData:
    """Read a document of one of ``KINDS`` with the pictures around it, or else rows.

    Args:
        path: The file.
        **params: Those of rows; an export has ``EXPORT_PARAMS`` alone.

    Raises:
        InputError: No sound JSON, an option that an export does not have, and what its kind refuses.
    """
    table = located(path)
    for name, value in params.items():
        if name not in table.format.params and value != ROWS.params[name].default:
            has = ", ".join(table.format.params)
            raise InputError(
                f"{path} is read as {table.format.title}, which has no option {name}; its options are {has}"
            )
    return read_located(table, **params)


def located(path: Path) -> LocatedTable:
    """The table of a file: its rows, or the pictures of an export."""
    found = _export(path)
    if found is None:
        return LocatedTable(ROWS, TableFile(path))
    kind, document = found
    return LocatedTable(known_format(kind.name, kind.title, partial(_pictures, kind, document)), TableFile(path))


def _pictures(kind: JsonKind, document: Any, file: TableFile, options: Any) -> KnownTable:
    """The rows of an export, with the pictures in its folder and the folders in it."""
    del options
    path = file.path
    pictures = PictureNames(InFolder(path.parent).nearby(), path.name)
    return combined({path.name: kind.table(document, path, pictures)}, path)


def _export(path: Path) -> tuple[JsonKind, Any] | None:
    """The kind of a document and the document itself; None where no kind fits."""
    if not is_document(path):
        return None
    try:
        document = parsed(InFolder(path.parent)(path.name, str(path), MAX_JSON), path)
    # objects one after another are no document; what is wrong with others is said where rows are read
    except InputError:
        return None
    kind = recognise(document)
    return None if kind is None else (kind, document)


JSON = Reader("json", ROWS.title, ROWS.suffixes, read_json, ROWS.params, ROWS.libraries, locate=located)
