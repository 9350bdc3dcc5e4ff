"""Checks and converts data for components into JSON that browsers read, because Streamlit does not.

Streamlit sends a whole dict as one text if a single value in it is not JSON, and NaN unchanged, which browsers reject;
both without an error.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

MAX_INTEGER = 2**53  # larger integers are not exact in a browser
MAX_DEPTH = 16


def payload(value: Any, name: str = "data") -> Any:
    """A value as plain JSON: None, bool, int, float, str, lists of them, dicts by str.

    NumPy scalars and arrays become Python numbers and lists, tuples become lists, integer keys become texts. NaN and
    infinite numbers become None ("unknown"), which every component shows as a dash.

    Args:
        value: Any value.
        name: Its name in error messages.

    Raises:
        TypeError: A value of another type (bytes, set, tensor, object); names its key.
        ValueError: An integer beyond 2^53, two keys that are equal in JSON, more than 16 levels; names the key.
    """
    return _plain(value, name, 0)


def _plain(value: Any, name: str, depth: int) -> Any:
    if value is None or isinstance(value, str | bool | np.bool_):
        return bool(value) if isinstance(value, np.bool_) else value
    if isinstance(value, int | np.integer):
        return _whole(int(value), name)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if depth == MAX_DEPTH:
        raise ValueError(f"{name}: deeper than {MAX_DEPTH} levels")
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
        return _plain(value.tolist(), name, depth)
    if isinstance(value, list | tuple):
        kinds = {*map(type, value)}
        if kinds <= {str} or (kinds == {int} and max(value) <= MAX_INTEGER and min(value) >= -MAX_INTEGER):
            return list(value)  # the fast path, for thousands of lists a second
        return [_plain(one, f"{name}[{place}]", depth + 1) for place, one in enumerate(value)]
    if isinstance(value, Mapping):
        return _mapping(value, name, depth)
    raise TypeError(f"{name} is of the type {type(value).__name__}, which does not go into JSON")


def _whole(value: int, name: str) -> int:
    if abs(value) > MAX_INTEGER:
        raise ValueError(f"{name} is {value}; a browser counts to 2^53")
    return value


def _mapping(value: Mapping[Any, Any], name: str, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, one in value.items():
        if not isinstance(key, str | int | np.integer) or isinstance(key, bool):
            raise TypeError(f"{name} has a key of the type {type(key).__name__}; it must be a text or a whole number")
        text = str(key) if isinstance(key, str) else str(int(key))
        if text in found:
            raise ValueError(f"{name} has two keys that are {text!r}")
        found[text] = _plain(one, f"{name}.{text}", depth + 1)
    return found
