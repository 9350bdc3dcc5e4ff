"""Columns, attributes and features that an option names: by name or by a pattern, separated by commas."""

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from mlcl_core.data.pictures import Pictures
from mlcl_core.data.readers.record import LoadedData, in_one_line
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError
from mlcl_core.options import Param

PART = re.compile(r"[-_. ]?(?:train|trn|test|tst|validation|valid|val|dev)(?:[-_. ]?[0-9]{1,3})?$", re.IGNORECASE)
SHOWN = 8  # names in a message
Ignore = Annotated[
    str,
    Param(
        "Features to leave out: names separated by commas, or patterns.",
        max_length=20_000,
        examples=("protein", "meta_*"),
    ),
]


def named(names: Sequence[str], text: str, option: str, path: Path, *, of: str = "column") -> list[str]:
    """The names that an option lists, in their order in the file.

    Args:
        names: All there are.
        text: Names and patterns between commas or line ends, a name with commas in double quotes; or one whole name.
        option: Named in errors.
        path: Likewise.
        of: What the names are of: a column, a feature, an attribute.

    Raises:
        InputError: A name or a pattern that fits none.
    """
    if text and text in names:
        return [text]
    known, found = set(names), set()
    for row in csv.reader(text.splitlines(), skipinitialspace=True):
        for asked in filter(None, map(str.strip, row)):
            fits = [asked] if asked in known else [name for name in names if fnmatchcase(name, asked)]
            if not fits:
                there = f"there are {listed(names)}"
                raise InputError(f"{path} has no {of} {asked[:80]!r} (option {option}); {there}")
            found.update(fits)
    return [name for name in names if name in found]


def set_name(stem: str) -> str:
    """The name of a set from that of a file, which may be one of its parts.

    Example:
        >>> set_name("yeast-train"), set_name("yeast_test_3"), set_name("train")
        ('yeast', 'yeast', 'train')
    """
    return PART.sub("", stem) or stem


def without_features(loaded: LoadedData, ignore: str, path: Path) -> LoadedData:
    """Loaded data of numbers without the features that ``ignore`` names; without names, they are called by number.

    Raises:
        InputError: A name or a pattern that fits none, or nothing is left.
    """
    x = loaded.x
    if not ignore or isinstance(x, Texts | Pictures) or x.ndim != 2:
        return loaded
    width = x.shape[1]
    names = loaded.feature_names or tuple(map(str, range(width)))
    if len(names) != width:
        raise InputError(f"{path}: feature_names has shape {[len(names)]}; it must hold {width} names")
    left = set(named(names, ignore, "ignore", path, of="feature"))
    kept = [at for at, name in enumerate(names) if name not in left]
    if not kept:
        raise InputError(f"{path}: ignore leaves no feature; at least one is needed")
    given = None if loaded.feature_names is None else tuple(names[at] for at in kept)
    return replace(loaded, x=x[:, kept], feature_names=given)


def listed(names: Sequence[str], most: int = SHOWN) -> str:
    """Some names in one line, and how many more there are."""
    shown = ", ".join(in_one_line(name[:80]) or "''" for name in names[:most]) or "none"
    return shown + f" and {len(names) - most:,} more" * (len(names) > most)
