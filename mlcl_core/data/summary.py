"""What is in a data set, in numbers: sizes, label frequencies, and how pairs of its items relate."""

from typing import Any

import numpy as np

from mlcl_core.data.duplicates import first_occurrence, train_test_duplicates
from mlcl_core.data.explore import anchors_without_positive, relation_shares
from mlcl_core.data.multilabel import SPLITS, MultiLabelData

SHOWN = 5  # labels listed as the most and the least frequent


def statistics(data: MultiLabelData, *, batch_size: int = 256, sample: int = 1000, seed: int = 0) -> dict[str, Any]:
    """Count what matters before training, as plain numbers, text, lists and dicts (fit for JSON).

    Args:
        data: Any data set.
        batch_size: For ``anchors_without_positive``.
        sample: Items, at most, whose pairs make the relation shares; all pairs of them are counted, both ways round.
        seed: Of that sample and of the batches.

    Returns:
        ``anchors_without_positive`` is, for each rule, the share of training items that share a batch with no *other*
        item which is a positive of theirs (their own second view is left out; of a large set, of 2,048 anchors).
        ``copies`` are items that are the same as one before them, ``copies_of_training_items`` those of the other
        splits that stand in training too. ``relation_errors`` are the standard errors of the shares; ``cardinality`` is
        labels an item.
    """
    labels = data.labels
    counts = labels.counts()
    # a stable sort, so that labels of one count keep their order on every machine
    order = counts.argsort(descending=True, stable=True).tolist()
    frequency = {data.label_names[c]: int(counts[c]) for c in order}
    listed = [[name, count] for name, count in frequency.items()]
    shares, errors, looked_at = relation_shares(labels, sample=sample, seed=seed)
    first = first_occurrence(data)
    train = labels.select(data.indices("train")).counts().tolist()
    alone = anchors_without_positive(labels, data.indices("train"), [batch_size], seed=seed)
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
        "anchors_without_positive": {name: share for name, (share,) in alone.items()},
    }
