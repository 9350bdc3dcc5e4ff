"""Descriptions of a small batch in its present state, edits included; all numbers are counted."""

from collections.abc import Callable, Sequence

import torch

from dashboard.figures.colours import RELATIONS
from dashboard.figures.formatting import label_set
from dashboard.figures.hand_batch import HandBatch
from mlcl_core.pairs import RULES, Relation, relation_matrix

NESTED = (Relation.SUPERSET, Relation.SUBSET)


def relations_of_first(batch: HandBatch) -> str:
    """The relation of every other item to the first one."""
    relation = relation_matrix(*_twice(batch))[0, 1:].tolist()
    groups = []
    for mark in RELATIONS:
        names = [name for name, found in zip(batch.names[1:], relation, strict=True) if found == mark.code]
        if names:
            groups.append(f"{listed(names)} {mark.short()}")
    return f"Beside item {batch.names[0]} {_set(batch, 0)}: {'; '.join(groups)}."


def nested_pairs(batch: HandBatch) -> str:
    """The number of pairs in which one set strictly contains the other."""
    relation = relation_matrix(*_twice(batch))
    nested = int(sum((relation == code).sum() for code in NESTED)) // 2
    n = len(batch)
    return (
        f"{nested} of {n * (n - 1) // 2} pairs are nested: one label set has all labels of the other, and more. Each "
        "can be seen from the larger set and from the smaller one."
    )


def starving(batch: HandBatch) -> str:
    """The items without a positive under a rule that requires equal sets."""
    alone = [
        name
        for name, found in zip(batch.names, _positive(batch, "all_equal").any(1).tolist(), strict=True)
        if not found
    ]
    return f"A rule that requires equal sets leaves {len(alone)} of {len(batch)} items without a positive{_who(alone)}."


def in_common(batch: HandBatch) -> str:
    """The frequency of the commonest label, and the number of pairs that share any label."""
    counts, n = batch.labels.sum(0), len(batch)
    common, positive = int(counts.argmax()), int(_positive(batch, "any_shared").sum())
    return (
        f"{int(counts[common])} of {n} items have the label {batch.label_names[common]}; under any shared label "
        f"{positive // 2} of {n * (n - 1) // 2} pairs are positive."
    )


def one_label_each(batch: HandBatch) -> str:
    """The number of items with one label, and the rules with the same positives."""
    single, reference = int((batch.labels.sum(1) == 1).sum()), _positive(batch, "any_shared")
    other = [rule.title for name, rule in RULES.items() if not torch.equal(_positive(batch, name), reference)]
    agreed = f"{len(RULES) - len(other)} of {len(RULES)} rules call the same pairs positive here"
    apart = f", not {listed(other)}" if other else ""
    return f"{single} of {len(batch)} items have one label each. {agreed}{apart}."


def without_labels_or_positives(batch: HandBatch) -> str:
    """The items without labels, and those without a positive under any shared label."""
    bare = [name for name, row in zip(batch.names, batch.labels, strict=True) if not row.any()]
    found = _positive(batch, "any_shared").any(1).tolist()
    alone = [name for name, has in zip(batch.names, found, strict=True) if not has]
    n = len(batch)
    return (
        f"{len(bare)} of {n} items have no labels{_who(bare)}; {len(alone)} of {n} have no positive under any shared "
        f"label{_who(alone)}."
    )


Words = Callable[[HandBatch], str]


def listed(names: Sequence[str]) -> str:
    """Names with commas and an "and"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def _who(names: Sequence[str]) -> str:
    return f" ({', '.join(names)})" if names else ""


def _set(batch: HandBatch, row: int) -> str:
    return label_set([name for name, has in zip(batch.label_names, batch.labels[row], strict=True) if has])


def _twice(batch: HandBatch) -> tuple[torch.Tensor, torch.Tensor]:
    y = torch.from_numpy(batch.labels)
    return y, y


def _positive(batch: HandBatch, rule: str) -> torch.Tensor:
    return RULES[rule].weights(*_twice(batch), self_index=torch.arange(len(batch))).positive
