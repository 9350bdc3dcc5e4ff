"""Pictures and an export of their annotations in JSON: one document, or one for each split."""

from functools import partial
from typing import Any

from mlcl_core.data.readers.json import JsonKind, recognise
from mlcl_core.data.readers.json.document import MAX_JSON, parsed
from mlcl_core.data.readers.known_table import EXPORT_PARAMS, KnownTable, combined, known_format
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.readers.sentences import left_out_sentence
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable

MOST = 50  # documents; where there are more, each may be of one picture
# COCO has several documents for the same pictures; these have all categories
MAIN = "instances"
# what a document of each kind holds somewhere
WORDS = ((b'"images"', b'"annotations"', b'"categories"'), (b'"items"', b'"categories"', b'"label"'))


def find(members: Members) -> LocatedTable | None:
    """The documents that are exports; None where there are none.

    Raises:
        InputError: A document that looks like an export is no sound JSON.
    """
    names = [name for name in members.sizes if name.lower().endswith(".json")]
    if not 0 < len(names) <= MOST:
        return None
    found = {name: each for name in names if (each := _export(members, name)) is not None}
    if not found:
        return None
    if main := [name for name in found if name.rpartition("/")[2].startswith(MAIN)]:
        found = {name: found[name] for name in main}
    others = [name for name in names if name not in found]
    kinds = {kind.name: kind.title for kind, _ in found.values()}
    make = partial(_made, members, found, left_out_sentence(others, "not needed beside " + ", ".join(found)))
    return members.located(known_format("+".join(kinds), " and ".join(kinds.values()), make))


def _export(members: Members, name: str) -> tuple[JsonKind, Any] | None:
    """A document and its kind; None where it is no export."""
    raw = members.contents(name, MAX_JSON)
    # other documents may be large, or hold one in each line
    if not any(all(word in raw for word in words) for words in WORDS):
        return None
    document = parsed(raw, members.path / name)
    kind = recognise(document)
    return None if kind is None else (kind, document)


def _made(
    members: Members, documents: dict[str, tuple[JsonKind, Any]], said: tuple[str, ...], file: TableFile, options: Any
) -> KnownTable:
    del file, options
    parts = {
        name: kind.table(document, members.path / name, PictureNames(members.sizes, name))
        for name, (kind, document) in documents.items()
    }
    return combined(parts, members.path, said)


JSON_EXPORT = Layout("json_export", "annotations in JSON (COCO, Datumaro)", find, EXPORT_PARAMS)
