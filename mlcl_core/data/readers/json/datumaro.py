"""Datumaro's annotations, which CVAT exports too: the labels of a picture are those of what is marked in it.

https://openvinotoolkit.github.io/datumaro/stable/docs/data-formats/formats/datumaro.html
"""

from pathlib import Path
from typing import Any

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.json.entries import entries, id_of, shown, text_of
from mlcl_core.data.readers.json.record import JsonKind
from mlcl_core.data.readers.known_table import KnownTable, known_table
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.errors import InputError


def fits(document: Any) -> bool:
    """Whether a document has a list of items, and classes under ``categories.label.labels``."""
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        return False
    categories = document.get("categories")
    labels = categories.get("label") if isinstance(categories, dict) else None
    return isinstance(labels, dict) and isinstance(labels.get("labels"), list)


def table(document: Any, path: Path, pictures: PictureNames) -> KnownTable:
    """A row for each of the items.

    Args:
        document: Any kind of annotations; those without a label (captions) count for nothing.
        path: Named in errors.
        pictures: Where pictures are.

    Raises:
        InputError: An item without a picture's path, an id that stands twice, an annotation with a label that is not
            there: its place, as in ``items[3].annotations[0]``.
    """
    listed = entries(document["categories"]["label"]["labels"], f"{path}: categories.label.labels")
    names = [text_of(label, "name", where) for where, label in listed]
    files: dict[Any, str] = {}
    labels = []
    for where, item in entries(document["items"], f"{path}: items"):
        one = id_of(item, "id", where)
        if one in files:
            raise InputError(f"{where}: id {shown(one)} stands twice; every item needs an id of its own")
        media = item.get("image", item.get("media"))
        if not isinstance(media, dict):
            raise InputError(f"{where}: image is {shown(media)}; it must be an object with path")
        files[one] = pictures.located(text_of(media, "path", f"{where}.image"), f"{path}: item {shown(one)}")
        found: dict[str, None] = {}
        for place, annotation in entries(item.get("annotations", []), f"{where}.annotations"):
            if annotation.get("label_id") is not None:
                found[names[_number(annotation, len(names), place)]] = None
        labels.append(list(found))
        progress()
    return known_table(path, files=list(files.values()), labels=labels, classes=names)


def _number(annotation: dict[str, Any], count: int, where: str) -> int:
    number = annotation["label_id"]
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < count:
        raise InputError(f"{where}: label_id is {shown(number)}; there are {count} labels, counted from 0")
    return number


DATUMARO = JsonKind("datumaro", "Datumaro's annotations", fits, table)
