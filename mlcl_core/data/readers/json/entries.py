"""Entries of lists in JSON documents, with the place of each in errors: ``images[3]``."""

from collections.abc import Hashable, Iterator
from typing import Any

from mlcl_core.data.readers.record import in_one_line
from mlcl_core.errors import InputError

MAX_SHOWN = 60  # characters of a value in an error


def entries(found: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a list, each with its place.

    Raises:
        InputError: No list, or another entry than an object.
    """
    if not isinstance(found, list):
        raise InputError(f"{where} is {shown(found)}; it must be a list")
    for number, entry in enumerate(found):
        place = f"{where}[{number}]"
        if not isinstance(entry, dict):
            raise InputError(f"{place} is {shown(entry)}; it must be an object")
        yield place, entry


def id_of(entry: dict[str, Any], field: str, where: str) -> Hashable:
    """An id, a whole number or a text; raises :class:`InputError` for anything else."""
    value = entry.get(field)
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not (whole or isinstance(value, str)):
        raise InputError(f"{where}: {field} is {shown(value)}; it must be a whole number or a text")
    return value


def text_of(entry: dict[str, Any], field: str, where: str) -> str:
    """A text that is not empty; raises :class:`InputError` for anything else."""
    value = entry.get(field)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: {field} is {shown(value)}; it must be a text")
    return value


def shown(value: Any) -> str:
    """A value in an error: short, in one line."""
    text = "missing" if value is None else repr(value)
    return in_one_line(text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}...")
