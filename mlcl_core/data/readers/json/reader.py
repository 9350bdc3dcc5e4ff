"""JSON files, read as what they hold: pictures of an export, or rows of any program."""

from pathlib import Path
from typing import Any

from mlcl_core.data.readers.json import JsonKind, recognise
from mlcl_core.data.readers.json.document import MAX_JSON, parsed
from mlcl_core.data.readers.json_rows import JSON as ROWS
from mlcl_core.data.readers.json_rows.content import is_document
from mlcl_core.data.readers.known_table import combined, loaded
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
        **params: Those of rows; an export has none.

    Raises:
        InputError: No sound JSON, an option for an export, and what its kind refuses.
    """
    found = _export(path)
    if found is None:
        return read_located(LocatedTable(ROWS, TableFile(path)), **params)
    kind, document = found
    for name, value in params.items():
        if value != ROWS.params[name].default:
            raise InputError(f"{path} is read as {kind.title}, which has no option {name}; it has none")
    members = InFolder(path.parent)
    known = kind.table(document, path, PictureNames(members.nearby(), path.name))
    return loaded(combined({path.name: known}, path), path, members)


def rows_of(path: Path) -> LocatedTable | None:
    """The rows of a file; None where it is an export of pictures."""
    return LocatedTable(ROWS, TableFile(path)) if _export(path) is None else None


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


JSON = Reader("json", ROWS.title, ROWS.suffixes, read_json, ROWS.params, ROWS.libraries, locate=rows_of)
