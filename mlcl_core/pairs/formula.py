"""A rule of one's own: the weight of a pair as a formula over the counts of its two label sets."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.pairs.expression import FUNCTIONS, LONGEST, NAMES, parse
from mlcl_core.pairs.rule import LabelPairs, Option, Rule

# Weights outside leave float32 too little room: their sums, or one over them, would not be finite.
LEAST, MOST = 1e-9, 1e9


def formula(pairs: LabelPairs, *, expression: str, positive: str) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by the value of a formula over the counts of its label sets.

    .. math:: w_{ij} = f(|S|, |T|, |S \cap T|, c)

    Args:
        pairs: The label pairs.
        expression: The formula over s = \|S\|, t = \|T\|, both = \|S and T\|, only_s, only_t, either = \|S or T\| and
            labels = c; the language is that of :func:`mlcl_core.pairs.expression.parse`.
        positive: ``shared``: a pair is positive where it shares a label and its value is above 0; ``any``: wherever the
            value is above 0, for disjoint pairs too.

    Returns:
        Weights between 1e-9 and 1e9 on positives; larger values count as 1e9.

    Edge cases:
        A value that is no number (0/0), infinite (1/0), negative or at most 1e-9 is 0, and its pair no positive. An
        item without labels has no positives and is nobody's positive, whatever the formula says (two of them with
        ``empty_match``).

    Relations:
        ``1`` is ``any_shared``, ``both == either`` is ``all_equal``, ``both / either`` is ``jaccard``, ``both`` is
        ``label_dot`` (whose own normalisation is weight_sum), ``both / s / (1 + only_t)`` is
        ``similarity_dissimilarity``; ``1 - (only_s + only_t) / labels`` with ``any`` is ``hamming``.

    Raises:
        InputError: A formula that cannot be read, with the column of the mistake.

    Example:
        ``both / max(s, t)`` for sets {a, b, c} and {a, b}: 2 / 3.
    """
    counts, dtype = pairs.counts, pairs.dtype
    f = parse(expression)  # remembered, so that a tile does not read it again
    values = {"one": torch.ones((), dtype=dtype, device=counts.shared.device)}
    for name in f.names:
        values[name] = count(pairs, name).to(dtype)
    value = f(values).broadcast_to(counts.shared.shape)
    allowed = counts.shared > 0 if positive == "shared" else (counts.s > 0) & (counts.t > 0)
    # a new matrix, so that what follows can be done in place: the passes over it are what a formula costs
    weight = value.nan_to_num(nan=0, posinf=0, neginf=0).clamp_(max=MOST)
    weight = F.threshold(weight, LEAST, 0, inplace=True).mul_(allowed)
    return weight, weight > 0


def count(pairs: LabelPairs, name: str) -> Tensor:
    """The number that a name of the formula stands for: of each pair, each anchor, each other item, or one for all."""
    counts = pairs.counts
    if name == "labels":
        return counts.shared.new_full((), pairs.y_other.shape[1])
    return {
        "s": lambda: counts.s,
        "t": lambda: counts.t,
        "both": lambda: counts.shared,
        "only_s": lambda: counts.s - counts.shared,
        "only_t": lambda: counts.extra,
        "either": lambda: counts.union,
    }[name]()


FORMULA = Rule(
    name="formula",
    title="Your own formula",
    formula=r"w_{ij} = f(|S|,\, |T|,\, |S \cap T|,\, c)",
    summary="You write the weight of a pair as a formula over the sizes of its two label sets, and it trains like any "
    "built-in rule.",
    source="Yours",
    normalise="count",
    attract=formula,
    when_to_use="When you have an idea of what should attract what, and want to see what it does to the space before "
    "you write code.",
    edge_cases="0/0, infinite and negative values become 0, and a pair of weight 0 is no positive; an item without "
    "labels has no positives.",
    params={
        "expression": Option(
            "both / either",
            f"Names: {', '.join(f'{name} ({words})' for name, words in NAMES.items())}. Also `+ - * / **`, "
            f"comparisons, and, or, not; {', '.join(FUNCTIONS)}(condition, a, b).",
            max_length=LONGEST,
            examples=("both / max(s, t)", "both / s / (1 + only_t)", "where(s == t, 1, 0.5)", "exp(-only_s - only_t)"),
            validate=parse,
        ),
        "positive": Option(
            "shared",
            "Which pairs may be positive: those that share a label, or any whose value is above 0.",
            choices=("shared", "any"),
        ),
    },
)
