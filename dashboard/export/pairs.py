"""All pairs of one anchor as a table, with the numbers of the loss."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dashboard.export.origin import origin
from dashboard.export.table import ExportTable
from dashboard.figures.colours import RELATION_BY_CODE
from dashboard.figures.pairs import AnchorPairs
from mlcl_core.runs.run import Run

COLUMNS = {
    "id": "number of the other item in the data set; empty for a label prototype",
    "item": "its name",
    "labels": "its labels, T (as reference: S)",
    "relation": "relation of S, the labels of the one that is the anchor of the pair, to T",
    "seen": "the relation in words that describe the other item",
    "shared": "labels in S and T",
    "extra": "labels in T and not in S",
    "K^s": "similarity factor, |S and T| / |S|",
    "K^d": "dissimilarity factor, 1 / (1 + |T minus S|)",
    "weight": "attract weight w of the loss",
    "positive": "whether the pair is a positive",
    "cosine": "cosine of both z",
    "force": "dL/ds of the loss of the pair's anchor: negative pulls together, positive pushes apart",
}
UNITS = "force: dL/ds of the anchor's loss, negative pulls, positive pushes; K^s, K^d, weight, cosine: no unit"


def pairs_table(
    run: Run,
    step: int,
    pairs: AnchorPairs,
    *,
    ids: np.ndarray,
    names: Sequence[str],
    labels: np.ndarray,
    label_names: Sequence[str],
    **more: Any,
) -> ExportTable:
    """Every pair of an anchor but that with itself, in the order of the items; prototypes come last.

    Args:
        run: The run.
        step: The step.
        pairs: Of the anchor.
        ids: Of all items; negative for a prototype.
        names: Likewise.
        labels: Boolean, items x labels, as the pairs were computed with.
        label_names: Their names.
        more: Further entries of the origin, plain JSON.

    Returns:
        The columns of ``COLUMNS``; numbers are those of the loss, not rounded.
    """
    rows = np.flatnonzero(np.arange(len(pairs.force)) != pairs.anchor)
    called = [name or f"item {item}" for name, item in zip(names, ids, strict=True)]
    named = [[name for name, on in zip(label_names, line, strict=True) if on] for line in labels]
    marks = [RELATION_BY_CODE[int(code)] for code in pairs.relation[rows]]
    columns: Mapping[str, Any] = {
        "id": pa.array(ids[rows], pa.int64(), mask=ids[rows] < 0),
        "item": pa.array([called[row] for row in rows], pa.string()),
        "labels": pa.array([named[row] for row in rows], pa.list_(pa.string())),
        "relation": pa.array([mark.name for mark in marks], pa.string()),
        "seen": pa.array([mark.short(pairs.role) for mark in marks], pa.string()),
        **{
            title: pa.array(getattr(pairs, name)[rows])
            for title, name in (
                *(("shared", "shared"), ("extra", "extra")),
                *(("K^s", "similarity_factor"), ("K^d", "dissimilarity_factor")),
                *(("weight", "weight"), ("positive", "positive"), ("cosine", "cosine"), ("force", "force")),
            )
        },
    }
    row = pairs.anchor
    anchor = {
        "id": int(ids[row]),
        "item": called[row],
        "labels": named[row],
        "role": pairs.role,
    }
    told = origin(run, step, columns=COLUMNS, units=UNITS, anchor=anchor, label_names=list(label_names), **more)
    return ExportTable(pa.table(columns), told)
