"""Pascal VOC: an XML file for each picture, which names the objects in it; perhaps lists of names for each split.

http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mlcl_core.data.pictures import ENDINGS
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.known_table import EXPORT_PARAMS, KnownTable, combined, known_format, known_table
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.safe_xml import Element, walk_xml
from mlcl_core.data.readers.sentences import left_out_sentence
from mlcl_core.data.readers.splits import SPLIT_NAMES
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.errors import InputError

MAX_XML = 1 << 24  # bytes of the file of one picture
MAX_LIST = 1 << 28  # bytes of a list of names
LISTS = "ImageSets/Main/"
TITLE = "Pascal VOC's XML file for each picture"
ROOT = b"<annotation"
NAME = ["annotation", "object", "name"]
NEEDED = "<annotation> with an <object> and its <name> for each object is needed"


def find(members: Members) -> LocatedTable | None:
    """The files called as pictures are, but ``.xml``; None where the first of them is none of Pascal VOC."""
    pictures: dict[str, list[str]] = {}
    for name in members.sizes:
        if name.lower().endswith(ENDINGS):
            pictures.setdefault(_stem(name), []).append(name)
    names = [name for name in members.sizes if name.lower().endswith(".xml") and _stem(name) in pictures]
    if not names or ROOT not in members.contents(names[0], MAX_XML):
        return None
    return members.located(known_format("voc", TITLE, partial(_made, members, names, pictures)))


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _made(
    members: Members, names: list[str], pictures: Mapping[str, list[str]], file: TableFile, options: Any
) -> KnownTable:
    """A row for each picture: of those in the lists of splits, if there are any; else of all.

    Edge cases:
        Objects that are difficult or truncated count; parts of objects (a hand) do not.
    """
    del file, options
    listed = _listed(members)
    said = left_out_sentence([name for name in names if listed and _stem(name) not in listed], "in no list of a split")
    files: dict[str, list[str]] = {}
    labels: dict[str, list[list[str]]] = {}
    for name in names:
        if not listed or _stem(name) in listed:
            # a list or a folder for each split
            part = listed[_stem(name)] if listed else name.rpartition("/")[0]
            files.setdefault(part, []).append(_picture_of(name, pictures[_stem(name)], members.path))
            labels.setdefault(part, []).append(_labels(members.contents(name, MAX_XML), members.path / name))
            progress()
    parts = {f"{part}/": known_table(members.path, files=files[part], labels=labels[part]) for part in files}
    return combined(parts, members.path, said)


def _picture_of(name: str, found: list[str], path: Path) -> str:
    """The picture of an XML file: the one called like it, in its folder if there are several."""
    beside = [picture for picture in found if picture.rpartition("/")[0] == name.rpartition("/")[0]]
    chosen = beside if len(found) > 1 and beside else found
    if len(chosen) > 1:
        raise InputError(f"{path / name}: several pictures are called like it: {', '.join(chosen[:3])}")
    return chosen[0]


def _labels(raw: bytes, path: Path) -> list[str]:
    """The names of the objects in a file, each once."""
    found: dict[str, None] = {}

    def start(here: Element, attributes: dict[str, str]) -> None:
        del attributes
        if here.path[0] != "annotation":
            raise InputError(f"begins with <{here.path[0][:60]}>; {NEEDED}")

    def end(here: Element) -> None:
        if here.path == NAME:
            if not here.text.strip():
                raise InputError(f"has an <object> without a name; {NEEDED}")
            found[here.text.strip()] = None

    walk_xml(raw, path, start=start, end=end, needed=NEEDED)
    return list(found)


def _listed(members: Members) -> dict[str, str]:
    """The split of each name in the lists called train, val or test; trainval where there is no train.

    Raises:
        InputError: A name in two of them.
    """
    lists = {_stem(name).lower(): name for name in members.sizes if f"/{LISTS}" in f"/{name}" and name.endswith(".txt")}
    if "train" not in lists and "trainval" in lists:
        lists["train"] = lists["trainval"]
    found: dict[str, str] = {}
    for word, split in SPLIT_NAMES.items():
        text = members.contents(lists[word], MAX_LIST).decode("utf-8", "replace") if word in lists else ""
        for line in filter(None, map(str.strip, text.splitlines())):
            stem = line.split()[0]
            if found.setdefault(stem, split) != split:
                raise InputError(f"{members.path}: {stem[:200]!r} stands in the lists of {found[stem]} and of {split}")
    return found


VOC = Layout("voc", TITLE, find, EXPORT_PARAMS)
