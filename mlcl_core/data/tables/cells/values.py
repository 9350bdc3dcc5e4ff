"""The labels that a parsed list, an object or a nested Arrow value holds."""

import math
from collections.abc import Mapping
from typing import Any

from mlcl_core.data.tables.cells.literals import NUMBER, Bare, Misfit

# the field of an object that names its label; the first that there is
FIELDS = ("choices", "labels", "tags", "name", "label", "value", "text", "tag")
# fields that say how sure a label is
SCORES = frozenset(["score", "confidence", "probability", "prob", "likelihood"])
NULLS = frozenset(["none", "null", "nan", "na", "<na>", "nat", "nil"])
SQL_NULL = "null"
TRUTHS = {"true": True, "false": False}


def labels_in(value: Any) -> list[str]:
    """The labels of a value, in their order; words without quotes are ``Bare``, for :func:`label_of` to tell.

    Args:
        value: From :func:`literals.parsed`, or from ``as_py`` of Arrow.

    Edge cases:
        A dict whose values are all true or false: the keys of the true ones. An object: what ``FIELDS`` finds. Numbers
        of classes are written without a point: 3 for 3.0.

    Raises:
        Misfit: Fractions, lists in lists, objects without a name.
    """
    if isinstance(value, list | tuple | set | frozenset):
        return [label for entry in value for label in _entry(entry)]
    return _entry(value)


def has_scores(value: Any) -> bool:
    """Whether objects carry a number between 0 and 1 beside their label, so that not each may be meant."""
    entries = value if isinstance(value, list | tuple) else [value]
    for entry in entries:
        if isinstance(entry, Mapping):
            for key, number in entry.items():
                text = str(number)
                if str(key).lower() in SCORES and NUMBER.fullmatch(text) and 0 < float(text) < 1:
                    return True
    return False


def label_of(word: Bare, *, words: bool) -> str:
    """The label of a word without quotes; empty where it says that there is none.

    Args:
        word: As printed.
        words: Whether the column's lists hold words without quotes: then ``None``, ``nan`` and ``3.0`` are words too,
            and only ``NULL`` is none, as in DuckDB.

    Raises:
        Misfit: A fraction, true or false.
    """
    low = word.lower()
    if low == SQL_NULL or (low in NULLS and not words):
        return ""
    if words:
        return str(word)
    if low in TRUTHS:
        raise Misfit("true and false are no names of labels")
    if not NUMBER.fullmatch(word):
        return str(word)
    digits = word.lstrip("+")
    return digits if digits.lstrip("-").isdigit() else number_name(float(word))


def is_word(word: Bare) -> bool:
    """Whether a word without quotes is none of the numbers and constants that every program prints so."""
    return not NUMBER.fullmatch(word) and word.lower() not in NULLS and word.lower() not in TRUTHS


def _entry(value: Any) -> list[str]:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool):
        raise Misfit("true and false are no names of labels")
    if isinstance(value, int | float):
        return [number_name(value)]
    if isinstance(value, Mapping):
        return _of_object(value)
    if isinstance(value, list | tuple):
        raise Misfit("lists stand in lists")
    raise Misfit(f"a {type(value).__name__} is no label")


def _of_object(value: Mapping[str, Any]) -> list[str]:
    if not value:
        return []
    truths = [truth(one) for one in value.values()]
    if None not in truths:
        return [str(key) for key, one in zip(value, truths, strict=True) if one]
    field = next((field for field in FIELDS if field in value), None)
    if field is None:
        keys = ", ".join(map(str, list(value)[:6]))
        raise Misfit(f"an object without any of {', '.join(FIELDS)}; it has {keys}")
    return labels_in(value[field])


def number_name(value: float) -> str:
    """The name of a class number: 3 for 3.0.

    Raises:
        Misfit: A fraction, or no finite number.
    """
    if not math.isfinite(value) or value != int(value):
        raise Misfit(f"{value:g} is no class number")
    return str(int(value))


def truth(value: Any) -> bool | None:
    """True and false as printed by any program; None for everything else."""
    return TRUTHS.get(value.lower()) if isinstance(value, Bare) else value if isinstance(value, bool) else None


def zero_one(value: Any) -> list[int] | None:
    """The entries of a vector of 0 and 1 (or true and false); None for every other value."""
    if not isinstance(value, list | tuple) or not len(value):
        return None
    found = []
    for entry in value:
        bit = truth(entry)
        if bit is None and (isinstance(entry, int | float) or (isinstance(entry, Bare) and NUMBER.fullmatch(entry))):
            bit = {0.0: False, 1.0: True}.get(float(entry))
        if bit is None:
            return None
        found.append(int(bit))
    return found
