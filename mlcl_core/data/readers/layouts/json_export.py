"""Pictures and an export of their annotations in JSON: one document, or one for each split."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mlcl_core.data.readers.json import JsonKind, recognise
from mlcl_core.data.readers.json.document import MAX_JSON, parsed
from mlcl_core.data.readers.known_table import combined, loaded
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.readers.sentences import left_out_sentence

MOST = 50  # documents; where there are more, each may be of one picture
# COCO has several documents for the same pictures; these have all categories
MAIN = "instances"


def find(members: Members) -> Callable[..., LoadedData] | None:
    """What reads the documents that are exports; None where there are none.

    Raises:
        InputError: A document is no sound JSON.
    """
    names = [name for name in members.sizes if name.lower().endswith(".json")]
    if not 0 < len(names) <= MOST:
        return None
    documents = {name: parsed(members.contents(name, MAX_JSON), members.path / name) for name in names}
    kinds = {name: recognise(document) for name, document in documents.items()}
    found = {name: (kind, documents[name]) for name, kind in kinds.items() if kind is not None}
    if main := [name for name in found if name.rpartition("/")[2].startswith(MAIN)]:
        found = {name: found[name] for name in main}
    others = [name for name in names if name not in found]
    return partial(_read, members, found, others) if found else None


def _read(members: Members, documents: dict[str, tuple[JsonKind, Any]], others: list[str]) -> LoadedData:
    parts = {}
    for name, (kind, document) in documents.items():
        pictures = PictureNames(members.sizes, name)
        parts[name] = kind.table(document, Path(members.path / name), pictures)
    said = left_out_sentence(others, "not needed beside " + ", ".join(documents))
    return loaded(combined(parts, members.path, said), members.path, members.read)


JSON_EXPORT = Layout("json_export", "annotations in JSON (COCO, Datumaro)", find)
