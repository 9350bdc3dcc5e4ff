"""The table of an anchor's strongest pulls and pushes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.figures.colours import RELATION_BY_CODE
from dashboard.figures.pairs import AnchorPairs

SHOWN = 40  # of each: pulls and pushes


def pair_table(
    pairs: AnchorPairs,
    ids: np.ndarray,
    names: Sequence[str],
    labels: np.ndarray,
    label_names: Sequence[str],
    shown: int = SHOWN,
    held: Sequence[int] | None = None,
    texts: Sequence[str] | None = None,
    among: np.ndarray | None = None,
) -> pd.DataFrame:
    """One line per pair, the strongest force first, at most ``shown`` pulls and as many pushes.

    ``among``: only pairs with these rows. ``held``: these rows in this order instead, so that a selected line keeps its
    position while numbers change.

    Columns: row (of all items), T, relation, force, weight, cosine, shared, extra, K^s, K^d, item. With ``texts`` the
    text comes first, then relation and force, then the others. Numbers are those of the loss, not rounded.
    """
    order = np.argsort(pairs.force, kind="stable")
    order = order if among is None else order[np.isin(order, among)]
    pulls = [int(i) for i in order[:shown] if pairs.force[i] < 0]
    pushes = [int(i) for i in order[::-1][:shown] if pairs.force[i] > 0]
    rows = list(held) if held is not None else sorted(pulls + pushes, key=lambda i: (-abs(pairs.force[i]), i))
    table = pd.DataFrame(
        {
            "row": rows,
            "T": [", ".join(label_names[int(c)] for c in np.flatnonzero(labels[i])) for i in rows],
            "relation": [RELATION_BY_CODE[int(pairs.relation[i])].short(pairs.role) for i in rows],
            "force": pairs.force[rows].astype(float),
            "weight": pairs.weight[rows].astype(float),
            "cosine": pairs.cosine[rows].astype(float),
            "shared": pairs.shared[rows].astype(int),
            "extra": pairs.extra[rows].astype(int),
            "K^s": pairs.similarity_factor[rows].astype(float),
            "K^d": pairs.dissimilarity_factor[rows].astype(float),
            "item": [names[i] or f"item {ids[i]}" for i in rows],
        }
    )
    if texts is None:
        return table
    table.insert(1, "text", [texts[i] for i in rows])
    seen = ["row", "text", "relation", "force"]  # the columns visible in a narrow window
    return table[[*seen, *(name for name in table.columns if name not in seen)]]
