"""The rows of a JSON file that is one object: in a list in it, by columns, or by the names of items."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlcl_core.errors import InputError

# the keys under which programs put their rows, where several lists stand in an object
ROWS = ("data", "rows", "records", "items", "samples", "examples", "instances", "documents", "results", "entries")
SPLITS = ("train", "training", "validation", "valid", "val", "dev", "test", "testing")


def unwrapped(document: Mapping[str, Any], path: Path) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """The rows of a document, and how they were found.

    Known: a list of objects under any key (``data``, ``rows``, ... where there are several); one under ``train`` and
    ``test`` each, which become the column ``split``; pandas' orients ``split``, ``table``, ``columns`` and ``index``;
    lists of one length, by columns; lists of labels by the names of items.

    Raises:
        InputError: None of these.
    """
    if not document:
        raise InputError(f"{path} is an empty object; an object for each item is needed")
    for way in (_of_splits, _of_list, _of_split_orient, _of_columns, _of_objects, _of_names):
        found = way(document)
        if found is not None:
            return found
    keys = ", ".join(" ".join(key.split())[:40] for key in list(document)[:8])
    raise InputError(
        f"{path} is one object with the keys {keys}; in none of them stands a list of objects, one for each item"
    )


Rows = tuple[list[dict[str, Any]], tuple[str, ...]]


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _of_splits(document: Mapping[str, Any]) -> Rows | None:
    found = {key: value for key, value in document.items() if _is_rows(value)}
    if len(found) < 2 or not all(key.lower() in SPLITS for key in found):
        return None
    rows = [{**row, "split": row.get("split", key)} for key, value in found.items() for row in value]
    return rows, (f"the rows are those under {', '.join(map(repr, found))}, which are their splits",)


def _of_list(document: Mapping[str, Any]) -> Rows | None:
    found = [key for key, value in document.items() if _is_rows(value)]
    named = [key for key in found if key.lower() in ROWS]
    if len(found) > 1:
        found = named
    if len(found) != 1:
        return None
    return document[found[0]], (f"the rows are those under {found[0]!r}",)


def _of_split_orient(document: Mapping[str, Any]) -> Rows | None:
    """pandas' ``{"columns": [...], "index": [...], "data": [[...], ...]}``."""
    columns, data = document.get("columns"), document.get("data")
    if not isinstance(columns, list) or not isinstance(data, list) or not all(isinstance(row, list) for row in data):
        return None
    if any(len(row) != len(columns) for row in data):
        return None
    return [dict(zip(map(str, columns), row, strict=True)) for row in data], ()


def _of_columns(document: Mapping[str, Any]) -> Rows | None:
    """Lists of one length."""
    values = list(document.values())
    if not all(isinstance(value, list) for value in values) or len({len(value) for value in values}) != 1:
        return None
    if len(values) < 2 or not values[0]:
        return None
    rows = [dict(zip(document, row, strict=True)) for row in zip(*values, strict=True)]
    return rows, ("each key is a column",)


def _of_objects(document: Mapping[str, Any]) -> Rows | None:
    """Objects with the same keys: columns by the numbers of rows, or rows by their names."""
    values = list(document.values())
    if not values or not all(isinstance(value, dict) and value for value in values):
        return None
    inner = list(values[0])
    if _are_numbers(inner) and not _are_numbers(document):
        keys = dict.fromkeys(key for value in values for key in value)
        rows = [{name: value.get(key) for name, value in document.items()} for key in keys]
        return rows, ("each key is a column",)
    if len(values) < 2 or not any(key in values[1] for key in inner):
        return None
    name = "name" if "name" not in inner else "key"
    if _are_numbers(document):
        return [dict(value) for value in values], ()
    return [{name: key, **value} for key, value in document.items()], ("each key is the name of an item",)


def _of_names(document: Mapping[str, Any]) -> Rows | None:
    """Lists of labels by the names of items."""
    values = list(document.values())
    if len(values) < 2 or not all(_is_words(value) for value in values):
        return None
    rows = [{"name": name, "labels": labels} for name, labels in document.items()]
    return rows, ("each key is the name of an item, and its list are the item's labels",)


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str | int) for entry in value)


def _are_numbers(keys: Sequence[str] | Mapping[str, Any]) -> bool:
    return all(key.isdecimal() for key in keys)
