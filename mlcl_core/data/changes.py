"""What differs between two fingerprints of a data set, in words: "20 of 41 test items had been trained on"."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64, UInt64

from mlcl_core.data.fingerprint import Fingerprint
from mlcl_core.data.multilabel import SPLITS

MAX_NAMES = 5  # names of labels listed at most
MAX_CHARACTERS = 60  # shown of one
TRAIN, TEST = SPLITS.index("train"), SPLITS.index("test")


def data_changes(before: Fingerprint, after: Fingerprint) -> tuple[str, ...]:
    """What changed that a training or an evaluation depends on, the gravest first; empty where it is the same data.

    The names of items are no part of it: nothing is computed from them.
    """
    return (*form_changes(before, after), *row_changes(before, after))


def form_changes(before: Fingerprint, after: Fingerprint) -> tuple[str, ...]:
    """What changed of kind, shape and names of labels: what is known without the hashes of the rows."""
    found = []
    if before.kind != after.kind:
        found.append(f"the items are {after.kind}, and were {before.kind}")
    elif before.shape[1:] != after.shape[1:]:
        found.append(f"an item is {_sizes(after.shape[1:])}, and was {_sizes(before.shape[1:])}")
    gone = [name for name in before.label_names if name not in set(after.label_names)]
    new = [name for name in after.label_names if name not in set(before.label_names)]
    found += _named(gone, "is gone", "are gone") + _named(new, "is new", "are new")
    if not gone and not new and before.label_names != after.label_names:
        found.append("the labels stand in another order")
    fewer = before.shape[0] - after.shape[0]
    if fewer:
        found.append(f"{_rows(abs(fewer))} {'fewer' if fewer > 0 else 'more'}")
    return tuple(found)


def row_changes(before: Fingerprint, after: Fingerprint) -> tuple[str, ...]:
    """What changed of the rows: splits, values, order, labels; nothing where the items are of another form."""
    if before.kind != after.kind or before.shape[1:] != after.shape[1:]:
        return ()
    matched = matched_rows(before, after)
    kept = np.flatnonzero(matched >= 0)
    old = matched[kept]
    found = []
    was, now = before.split[old], after.split[kept]
    if trained := int(((was == TRAIN) & (now == TEST)).sum()):
        found.append(f"{trained:,} of {int((after.split == TEST).sum()):,} test items had been trained on")
    if others := min(len(before), len(after)) - len(kept):
        found.append(f"items: {_rows(others)} {_have(others)} other values")
    if moved := int((old != np.sort(old)).sum()):
        found.append(f"row order: {moved:,} of {_rows(len(kept))} stand elsewhere")
    if set(before.label_names) == set(after.label_names):
        found += _of_labels(before.labels[old], after.labels[kept])
    if resplit := int((was != now).sum()):
        found.append(f"splits: {_rows(resplit)} {'is' if resplit == 1 else 'are'} in another one")
    return tuple(found)


def _of_labels(was: UInt64[np.ndarray, " n"], now: UInt64[np.ndarray, " n"]) -> list[str]:
    others = int((was != now).sum())
    if not others:
        return []
    moved = " (the same label sets, moved from row to row)" if np.array_equal(np.sort(was), np.sort(now)) else ""
    return [f"labels: {_rows(others)} {_have(others)} other labels{moved}"]


def matched_rows(before: Fingerprint, after: Fingerprint) -> Int64[np.ndarray, " n"]:
    """For each row the earlier row that it is; -1 where there was no such item.

    Rows in their old place count first, then equal items with equal labels, then equal items; of copies, the first is
    the first.
    """
    found = np.full(len(after), -1, np.int64)
    both = min(len(before), len(after))
    same = np.flatnonzero((before.items[:both] == after.items[:both]) & (before.labels[:both] == after.labels[:both]))
    found[same] = same
    if len(same) == len(before) == len(after):
        return found
    for with_labels in (True, False):
        left = np.ones(len(before), bool)
        left[found[found >= 0]] = False
        old, new = np.flatnonzero(left), np.flatnonzero(found < 0)
        keys = [
            one.items[rows] ^ (one.labels[rows] * np.uint64(0x9E3779B97F4A7C15) if with_labels else np.uint64(0))
            for one, rows in ((before, old), (after, new))
        ]
        pairs = _paired(*keys)
        found[new[pairs[1]]] = old[pairs[0]]
    return found


def _paired(left: UInt64[np.ndarray, " n"], right: UInt64[np.ndarray, " m"]) -> list[Int64[np.ndarray, " pairs"]]:
    """Places of equal hashes in both, the k-th of a hash with the k-th."""
    (first, first_order), (second, second_order) = (_numbered(hashes) for hashes in (left, right))
    _, places, others = np.intersect1d(first, second, assume_unique=True, return_indices=True)
    return [first_order[places], second_order[others]]


def _numbered(hashes: UInt64[np.ndarray, " n"]) -> tuple[np.ndarray, Int64[np.ndarray, " n"]]:
    """The hashes in ascending order, each with its number among equal ones; and their places."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    nth = np.arange(len(ordered)) - np.searchsorted(ordered, ordered, side="left")
    return np.rec.fromarrays([ordered, nth]), order


def _named(names: Sequence[str], one: str, several: str) -> list[str]:
    if not names:
        return []
    shown = [repr(name if len(name) <= MAX_CHARACTERS else f"{name[:MAX_CHARACTERS]}…") for name in names[:MAX_NAMES]]
    more = f" and {len(names) - MAX_NAMES:,} more" if len(names) > MAX_NAMES else ""
    return [f"label{'s'[: len(names) > 1]} {', '.join(shown)}{more} {one if len(names) == 1 else several}"]


def _rows(count: int) -> str:
    return f"{count:,} row{'s'[: count != 1]}"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _sizes(shape: tuple[int, ...]) -> str:
    return f"{shape[0]:,} numbers" if len(shape) == 1 else " x ".join(f"{size:,}" for size in shape)
