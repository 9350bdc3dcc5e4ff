"""CVAT's annotations of pictures in XML: the labels of a picture are its tags and those of what is marked in it.

https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from mlcl_core.data.readers.known_table import KnownTable, combined, known_format, known_table
from mlcl_core.data.readers.members import InFolder
from mlcl_core.data.readers.picture_names import PictureNames
from mlcl_core.data.readers.safe_xml import Element, walk_xml
from mlcl_core.data.readers.sentences import shown_names
from mlcl_core.data.readers.splits import split_word
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import table_reader
from mlcl_core.errors import InputError

MAX_XML = 1 << 29  # bytes, which are kept in memory
DECLARED = ["annotations", "meta", "labels", "label", "name"]  # a label's name, without the task or job around it
NEEDED = "CVAT's <annotations> with an <image name=...> for each picture are needed"


@dataclass
class _Found:
    """What was read so far: the labels that the file declares; and of each picture its file, labels and subset."""

    declared: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    labels: list[dict[str, None]] = field(default_factory=list)
    split: list[str] = field(default_factory=list)


def table(raw: bytes, path: Path, pictures: PictureNames) -> KnownTable:
    """A row for each picture of "CVAT for images 1.1", in the order of the file.

    Args:
        raw: The file.
        path: Named in errors.
        pictures: Where pictures are.

    Edge cases:
        The subset of a picture is its split, where every picture has one that is called like a split.

    Raises:
        InputError: Another XML file, one for a video, a document type, no sound XML, a picture without a name, a label
            that the file does not declare (line named).
    """
    found = _Found()
    walk_xml(raw, path, start=partial(_start, found), end=partial(_end, found), needed=NEEDED)
    if not found.files:
        raise InputError(f"{path} names no picture; {NEEDED}")
    words = [split_word(word) for word in found.split]
    return known_table(
        path,
        files=[pictures.located(name, f"{path}: image") for name in found.files],
        labels=[list(labels) for labels in found.labels],
        split=words if all(words) else None,
        classes=found.declared,
    )


def _end(found: _Found, here: Element) -> None:
    # the meta may be of a task, a job or a project
    if here.path[:2] == DECLARED[:2] and here.path[-3:] == DECLARED[-3:]:
        found.declared.append(here.text.strip())


def _start(found: _Found, here: Element, attributes: dict[str, str]) -> None:
    path = here.path
    if path[0] != "annotations":
        raise InputError(f"begins with <{path[0][:60]}>; {NEEDED}")
    if path == ["annotations", "track"]:
        raise InputError("has a <track>, of a video; export the task as CVAT for images")
    if path == ["annotations", "image"]:
        if not attributes.get("name", "").strip():
            raise InputError("has an <image> without a name")
        found.files.append(attributes["name"])
        found.labels.append({})
        found.split.append(attributes.get("subset", ""))
    if len(path) == 3 and path[1] == "image" and "label" in attributes:
        label = attributes["label"]
        # the declarations stand first
        if found.declared and label not in found.declared:
            raise InputError(
                f"has label {label[:60]!r} on {found.files[-1][:60]!r}, which is not declared; declared are "
                f"{shown_names(found.declared)}"
            )
        found.labels[-1][label] = None


def _made(file: TableFile, options: Any) -> KnownTable:
    """The rows of a file by itself, with the pictures in its folder and the folders in it."""
    del options
    members = InFolder(file.path.parent)
    raw = members(file.path.name, str(file.path), MAX_XML)
    return combined({file.path.name: table(raw, file.path, PictureNames(members.nearby(), file.path.name))}, file.path)


CVAT = table_reader(known_format("cvat", "CVAT for images", _made, suffixes=(".xml",)))
