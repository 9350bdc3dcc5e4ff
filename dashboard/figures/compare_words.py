"""What two sides of a comparison do not share, in words."""

from typing import Any

import pandas as pd

from mlcl_core.runs.compare import CommonItems, Setting, Unshared

FIRST = 3  # settings named in the line
MAX_VALUE = 60  # characters of a value


def in_common(common: CommonItems) -> str:
    """How many items are compared, and what is left out or differs: "300 items are in both"."""
    first, second = common.watched
    count = common.sampled_from or len(common)
    words = [f"{count:,} item{'s are' if count != 1 else ' is'} in both"]
    if (first, second) != (count, count):
        words[0] += f" (A watches {first:,}, B {second:,})"
    if common.other:
        many = common.other != 1
        words.append(
            f"{common.other:,} id{'s' * many} stand{'s' * (not many)} for another item in each and "
            f"{'are' if many else 'is'} left out"
        )
    if common.sampled_from:
        words.append(f"{len(common):,} of them, a fixed sample, are compared")
    if common.relabelled:
        words.append(f"{common.relabelled:,} of them have other labels in B")
    if common.resplit:
        words.append(f"{common.resplit:,} of them are in another split")
    return "; ".join(words)


def not_shared(found: Unshared) -> str:
    """The differences in one line; of many settings the first ones, and how many more there are."""
    words = [f"{_path(one)} {value(one.values[0])} → {value(one.values[1])}" for one in found.settings[:FIRST]]
    more = len(found.settings) - len(words)
    if more > 0:
        words.append(f"{more:,} more setting{'s' * (more > 1)}")
    if found.data:
        words.append(f"data: {'; '.join(found.data)}")
    if found.versions:
        words.append(f"schema version {value(found.versions[0])} → {value(found.versions[1])}")
    return " · ".join(words) if words else "nothing: data and settings are the same"


def difference_table(found: Unshared) -> pd.DataFrame:
    """One line a setting that differs, with both values."""
    rows = [(one.path, value(one.values[0]), value(one.values[1])) for one in found.settings]
    if found.versions:
        rows.append(("schema_version", value(found.versions[0]), value(found.versions[1])))
    return pd.DataFrame(rows, columns=["setting", "A", "B"])


def value(given: Any) -> str:
    """A value of a setting as text; "–" where a run has no such setting."""
    text = "–" if given is None else f"{given:,}" if type(given) is int else str(given)
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"


def _path(setting: Setting) -> str:
    return {"seed": "seed", "data.seed": "seed of the split"}.get(setting.path, setting.path)
