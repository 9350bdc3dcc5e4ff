"""Pictures in a folder for each class, perhaps in a folder for each split: ``train/cats/1.jpg``; no table."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from mlcl_core.data.pictures import ENDINGS
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.known_table import EXPORT_PARAMS, KnownTable, known_format, known_table
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.sentences import left_out_sentence, shown_names
from mlcl_core.data.readers.splits import split_word, splits_of
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.options import TableOptions
from mlcl_core.data.tables.question import Choice, Question
from mlcl_core.data.tables.reader import LocatedTable
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

FOLDERS = ("last", "each", "path")
DUPLICATES = ("join", "keep")
TITLE = "a folder of pictures for each class"


@dataclass(frozen=True)
class FolderOptions(TableOptions):
    """The options of folders of classes, beside those of every table."""

    folders: Annotated[
        str,
        Param(
            "Where folders of classes stand in each other: last, the innermost is the label; each, every one on the "
            "way is a label; path, all of them together are one label. Empty: asked where there are such.",
            choices=("", *FOLDERS),
        ),
    ] = ""
    duplicates: Annotated[
        str,
        Param(
            "Where one picture stands in the folders of several classes: join, it is one item with all their labels; "
            "keep, it is an item in each. Empty: asked where there are such.",
            choices=("", *DUPLICATES),
        ),
    ] = ""


PARAMS = {**{name: declared_options(FolderOptions)[name] for name in ("folders", "duplicates")}, **EXPORT_PARAMS}


def find(members: Members) -> LocatedTable | None:
    """The pictures that stand in folders; None where none does."""
    if not any("/" in name and _is_picture(name) for name in members.sizes):
        return None
    make = partial(labelled_pictures, members)
    return members.located(known_format("class_folders", TITLE, make, options=FolderOptions, params=PARAMS))


def labelled_pictures(members: Members, file: TableFile, options: FolderOptions) -> KnownTable:
    """One label for each picture: the folder in which it stands.

    Folders called train, test, val and the like are splits where they are all of the outermost ones, or all of the
    innermost ones.

    Edge cases:
        Pictures outside any folder of a class are left out, as are other files; both are said. Copies in different
        splits are never joined.

    Questions: which of several folders around a picture are labels; what a picture with the same bytes in the folders
    of several classes is.

    Raises:
        InputError: No picture in a folder of a class, or all in one.
    """
    del file
    pictures, said = _pictures(members)
    found = [item for item in pictures if item.folders]
    if not found:
        raise InputError(
            f"{members.path}: no picture stands in a folder of a class; folders as in cats/1.jpg or train/cats/1.jpg, "
            "or a table that names the pictures and their labels, are needed"
        )
    said += left_out_sentence([item.name for item in pictures if not item.folders], "in no folder of a class")
    questions = () if options.folders else _which_folders(found)
    labelled = [replace(item, labels=_labels(item, options.folders or FOLDERS[0])) for item in found]
    if len({item.labels for item in labelled}) == 1:
        raise InputError(
            f"{members.path}: all pictures stand in one folder ({'/'.join(found[0].folders)}); one for each class is "
            "needed, or a table that names the pictures and their labels"
        )
    copies = [] if options.duplicates == "keep" else _copies(labelled, members)
    joined, more = _joined(labelled, copies) if options.duplicates == "join" else (labelled, ())
    if copies and not options.duplicates:
        questions += (_what_copies_are(labelled, copies),)
    split, told = splits_of([item.split for item in joined])
    known = known_table(
        members.path,
        files=[item.name for item in joined],
        labels=[item.labels for item in joined],
        split=split,
        said=(*said, *more, *told),
    )
    return replace(known, questions=questions)


@dataclass(frozen=True)
class _Item:
    """A picture: its file, the folders of its classes from the outermost on, its split and its labels."""

    name: str
    folders: tuple[str, ...]
    split: str
    labels: tuple[str, ...] = ()


def _is_picture(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def _pictures(members: Members) -> tuple[list[_Item], tuple[str, ...]]:
    """The pictures, and what is said of the files that are none."""
    names = [name for name in members.sizes if _is_picture(name)]
    others = [name for name in members.sizes if not _is_picture(name)]
    said = left_out_sentence(others, "no picture")
    if members.hidden:
        said += (f"{members.hidden:,} hidden file{'s'[: members.hidden != 1]} left out",)
    paths = [tuple(name.split("/")[:-1]) for name in names]
    inside = [path for path in paths if path]
    # a folder that holds all others is no class
    shared = 0
    while inside and all(len(path) > shared + 1 and path[shared] == inside[0][shared] for path in inside):
        shared += 1
    paths = [path[shared:] for path in paths]
    inside = [path for path in paths if path]
    split = [""] * len(paths)
    for place in (0, -1):
        if inside and all(split_word(path[place]) for path in inside):
            split = [path[place] if path else "" for path in paths]
            paths = [path[1:] if place == 0 else path[:-1] for path in paths]
            break
    return [_Item(*item) for item in zip(names, paths, split, strict=True)], said


def _which_folders(items: list[_Item]) -> tuple[Question, ...]:
    """The question which folders are labels; none where each picture stands in one."""
    nested = [item for item in items if len(item.folders) > 1]
    if not nested:
        return ()
    choices = []
    for way in FOLDERS:
        counts = Counter(label for item in items for label in _labels(item, way))
        choices.append(Choice(f"{len(counts):,} labels: {shown_names(counts)}", {"folders": way}))
    example = "/".join(nested[0].folders)
    text = f"folders of classes stand in each other ({example}): which of them are labels?"
    return (Question(text, tuple(choices)),)


def _labels(item: _Item, folders: str) -> tuple[str, ...]:
    if folders == "each":
        return item.folders
    return ("/".join(item.folders),) if folders == "path" else item.folders[-1:]


def _what_copies_are(items: list[_Item], copies: list[list[int]]) -> Question:
    fewer = sum(len(group) - 1 for group in copies)
    one, other, *_ = (items[row].name for row in copies[0])
    several = f"{len(copies):,} picture{'s'[: len(copies) != 1]}"
    text = f"{several} in the folders of several classes ({one} and {other} hold the same): one item with all labels?"
    joined = Choice(f"one item each, {len(items) - fewer:,} in all", {"duplicates": "join"})
    kept = Choice(f"an item in each folder, {len(items):,} in all", {"duplicates": "keep"})
    return Question(text, (joined, kept))


def _joined(items: list[_Item], copies: list[list[int]]) -> tuple[list[_Item], tuple[str, ...]]:
    """The items, with one in place of all copies of a picture, which has all their labels; and what is said of it."""
    if not copies:
        return items, ()
    items = list(items)
    for first, *others in copies:
        labels = [label for row in (first, *others) for label in items[row].labels]
        items[first] = replace(items[first], labels=tuple(dict.fromkeys(labels)))
    gone = {row for group in copies for row in group[1:]}
    left = [item for row, item in enumerate(items) if row not in gone]
    several = f"{len(copies):,} picture{'s'[: len(copies) != 1]}"
    return left, (f"{several} in the folders of several classes taken as one item each, {len(gone):,} fewer",)


def _copies(items: list[_Item], members: Members) -> list[list[int]]:
    """The rows with the same bytes in the same split, where their labels differ."""
    by_size: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row, item in enumerate(items):
        by_size[item.split, members.sizes[item.name]].append(row)
    by_bytes: dict[tuple[str, bytes], list[int]] = defaultdict(list)
    for (split, _), rows in by_size.items():
        # files of one size alone may be copies, and few have
        if len({items[row].labels for row in rows}) > 1:
            for row in rows:
                name = items[row].name
                raw = members.read(name, f"{members.path}: picture {name!r}")
                by_bytes[split, hashlib.sha256(raw).digest()].append(row)
                progress()
    return [rows for rows in by_bytes.values() if len({items[row].labels for row in rows}) > 1]


CLASS_FOLDERS = Layout("class_folders", TITLE, find, PARAMS)
