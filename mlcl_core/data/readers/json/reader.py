"""JSON documents (.json), read as what they hold."""

from typing import Any

from mlcl_core.data.readers.json import KINDS, recognise
from mlcl_core.data.readers.json.document import MAX_JSON, parsed
from mlcl_core.data.readers.known_table import KnownTable, combined, known_format
from mlcl_core.data.readers.members import InFolder
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import table_reader
from mlcl_core.errors import InputError


def _made(file: TableFile, options: Any) -> KnownTable:
    """The rows of a document of one of ``KINDS``, with the pictures in its folder and the folders in it.

    Raises:
        InputError: No sound JSON, another document, and what its kind refuses.
    """
    del options
    path, members = file.path, InFolder(file.path.parent)
    document = parsed(members(path.name, str(path), MAX_JSON), path)
    kind = recognise(document)
    if kind is None:
        titles = ", ".join(kind.title for kind in KINDS.values())
        raise InputError(f"{path} is no JSON document of a kind that is read; there are: {titles}")
    return combined({path.name: kind.table(document, path, PictureNames(members.nearby(), path.name))}, path)


JSON = table_reader(known_format("json", "JSON", _made, suffixes=(".json",)))
