"""Pictures in a folder for each class, perhaps in a folder for each split: ``train/cats/1.jpg``; no table."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from mlcl_core.data.pictures import ENDINGS
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.known_table import known_table, loaded
from mlcl_core.data.readers.layouts.record import Layout, Members
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.readers.sentences import left_out_sentence, shown_names
from mlcl_core.data.readers.splits import split_word, splits_of
from mlcl_core.data.tables.question import Choice, Question, QuestionError
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

FOLDERS = ("last", "each", "path")
COPIES = ("join", "keep")


def find(members: Members) -> Callable[..., LoadedData] | None:
    """What reads pictures that stand in folders; None where none does."""
    inside = any("/" in name and _is_picture(name) for name in members.sizes)
    return partial(read_class_folders, members) if inside else None


def read_class_folders(
    members: Members,
    *,
    folders: Annotated[
        str,
        Param(
            "Where folders of classes stand in each other: last, the innermost is the label; each, every one on the "
            "way is a label; path, all of them together are one label. Empty: asked where there are such.",
            choices=("", *FOLDERS),
        ),
    ] = "",
    copies: Annotated[
        str,
        Param(
            "Where one picture stands in the folders of several classes: join, it is one item with all their labels; "
            "keep, it is an item in each. Empty: asked where there are such.",
            choices=("", *COPIES),
        ),
    ] = "",
) -> LoadedData:
    """One label for each picture: the folder in which it stands.

    Args:
        members: The files.
        folders: ``last``, ``each``, ``path``, or empty.
        copies: ``join``, ``keep``, or empty.

    Folders called train, test, val and the like are splits where they are all of the outermost ones, or all of the
    innermost ones.

    Edge cases:
        Pictures outside any folder of a class are left out, as are other files; both are said. Copies in different
        splits are never joined.

    Raises:
        QuestionError: Folders of classes in each other, or a picture with the same bytes in the folders of several
            classes, and no option that says what they mean.
        InputError: No picture in a folder of a class.
    """
    pictures, said = _pictures(members)
    found = [item for item in pictures if item.folders]
    if not found:
        raise InputError(
            f"{members.path}: no picture stands in a folder of a class; folders as in cats/1.jpg or train/cats/1.jpg, "
            "or a table that names the pictures and their labels, are needed"
        )
    said += left_out_sentence([item.name for item in pictures if not item.folders], "in no folder of a class")
    labelled = _labelled(found, folders, members)
    if len({item.labels for item in labelled}) == 1:
        raise InputError(
            f"{members.path}: all pictures stand in one folder ({'/'.join(found[0].folders)}); one for each class is "
            "needed, or a table that names the pictures and their labels"
        )
    joined, more = _joined(labelled, copies, members)
    split, told = splits_of([item.split for item in joined])
    known = known_table(
        members.path,
        files=[item.name for item in joined],
        labels=[item.labels for item in joined],
        split=split,
        said=(*said, *more, *told),
    )
    return loaded(known, members.path, members.read)


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


def _labelled(items: list[_Item], folders: str, members: Members) -> list[_Item]:
    """The items with their labels; raises :class:`QuestionError` where folders stand in each other."""
    nested = [item for item in items if len(item.folders) > 1]
    if nested and not folders:
        example = "/".join(nested[0].folders)
        choices = []
        for way in FOLDERS:
            counts = Counter(label for item in items for label in _labels(item, way))
            choices.append(Choice(f"{len(counts):,} labels: {shown_names(counts)}", {"folders": way}))
        text = f"folders of classes stand in each other ({example}): which of them are labels?"
        raise QuestionError(members.path, (Question(text, tuple(choices)),))
    return [replace(item, labels=_labels(item, folders)) for item in items]


def _labels(item: _Item, folders: str) -> tuple[str, ...]:
    if folders == "each":
        return item.folders
    return ("/".join(item.folders),) if folders == "path" else item.folders[-1:]


def _joined(items: list[_Item], copies: str, members: Members) -> tuple[list[_Item], tuple[str, ...]]:
    """The items, with one in place of all copies of a picture that have different labels, if that is chosen."""
    groups = _copies(items, members) if copies != "keep" else []
    if not groups:
        return items, ()
    fewer = sum(len(group) - 1 for group in groups)
    if not copies:
        one, other, *_ = (items[row].name for row in groups[0])
        several = f"{len(groups):,} picture{'s'[: len(groups) != 1]}"
        text = (
            f"{several} in the folders of several classes ({one} and {other} hold the same): one item with all labels?"
        )
        joined = Choice(f"one item each, {len(items) - fewer:,} in all", {"copies": "join"})
        kept = Choice(f"an item in each folder, {len(items):,} in all", {"copies": "keep"})
        raise QuestionError(members.path, (Question(text, (joined, kept)),))
    items = list(items)
    for first, *others in groups:
        labels = [label for row in (first, *others) for label in items[row].labels]
        items[first] = replace(items[first], labels=tuple(dict.fromkeys(labels)))
    gone = {row for group in groups for row in group[1:]}
    left = [item for row, item in enumerate(items) if row not in gone]
    return left, (f"{len(groups):,} pictures in the folders of several classes are one item each, {fewer:,} fewer",)


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


CLASS_FOLDERS = Layout(
    "class_folders",
    "a folder of pictures for each class",
    find,
    declared_options(read_class_folders),
)
