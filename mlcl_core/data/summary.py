"""A data set in numbers: sizes, label frequencies, and the relations between its items."""

from typing import Any

import numpy as np

from mlcl_core.data.doubts import split_doubts
from mlcl_core.data.duplicates import first_occurrence, train_test_duplicates
from mlcl_core.data.explore import anchors_without_positive, relation_shares
from mlcl_core.data.multilabel import SPLITS, MultiLabelData

SHOWN = 5  # labels listed as the most and the least frequent


def statistics(data: MultiLabelData, *, batch_size: int = 256, sample: int = 1000, seed: int = 0) -> dict[str, Any]:
    """Statistics that matter before training, as plain numbers, texts, lists and dicts (ready for JSON).

    Args:
        data: Any data set.
        batch_size: For ``anchors_without_positive``.
        sample: Items, at most, whose ordered pairs give the relation shares; all pairs of them are counted.
        seed: Of that sample and of the batches.

    Returns:
        ``anchors_without_positive``: for each rule, the share of training items whose batch holds no *other* item that
        is a positive of theirs (their own second view is not counted; in a large set, of 2,048 anchors). ``copies``:
        items that are the same as an earlier one; ``copies_of_training_items``: items of other splits that are also in
        the training split. ``relation_errors``: standard errors of the shares. ``cardinality``: labels per item.
        ``doubts``: what the splits leave in doubt, one sentence each, which are at the end of ``said`` too.
    """
    labels = data.labels
    counts = labels.counts()
    # a stable sort, so that labels with equal counts keep their order on every machine
    order = counts.argsort(descending=True, stable=True).tolist()
    frequency = {data.label_names[c]: int(counts[c]) for c in order}
    listed = [[name, count] for name, count in frequency.items()]
    shares, errors, looked_at = relation_shares(labels, sample=sample, seed=seed)
    # without items there is nothing that could be a copy
    first = np.arange(len(data)) if data.kind == "labels_only" else first_occurrence(data)
    doubts = list(split_doubts(data))
    train = labels.select(data.indices("train")).counts().tolist()
    without = anchors_without_positive(labels, data.indices("train"), [batch_size], seed=seed)
    return {
        "name": data.name,
        "title": data.title,
        "kind": data.kind,
        "items": len(data),
        "shape": list(data.items.shape[1:]),
        "labels": labels.shape[1],
        "splits": {split: len(data.indices(split)) for split in SPLITS},
        "cardinality": counts.sum().item() / len(data),
        "label_sets": labels.distinct(),
        "items_without_label": int((labels.sizes() == 0).sum()),
        "copies": int((first != np.arange(len(first))).sum()),
        "copies_of_training_items": int(train_test_duplicates(data, first).sum()),
        "labels_never_trained": [name for name, count in zip(data.label_names, train, strict=True) if not count],
        "label_counts": frequency,
        "most_frequent": listed[:SHOWN],
        "least_frequent": listed[-SHOWN:],
        "pairs_of": looked_at,
        "relation_shares": shares,
        "relation_errors": errors,
        "batch_size": batch_size,
        "anchors_without_positive": {name: share for name, (share,) in without.items()},
        "schema": data.schema,
        "said": [*data.said, *doubts],
        "doubts": doubts,
        "left_out": [{"row": row, "reason": reason} for row, reason in data.left_out],
    }
