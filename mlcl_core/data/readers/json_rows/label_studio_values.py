"""The labels in one answer of Label Studio, and the files that its tasks name."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mlcl_core.errors import InputError

WHOLE = ("choices", "taxonomy")  # the types of answers about the whole item; those of regions end with "labels"
LEVELS = "/"  # between the levels of a taxonomy


def labels_of(result: Sequence[Any], place: str) -> dict[str, list[str]]:
    """The labels of an answer by its fields (``from_name``), each once.

    Args:
        result: The parts of the answer. Those of regions give the labels of their regions; those that hold no labels
            (texts, ratings, numbers) are left out.
        place: The beginning of errors.

    Raises:
        InputError: A part of another form.
    """
    found: dict[str, list[str]] = {}
    for part in result:
        if not isinstance(part, dict) or not isinstance(part.get("value"), dict | None):
            raise InputError(f"{place}: its result holds {str(part)[:40]!r}; that must be an object with a 'value'")
        kind, value, field = str(part.get("type", "")), part.get("value") or {}, part.get("from_name")
        kind = kind or next((key for key in value if holds_labels(key)), "")
        if not holds_labels(kind):
            continue
        if not isinstance(field, str):
            raise InputError(f"{place}: labels without the name of their field ('from_name')")
        own = found.setdefault(field, [])
        own += [label for label in names_in(value.get(kind), place) if label not in own]
    return found


def holds_labels(kind: str) -> bool:
    """Whether an answer of a type holds labels."""
    return kind in WHOLE or kind.lower().endswith("labels")


def names_in(value: Any, place: str) -> list[str]:
    """The labels in a value: a text, texts, or the paths of a taxonomy, whose levels are joined by a slash.

    Raises:
        InputError: Anything else.
    """
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return value
    paths = isinstance(value, list) and all(isinstance(entry, list) for entry in value)
    if paths and all(isinstance(level, str) for entry in value for level in entry):
        return [LEVELS.join(entry) for entry in value]
    raise InputError(f"{place}: labels are {str(value)[:60]!r}; they must be a list of texts")


def local_name(cell: str) -> str:
    """The name beside the file of a picture in Label Studio's own folders; every other text as it is."""
    parts = urlsplit(cell) if cell.startswith("/data/") and len(cell) < 4096 else None
    if parts is None:
        return cell
    if parts.path.startswith("/data/local-files/"):
        return parse_qs(parts.query).get("d", [cell])[0]
    return unquote(parts.path.rsplit("/", 1)[1]) if parts.path.startswith("/data/upload/") else cell
