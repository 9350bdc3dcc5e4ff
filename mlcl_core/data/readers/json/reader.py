"""JSON documents (.json), read as what they hold."""

from pathlib import Path

from mlcl_core.data.readers.json import KINDS, recognise
from mlcl_core.data.readers.json.document import MAX_JSON, parsed
from mlcl_core.data.readers.known_table import combined, loaded
from mlcl_core.data.readers.members import InFolder
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.readers.record import LoadedData, Reader
from mlcl_core.errors import InputError


def read_json(path: Path) -> LoadedData:
    """Read a document, with the pictures in its folder and the folders in it.

    Args:
        path: A document of one of ``KINDS``.

    Raises:
        InputError: No sound JSON, another document, and what its kind refuses.
    """
    members = InFolder(path.parent)
    document = parsed(members(path.name, str(path), MAX_JSON), path)
    kind = recognise(document)
    if kind is None:
        titles = ", ".join(kind.title for kind in KINDS.values())
        raise InputError(f"{path} is no JSON document of a kind that is read; there are: {titles}")
    known = kind.table(document, path, PictureNames(members.nearby(), path.name))
    return loaded(combined({path.name: known}, path), path, members)


JSON = Reader("json", "JSON", (".json",), read_json)
