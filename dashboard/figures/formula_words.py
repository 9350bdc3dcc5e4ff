"""Faults of a formula of one's own on a small batch, in words: how many pairs, the first of them, and what to write."""

from collections.abc import Sequence

from dashboard.figures.formatting import escaped, label_set
from dashboard.figures.hand_batch import HandBatch
from mlcl_core.pairs.formula_faults import FormulaFault


def fault_words(letter: str, batch: HandBatch, faults: Sequence[FormulaFault]) -> list[str]:
    """A line for each fault, Markdown. ``letter``: of the method."""
    return [
        f"**{letter}**: {fault.pairs:,} of the {fault.among:,} pairs that may be positive {_happens(fault)}, first "
        f"anchor {_item(batch, fault.first[0])} with {_item(batch, fault.first[1])}. Such a pair gets weight 0 and is "
        f"not a positive. {_advice(fault)}"
        for fault in faults
    ]


def _happens(fault: FormulaFault) -> str:
    several = fault.pairs != 1
    if fault.kind == "divides by zero":
        return f"{'divide' if several else 'divides'} by zero (`{fault.divisor}`)"
    if fault.kind == "is negative":
        return f"{'have' if several else 'has'} a negative value"
    return f"{'have' if several else 'has'} no finite value"


def _item(batch: HandBatch, row: int) -> str:
    carried = [name for name, has in zip(batch.label_names, batch.labels[row], strict=True) if has]
    return f"{escaped(batch.names[row])} {escaped(label_set(carried))}"


def _advice(fault: FormulaFault) -> str:
    if fault.kind == "divides by zero":
        return f"Divide by `max({fault.divisor}, 1)`, or choose a value there: `where({fault.divisor} > 0, …, 1)`."
    if fault.kind == "is negative":
        return "Write `max(…, 0)` if that is meant; else add what keeps it above 0."
    return "A logarithm needs a number above 0, such as `log(1 + both)`; a root or a power one that is not negative."
