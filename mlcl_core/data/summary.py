"""What is in a data set, in numbers: sizes, label frequencies, and how pairs of its items relate."""

from typing import Any

import torch

from mlcl_core.data.batches import epoch_batches
from mlcl_core.data.multilabel import SPLITS, MultiLabelData
from mlcl_core.pairs import RULES, Relation, relation_matrix

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
        item which is a positive of theirs (their own second view is left out). ``cardinality`` is labels an item.
    """
    labels = data.labels
    counts = labels.counts()
    # a stable sort, so that labels of one count keep their order on every machine
    order = counts.argsort(descending=True, stable=True).tolist()
    frequency = {data.label_names[c]: int(counts[c]) for c in order}
    listed = [[name, count] for name, count in frequency.items()]
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randperm(len(data), generator=generator)[:sample]
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
        "label_counts": frequency,
        "most_frequent": listed[:SHOWN],
        "least_frequent": listed[-SHOWN:],
        "pairs_of": len(rows),
        "relation_shares": _relation_shares(labels[rows]),
        "batch_size": batch_size,
        "anchors_without_positive": _without_positive(data, batch_size, seed),
    }


def _relation_shares(labels: torch.Tensor) -> dict[str, float]:
    """Share of each relation among the ordered pairs of different items."""
    codes = relation_matrix(labels, labels)
    off = ~torch.eye(len(labels), dtype=torch.bool)
    found = torch.bincount(codes[off].long(), minlength=max(Relation) + 1)
    total = max(1, int(found.sum()))
    return {relation.name.lower(): found[relation].item() / total for relation in Relation}


def _without_positive(data: MultiLabelData, batch_size: int, seed: int) -> dict[str, float]:
    batches = epoch_batches(data.indices("train"), batch_size, seed=seed, epoch=0)
    lonely = dict.fromkeys(RULES, 0)
    for batch in batches:
        y = data.labels[batch]
        own = torch.arange(len(y))
        for name, rule in RULES.items():
            lonely[name] += int((~rule.weights(y, y, self_index=own).positive.any(1)).sum())
    anchors = sum(len(batch) for batch in batches)
    return {name: count / anchors for name, count in lonely.items()}
