"""The scores at the end of a run, side by side, and what they say of the items as given."""

from collections.abc import Mapping
from typing import Any

JUDGED = {"macro_f1": "macro-F1", "micro_f1": "micro-F1"}  # what the probe's C and threshold are chosen by
COLUMNS = {"test": "trained", "untrained": "untrained", "items": "as given"}


def score_columns(ended: Mapping[str, Any]) -> dict[str, Mapping[str, float]]:
    """The scores of the linear probe by what it read: the trained encoder, the untrained one, the items as given.

    The last is left out where there are none: the run is of an earlier version, or its items are no features.
    """
    return {title: ended[key] for key, title in COLUMNS.items() if ended.get(key)}


def items_sentence(ended: Mapping[str, Any]) -> str | None:
    """Whether the trained encoder is behind the items as given, in a sentence; None: it is ahead, or that is unknown.

    Args:
        ended: The event ``finished`` of a run, or the record that ``mlcl show --json`` prints.
    """
    test, items = ended.get("test") or {}, ended.get("items") or {}
    pairs = {title: (test[name], items[name]) for name, title in JUDGED.items() if name in test and name in items}
    behind = {title: pair for title, pair in pairs.items() if pair[0] <= pair[1]}
    if not behind:
        return None
    if len(behind) == len(pairs):
        return f"The trained encoder does not beat the items as given: {_against(behind)}."
    ahead = {title: pair for title, pair in pairs.items() if title not in behind}
    return f"The trained encoder beats the items as given on {_against(ahead)}, and not on {_against(behind)}."


def _against(pairs: Mapping[str, tuple[float, float]]) -> str:
    return ", ".join(f"{title} {one:.3f} against {other:.3f}" for title, (one, other) in pairs.items())


__all__ = ["items_sentence", "score_columns"]
