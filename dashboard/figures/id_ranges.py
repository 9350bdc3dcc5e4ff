"""Item ids as a short text for links: "3-7.12" are the ids 3 to 7 and 12."""

import re

import numpy as np

from mlcl_core.errors import InputError

RANGES = re.compile(r"\d{1,15}(-\d{1,15})?(\.\d{1,15}(-\d{1,15})?)*", re.ASCII)


def id_ranges(ids: np.ndarray) -> str:
    """Sorted ids as a text."""
    if not len(ids):
        return ""
    first = np.concatenate([[True], np.diff(ids) != 1])
    last = np.concatenate([first[1:], [True]])
    pairs = zip(ids[first].tolist(), ids[last].tolist(), strict=True)
    return ".".join(str(low) if low == high else f"{low}-{high}" for low, high in pairs)


def is_ranges(text: str) -> bool:
    """Whether a text may be ids."""
    return RANGES.fullmatch(text) is not None


def ids_of(text: str, at_most: int) -> np.ndarray:
    """The ids of a text, ascending.

    Raises:
        InputError: The text is something else, or names more than ``at_most`` ids.
    """
    if not is_ranges(text):
        raise InputError("items must be ids such as 3-7.12, or the name of a selection of the run")
    ends = [[int(end) for end in part.split("-")] for part in text.split(".")]
    if any(part[0] > part[-1] for part in ends):
        raise InputError("items holds a range that ends before it begins")
    count = sum(part[-1] - part[0] + 1 for part in ends)
    if count > at_most:
        raise InputError(f"items names {count:,} items; a link holds {at_most:,}, and more are a selection of the run")
    return np.unique(np.concatenate([np.arange(part[0], part[-1] + 1) for part in ends]))
