"""The cloud as a table, with one line per point."""

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from dashboard.figures.colours import RELATION_BY_CODE
from dashboard.figures.pairs import AnchorPairs
from mlcl_core.runs.records import WatchedItems


def item_table(
    watched: WatchedItems, xy: Float[np.ndarray, "n 2"], pairs: AnchorPairs | None, anchor: int
) -> pd.DataFrame:
    """Name, labels, split and position of each of the ``n`` watched items, in their order.

    Args:
        watched: The watched items.
        xy: Their positions on the map.
        pairs: The anchor's pairs with each of them; None where the loss compares no pairs.
        anchor: Row of the anchor; its relation is called "anchor", and its weight, cosine and force are empty.

    Returns:
        Columns item (of texts: text first, item last), labels, split, x, y; with pairs also relation, weight, cosine,
        force, as the loss has them.
    """
    names = watched.label_names
    columns: dict[str, Any] = {} if watched.texts is None else {"text": list(watched.texts)}
    columns |= {
        "item": [name or f"item {item}" for name, item in zip(watched.names, watched.ids, strict=True)],
        "labels": [", ".join(names[label] for label in np.flatnonzero(line)) for line in watched.labels],
    }
    if pairs is not None:
        itself = np.arange(len(watched.ids)) == anchor
        columns["relation"] = [
            "anchor" if same else RELATION_BY_CODE[int(code)].short(pairs.role)
            for same, code in zip(itself, pairs.relation, strict=True)
        ]
        for name in ("weight", "cosine", "force"):
            columns[name] = np.where(itself, np.nan, getattr(pairs, name).astype(float))
    table = pd.DataFrame(columns | {"split": list(watched.split), "x": xy[:, 0], "y": xy[:, 1]})
    # the name of a text is its beginning, or part of it
    return table if watched.texts is None else table[[*table.columns.drop("item"), "item"]]
