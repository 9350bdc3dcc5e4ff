"""The tables of a comparison: the neighbours of one item, all items, the label sets that mixed."""

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int64

from dashboard.figures.colours import RELATION_BY_CODE
from dashboard.figures.compare import SpacesCompared
from dashboard.figures.formatting import label_set
from dashboard.figures.pairs import AnchorPairs
from mlcl_core.metrics import MixedSets, NeighbourChanges
from mlcl_core.runs.records import WatchedItems

MAX_ROWS = 2_000  # of all items
MAX_PAIRS = 12  # of label sets, that became neighbours, and as many that stopped being
MAX_RULE_PAIRS = 40
TERMS = ("weight", "force")


def neighbour_table(
    changes: NeighbourChanges,
    rows: Int64[np.ndarray, "2 n"],
    watched: WatchedItems,
    pairs: tuple[AnchorPairs | None, AnchorPairs | None],
) -> pd.DataFrame:
    """One line for each neighbour that an item kept, gained or lost, with rank, cosine, weight and force in both.

    Args:
        changes: Of the item; rows among the common items.
        rows: Rows of the common items among the watched items of A and of B.
        watched: The watched items of A.
        pairs: Of the item under the loss of A and of B; None where that loss compares no pairs.
    """
    at = rows[:, changes.other]
    columns: dict[str, Any] = {"neighbour": list(changes.fate)}
    if watched.texts is not None:
        columns["text"] = [watched.texts[row] for row in at[0]]
    columns["labels"] = [label_set(_labels(watched, row)) for row in at[0]]
    opened = next((one for one in pairs if one is not None), None)
    if opened is not None:
        where = at[0] if opened is pairs[0] else at[1]
        columns["relation"] = [RELATION_BY_CODE[int(code)].short() for code in opened.relation[where]]
    for name, values in (("rank", changes.rank), ("cosine", changes.cosine)):
        for side, letter in enumerate("AB"):
            columns[f"{name} {letter}"] = np.where(np.isfinite(changes.cosine[:, side]), values[:, side], np.nan)
    for name in TERMS:
        for side, letter in enumerate("AB"):
            found = pairs[side]
            if found is not None:
                columns[f"{name} {letter}"] = getattr(found, name)[at[side]].astype(float)
    columns["item"] = [watched.names[row] or f"item {watched.ids[row]}" for row in at[0]]
    return pd.DataFrame(columns)


def rule_pairs_table(a: AnchorPairs, b: AnchorPairs, watched: WatchedItems) -> tuple[pd.DataFrame, list[int]]:
    """The pairs of an item whose force differs most between two rules, and the row of the other item of each line.

    Args:
        a, b: The item's pairs in one space under either rule.
        watched: The watched items.
    """
    change = b.force - a.force
    rows = [int(row) for row in np.argsort(-np.abs(change), kind="stable")[:MAX_RULE_PAIRS] if change[row]]
    columns: dict[str, Any] = {} if watched.texts is None else {"text": [watched.texts[row] for row in rows]}
    columns |= {
        "labels": [label_set(_labels(watched, row)) for row in rows],
        "relation": [RELATION_BY_CODE[int(a.relation[row])].short() for row in rows],
        "cosine": a.cosine[rows].astype(float),
    }
    for name in TERMS:
        columns |= {
            f"{name} A": getattr(a, name)[rows].astype(float),
            f"{name} B": getattr(b, name)[rows].astype(float),
        }
    columns["force B − A"] = change[rows].astype(float)
    columns["item"] = [watched.names[row] or f"item {watched.ids[row]}" for row in rows]
    return pd.DataFrame(columns), rows


def items_table(
    rows: Int64[np.ndarray, "2 n"],
    watched: WatchedItems,
    numbers: SpacesCompared | None,
    losses: tuple[np.ndarray | None, np.ndarray | None],
    *,
    among: Int64[np.ndarray, " m"],
    agreement: Float[np.ndarray, " n"] | None = None,
) -> tuple[pd.DataFrame, Int64[np.ndarray, " m"]]:
    """One line an item with all its numbers, those that agree least first, at most 2,000.

    Args:
        rows: Rows of the common items among the watched items of A and of B.
        watched: The watched items of A.
        numbers: Of both spaces; None where there is one space alone.
        losses: Of the watched items of A and of B as anchors.
        among: Common items that are shown.
        agreement: Of the weights of two rules, for each watched item of A.

    Returns:
        The table, and the place of each line among the common items.
    """
    first = numbers.overlap if numbers is not None else None
    if first is None:
        first = np.full(rows.shape[1], np.nan) if agreement is None else agreement[rows[0]]
    order = among[np.argsort(first[among], kind="stable")][:MAX_ROWS]
    at = rows[:, order]
    columns: dict[str, Any] = {
        "item": [watched.names[row] or f"item {watched.ids[row]}" for row in at[0]],
        "labels": [label_set(_labels(watched, row)) for row in at[0]],
    }
    if agreement is not None:
        columns["weights agree"] = agreement[at[0]]
    if numbers is not None:
        columns["overlap"] = numbers.overlap[order]
        if numbers.drift is not None and numbers.relative is not None:
            columns |= {"drift": numbers.drift[order], "relative drift": numbers.relative[order]}
        a, b = numbers.purity[:, order]
        columns |= {"purity A": a, "purity B": b, "purity B − A": b - a, "cosine change": numbers.change[order]}
    for values, letter, where in zip(losses, "AB", at, strict=True):
        if values is not None:
            columns[f"loss {letter}"] = values[where]
    return pd.DataFrame(columns), order


def mixed_table(
    mixed: MixedSets, rows: Int64[np.ndarray, " n"], watched: WatchedItems, *, became: bool
) -> pd.DataFrame:
    """The pairs of label sets that gained most places among nearest neighbours; ``became`` False: lost most.

    Args:
        mixed: Rows among the common items.
        rows: Row of each common item among the watched items.
        watched: The watched items of A.
        became: Which of both.

    Returns:
        The table, and for each line the places of two items among the common ones, one with either set.
    """
    change = (mixed.after - mixed.before) * (1 if became else -1)
    chosen = np.argsort(-change, kind="stable")[:MAX_PAIRS]
    chosen = chosen[change[chosen] > 1e-6]
    sets = [[label_set(_labels(watched, rows[row])) for row in mixed.example[chosen, side]] for side in (0, 1)]
    table = pd.DataFrame(
        {
            "labels": sets[0],
            "and": sets[1],
            "items": [f"{one:,} and {other:,}" for one, other in mixed.items[chosen]],
            "places A": mixed.before[chosen],
            "places B": mixed.after[chosen],
            "B − A": (mixed.after - mixed.before)[chosen],
        }
    )
    return table, mixed.example[chosen]


def with_either_set(labels: Bool[np.ndarray, "n c"], example: Int64[np.ndarray, " 2"]) -> Int64[np.ndarray, " m"]:
    """Rows of the items with the label set of one of two examples."""
    return np.flatnonzero((labels[:, None] == labels[example]).all(2).any(1)).astype(np.int64)


def _labels(watched: WatchedItems, row: int) -> list[str]:
    return [watched.label_names[label] for label in np.flatnonzero(watched.labels[row])]
