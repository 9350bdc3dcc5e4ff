"""The record that describes what a JSON document is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcl_core.data.readers.known_table import KnownTable
from mlcl_core.data.readers.picture_names import PictureNames


@dataclass(frozen=True)
class JsonKind:
    """One kind of document, recognised by what it holds.

    Args:
        name: The key in ``KINDS``.
        title: A few words that end the sentence "is read as".
        fits: Whether a document is of this kind; it may hold anything.
        table: ``table(document, path, pictures)`` returns its rows, or raises :class:`InputError` with one line that
            names the file and the place.
    """

    name: str
    title: str
    fits: Callable[[Any], bool]
    table: Callable[[Any, Path, PictureNames], KnownTable]
