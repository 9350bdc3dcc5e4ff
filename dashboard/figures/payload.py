"""What may travel to a component, as JSON that a browser reads: checked here, for Streamlit does not.

Streamlit sends a whole dict as one text where a single value in it is none of JSON's, and NaN as it is, which no
browser reads; both without an error.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

MAX_INTEGER = 2**53  # beyond, a browser's numbers have gaps
DEEPEST = 16


def payload(value: Any, name: str = "data") -> Any:
    """A value as plain JSON: None, bool, int, float, str, lists of them, dicts by str.

    NumPy's scalars and arrays become Python's numbers and lists, tuples lists, an int that is a key its digits. A
    number that is none (NaN, infinite) becomes None: "not known", which each component shows as a dash.

    Args:
        value: Anything.
        name: What it is called in an error.

    Raises:
        TypeError: Another kind of value (bytes, sets, tensors, objects), by the name of its key.
        ValueError: An int beyond 2^53, two keys that are one in JSON, more than 16 levels; by the name of the key.
    """
    return _plain(value, name, 0)


def _plain(value: Any, name: str, depth: int) -> Any:
    if value is None or isinstance(value, str | bool | np.bool_):
        return bool(value) if isinstance(value, np.bool_) else value
    if isinstance(value, int | np.integer):
        return _whole(int(value), name)
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    if depth == DEEPEST:
        raise ValueError(f"{name}: deeper than {DEEPEST} levels")
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
        return _plain(value.tolist(), name, depth)
    if isinstance(value, list | tuple):
        kinds = {*map(type, value)}
        if kinds <= {str} or (kinds == {int} and max(value) <= MAX_INTEGER and min(value) >= -MAX_INTEGER):
            return list(value)  # thousands of them come a second
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
