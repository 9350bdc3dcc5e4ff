"""YOLO: a text file for each picture, a line for each object in it, which begins with the number of its class.

https://docs.ultralytics.com/datasets/detect/
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from mlcl_core.data.pictures import ENDINGS
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.known_table import EXPORT_PARAMS, KnownTable, combined, known_format, known_table
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.sentences import left_out_sentence
from mlcl_core.data.readers.splits import split_word
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.errors import InputError

TITLE = "YOLO's text file for each picture"
MAX_NAMES = 1 << 20  # bytes of the file of names
MAX_LINES = 1 << 24  # bytes of the file of one picture
YAML = (".yaml", ".yml")
NAME_LISTS = ("obj.names", "classes.txt")
FEWEST = 5  # numbers in a line: the class, and a box or an outline


def find(members: Members) -> LocatedTable | None:
    """A file of the classes' names beside text files called as pictures are; None where there is none."""
    names = _names_file(members)
    files = {_key(name): name for name in members.sizes if name.endswith(".txt")}
    pictures = [name for name in members.sizes if name.lower().endswith(ENDINGS)]
    if names is None or not any(_key(name) in files for name in pictures):
        return None
    return members.located(known_format("yolo", TITLE, partial(_made, members, names, pictures, files)))


def _names_file(members: Members) -> str | None:
    """The outermost file that names the classes: ``data.yaml`` or another with ``names``, or a list."""
    small = [name for name, size in members.sizes.items() if size <= MAX_NAMES]
    for name in sorted(small, key=lambda name: name.count("/")):
        if name.rpartition("/")[2].lower() in NAME_LISTS:
            return name
        if name.lower().endswith(YAML) and b"names" in members.contents(name, MAX_NAMES):
            return name
    return None


def _key(name: str) -> tuple[str, ...]:
    """The folders and the stem of a file, which are those of its picture but for ``images`` and ``labels``."""
    *folders, last = name.split("/")
    return (*(folder for folder in folders if folder not in ("images", "labels")), last.rpartition(".")[0])


def _made(
    members: Members,
    names: str,
    pictures: list[str],
    files: Mapping[tuple[str, ...], str],
    file: TableFile,
    options: Any,
) -> KnownTable:
    """A row for each picture; one without a text file shows no object."""
    del file, options
    classes = _classes(members.contents(names, MAX_NAMES), members.path / names)
    parts: dict[str, tuple[list[str], list[list[str]]]] = {}
    used = set()
    for picture in pictures:
        rows, labels = parts.setdefault(_split_folder(picture), ([], []))
        lines = files.get(_key(picture))
        used.add(lines)
        rows.append(picture)
        labels.append(
            [] if lines is None else _labels(members.contents(lines, MAX_LINES), classes, members.path / lines)
        )
        progress()
    left = [name for name in files.values() if name not in used and "/" in name]
    said = left_out_sentence(left, "no picture is called like it")
    tables = {
        f"{folder}/": known_table(members.path, files=rows, labels=labels, classes=classes.values())
        for folder, (rows, labels) in parts.items()
    }
    return combined(tables, members.path, said)


def _split_folder(picture: str) -> str:
    """The folder of a picture that is called like a split; empty where none is."""
    return next((folder for folder in picture.split("/")[:-1] if split_word(folder)), "")


def _classes(raw: bytes, path: Path) -> dict[int, str]:
    """The names of the classes by their numbers.

    Raises:
        InputError: No sound YAML, no names in it, a name that is no text.
    """
    if not path.name.lower().endswith(YAML):
        lines = raw.decode("utf-8-sig", "replace").splitlines()
        return {number: line.strip() for number, line in enumerate(lines) if line.strip()}
    try:
        # texts as they are written: no, 1.0 and null may be names
        document = yaml.load(raw, Loader=yaml.BaseLoader)
        names: Any = document.get("names") if isinstance(document, dict) else None
        found = dict(enumerate(names)) if isinstance(names, list) else {int(key): name for key, name in names.items()}
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise InputError(f"{path} is no sound YAML: {' '.join(str(error).split())[:200]}") from error
    except (AttributeError, ValueError, TypeError) as error:
        raise InputError(f"{path}: names must be a list of the classes' names, or their names by number") from error
    for number, name in found.items():
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"{path}: the name of class {number} is no text")
    return found


def _labels(raw: bytes, classes: Mapping[int, str], path: Path) -> list[str]:
    """The names of the classes in a file, each once.

    Raises:
        InputError: A line that does not begin with the number of a class, or of fewer than ``FEWEST`` numbers.
    """
    found: dict[str, None] = {}
    for number, line in enumerate(raw.decode("utf-8-sig", "replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if len(words) < FEWEST or not words[0].isdecimal():
            raise InputError(f"{path}: line {number} is {line[:60]!r}; it must be the number of a class, and a box")
        name = classes.get(int(words[0]))
        if name is None:
            raise InputError(f"{path}: line {number} is of class {words[0][:20]}; there are {len(classes)} names")
        found[name] = None
    return list(found)


YOLO = Layout("yolo", TITLE, find, EXPORT_PARAMS)
