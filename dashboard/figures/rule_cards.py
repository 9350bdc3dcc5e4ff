"""Cards of rules and losses: their records, and the computed effect of a rule on one example of each relation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from dashboard.figures.colours import RELATION_BY_NAME
from dashboard.figures.formatting import label_set
from dashboard.figures.methods import Method, method_record
from mlcl_core.errors import InputError
from mlcl_core.losses import LossRecord, PairLoss, fitted_to_labels
from mlcl_core.pairs import Relation, relation_matrix

LABELS = "abcd"
ANCHOR = "ab"
OTHERS = ("cd", "ab", "bc", "a", "abcd")  # one for each relation, in the order of the literature
WORKS_ON = {
    "embeddings": "embeddings",
    "logits": "logits",
    "label_z": "an embedding for each item and label",
    "mixture": "a distribution for each item (a mixture-density head)",
    "prototypes": "prototypes of the labels",
    "label_counts": "how often each label occurs in training",
}


@dataclass(frozen=True)
class Treatment:
    """The effect of a rule on the pair of S = {a, b} and one other item."""

    relation: str
    other: str
    positive: bool
    weight: float


def treatments(method: str, params: Mapping[str, Any]) -> list[Treatment] | None:
    """A rule or loss on an anchor {a, b} and one item of each relation, the five as the batch; None: refused."""
    anchor, others = _rows(ANCHOR), _rows(*OTHERS)
    try:
        loss = fitted_to_labels(Method(method, dict(params)).loss(), others)
        assert isinstance(loss, PairLoss)
        weights = loss.pair_weights(anchor, others)
    except InputError:
        return None
    codes = relation_matrix(anchor, others)[0].tolist()
    rows = zip(codes, OTHERS, weights.positive[0].tolist(), weights.attract[0].tolist(), strict=True)
    return [
        Treatment(Relation(code).name.lower(), label_set(list(other)), positive, weight)
        for code, other, positive, weight in rows
    ]


def treatment_table(rows: list[Treatment]) -> str:
    """The treatments as a Markdown table, in words about T."""
    lines = ["| T, beside S = {a, b} | T | positive | weight |", "| --- | --- | --- | ---: |"]
    for row in rows:
        words = RELATION_BY_NAME[row.relation].short()
        lines.append(f"| {words} | {row.other} | {'yes' if row.positive else 'no'} | {_weight(row)} |")
    return "\n".join(lines)


@cache
def first_treatments(method: str) -> list[Treatment] | None:
    """The treatments by a method with its first settings."""
    return treatments(method, {})


def method_table(names: Sequence[str]) -> str:
    """Methods as a Markdown table: which pairs are positive, and the weight of one pair of each relation."""
    heads = [f"{RELATION_BY_NAME[row.relation].short()} {row.other}" for row in first_treatments("any_shared") or []]
    lines = [f"| Method | Which pairs | {' | '.join(heads)} |", f"| --- | --- | {'---: | ' * len(heads)}"]
    for name in names:
        record, rows = method_record(name), first_treatments(name)
        weights = ["refused"] * len(heads) if rows is None else [_weight(row) for row in rows]
        lines.append(f"| **{record.title}** | {record.positives} | {' | '.join(weights)} |")
    return "\n".join(lines)


def _weight(row: Treatment) -> str:
    return f"{row.weight:.3g}" if row.positive else "–"


def works_on(record: LossRecord) -> str:
    """The inputs of a loss, in words."""
    return " and ".join(words for need, words in WORKS_ON.items() if need in record.needs)


def _rows(*sets: str) -> torch.Tensor:
    return torch.tensor([[label in names for label in LABELS] for names in sets])
