"""The types of columns as the ``datasets`` library describes them: which hold classes, and what these are called."""

import json
from collections.abc import Mapping
from typing import Any

LISTS = ("Sequence", "List", "LargeList")
KEY = b"huggingface"


def type_of(feature: Any) -> str:
    """The type of a column: ``ClassLabel``, ``Image``, ``Sequence``, ...; empty where none is described."""
    return str(feature.get("_type", "")) if isinstance(feature, Mapping) else ""


def names_of(feature: Any) -> tuple[list[str] | None, bool]:
    """The names of the classes in a column, or None; and whether each cell is a list of classes."""
    if isinstance(feature, list) and len(feature) == 1:
        return names_of(feature[0])[0], True
    if type_of(feature) in LISTS:
        return names_of(feature.get("feature"))[0], True
    if type_of(feature) == "ClassLabel" and feature.get("names"):
        return [str(name) for name in feature["names"]], False
    return None, False


def class_names(features: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The names of the classes of each column that holds classes."""
    found = {column: names_of(feature)[0] for column, feature in features.items()}
    return {column: tuple(names) for column, names in found.items() if names is not None}


def features_in(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """The types of the columns that the library keeps in the metadata of a file; none where it keeps none."""
    try:
        found = json.loads((metadata or {}).get(KEY, b"{}"))
        features = found["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}
