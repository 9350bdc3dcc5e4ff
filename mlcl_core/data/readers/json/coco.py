"""COCO's annotations: the labels of a picture are the categories of what is marked in it.

https://cocodataset.org/#format-data
"""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.json.entries import entries, id_of, shown, text_of
from mlcl_core.data.readers.json.record import JsonKind
from mlcl_core.data.readers.known_table import KnownTable, known_table
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.errors import InputError

STEP = 10_000  # entries between two signs of progress


def fits(document: Any) -> bool:
    """Whether a document has COCO's lists; one of captions has no categories."""
    wanted = ("images", "annotations", "categories")
    return isinstance(document, dict) and all(isinstance(document.get(key), list) for key in wanted)


def table(document: Any, path: Path, pictures: PictureNames) -> KnownTable:
    """A row for each picture, in the order of ``images``.

    Args:
        document: Instances, keypoints or panoptic segments (``segments_info``); crowds count too.
        path: Named in errors.
        pictures: Where pictures are.

    Edge cases:
        Categories of one name are one label.

    Raises:
        InputError: An entry without what it needs, an id that stands twice for different things, an annotation whose
            picture or category is not there: its place, as in ``annotations[3]``.
    """
    names = _by_id(document, "categories", "name", path)
    files = _by_id(document, "images", "file_name", path)
    found: dict[Hashable, dict[str, None]] = {one: {} for one in files}
    for number, (where, annotation) in enumerate(entries(document["annotations"], f"{path}: annotations")):
        image = id_of(annotation, "image_id", where)
        if image not in found:
            raise InputError(f"{where} is of image {shown(image)}, which is not among the images")
        for category in _categories(annotation, where):
            if category not in names:
                raise InputError(f"{where} is of category {shown(category)}, which is not among the categories")
            found[image][names[category]] = None
        if number % STEP == 0:
            progress()
    return known_table(
        path,
        files=[pictures.located(file, f"{path}: image {shown(one)}") for one, file in files.items()],
        labels=[list(labels) for labels in found.values()],
        classes=names.values(),
    )


def _by_id(document: dict[str, Any], key: str, field: str, path: Path) -> dict[Hashable, str]:
    """A text of each entry of a list, by the entry's id."""
    found: dict[Hashable, str] = {}
    for number, (where, entry) in enumerate(entries(document[key], f"{path}: {key}")):
        one, text = id_of(entry, "id", where), text_of(entry, field, where)
        if found.setdefault(one, text) != text:
            both = f"{shown(found[one])} and {shown(text)}"
            raise InputError(f"{where}: id {shown(one)} stands twice, for {both}; every one needs an id of its own")
        if number % STEP == 0:
            progress()
    return found


def _categories(annotation: dict[str, Any], where: str) -> Iterator[Hashable]:
    segments = annotation.get("segments_info")
    if not isinstance(segments, list):
        yield id_of(annotation, "category_id", where)
        return
    for place, segment in entries(segments, f"{where}.segments_info"):
        yield id_of(segment, "category_id", place)


COCO = JsonKind("coco", "COCO's annotations", fits, table)
