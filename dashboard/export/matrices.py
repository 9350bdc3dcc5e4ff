"""The matrices of the Relations page as a table, one row for each pair of the batch."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from dashboard.export.origin import versions
from dashboard.export.pairs import UNITS
from dashboard.export.table import ExportTable
from dashboard.figures.colours import RELATION_BY_CODE
from dashboard.figures.hand_batch import HandBatch
from dashboard.figures.relations import Verdict, origin_words, verdict_of_labels

COLUMNS = {
    "anchor": "the item that is the anchor",
    "other": "the other item",
    "S": "labels of the anchor",
    "T": "labels of the other item",
    "relation": "relation of S to T",
    "shared": "labels in S and T",
    "extra": "labels in T and not in S",
    "K^s": "similarity factor, |S and T| / |S|",
    "K^d": "dissimilarity factor, 1 / (1 + |T minus S|)",
    "cosine": "cosine of both embeddings",
    "weight A, weight B": "attract weight of the pair under the method",
    "positive A, positive B": "whether the pair is a positive under the method",
    "force A, force B": "dL/ds of the anchor's loss under the method: negative pulls together, positive pushes apart",
}


def matrices_table(batch: HandBatch, verdicts: Mapping[str, Verdict]) -> ExportTable:
    """Every pair of two different items, row by row; the columns of a method that was refused are left out.

    Args:
        batch: The items.
        verdicts: Of the methods A and B.
    """
    terms = verdict_of_labels(batch)
    off = ~np.eye(len(batch), dtype=bool)
    rows, others = np.nonzero(off)
    labels = [[name for name, on in zip(batch.label_names, line, strict=True) if on] for line in batch.labels]
    columns: dict[str, Any] = {
        "anchor": pa.array([batch.names[row] for row in rows], pa.string()),
        "other": pa.array([batch.names[row] for row in others], pa.string()),
        "S": pa.array([labels[row] for row in rows], pa.list_(pa.string())),
        "T": pa.array([labels[row] for row in others], pa.list_(pa.string())),
        "relation": pa.array([RELATION_BY_CODE[int(code)].name for code in terms.relation.numpy()[off]], pa.string()),
    }
    shared = {"shared": terms.shared, "extra": terms.extra, "cosine": terms.cosine}
    factors = {"K^s": terms.similarity_factor, "K^d": terms.dissimilarity_factor}
    columns |= {name: pa.array(values.numpy()[off]) for name, values in {**shared, **factors}.items()}
    for letter, one in verdicts.items():
        if one.terms is not None:
            found = {"weight": one.terms.attract, "positive": one.terms.positive, "force": one.terms.force}
            columns |= {f"{name} {letter}": pa.array(values.numpy()[off]) for name, values in found.items()}
    told = {
        "batch": origin_words(batch),
        "methods": {letter: _described(one) for letter, one in verdicts.items()},
        "columns": COLUMNS,
        "units": UNITS,
        "versions": versions(),
    }
    return ExportTable(pa.table(columns), told)


def _described(one: Verdict) -> dict[str, Any]:
    method = one.method
    return {
        "rule": method.rule,
        "rule_params": dict(method.rule_params),
        "temperature": method.temperature,
        "placement": method.placement,
        "normalise": method.normalise,
        "refused": one.refused,
    }
