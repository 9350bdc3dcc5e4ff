"""A rule of one's own: the weight of a pair as a formula over the counts of its two label sets."""

from collections.abc import Mapping
from math import log
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.options import Param
from mlcl_core.pairs.expression import FUNCTIONS, MAX_LENGTH, NAMES, Expression, parse
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.rule import Rule

# Weights outside leave float32 too little range: their sums, or one over them, would not be finite.
MIN_WEIGHT, MAX_WEIGHT = 1e-9, 1e9

EXPRESSION = Param(
    f"Names: {', '.join(f'{name} ({words})' for name, words in NAMES.items())}. Also `+ - * / **`, "
    f"comparisons, and, or, not; {', '.join(FUNCTIONS)}(condition, a, b). In rare a label weighs the more, the fewer "
    "training items carry it: on average 1.",
    max_length=MAX_LENGTH,
    examples=(
        "both / max(s, t)",
        "both / s / (1 + only_t)",
        "where(s == t, 1, 0.5)",
        "exp(-only_s - only_t)",
        "rare / either",
    ),
    validate=parse,
)


def formula(
    pairs: LabelPairs,
    *,
    expression: Annotated[str, EXPRESSION] = "both / either",
    positive: Annotated[
        Literal["shared", "any"],
        Param("Which pairs may be positive: those that share a label, or any whose value is above 0."),
    ] = "shared",
) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Weigh each pair by the value of a formula over the counts of its label sets, and the weights of its labels.

    .. math:: w_{ij} = f\Big(|S|,\, |T|,\, |S \cap T|,\, c,\, \sum_{l \in S \cap T} v_l\Big)

    The language of ``expression`` is that of :func:`mlcl_core.pairs.expression.parse`. A pair is positive where its
    value is above 0, with ``positive="shared"`` only if it shares a label. ``rare`` is the sum of the v_l, the weights
    of the common labels: the inverse frequency of each among the training items, on average 1
    (:func:`mlcl_core.pairs.inverse_frequency`).

    Returns:
        Weights between 1e-9 and 1e9 on positives; larger values count as 1e9, values of at most 1e-9 as 0.

    Edge cases:
        0/0, infinite and negative values become 0, and a pair of weight 0 is not a positive. An item without labels has
        no positives and is not a positive of another, whatever the formula says (unless ``empty_match``).

    Relations:
        ``1`` is ``any_shared``, ``both == either`` is ``all_equal``, ``both / either`` is ``jaccard``, ``both`` is
        ``label_dot`` (whose own normalisation is weight_sum), ``both / s / (1 + only_t)`` is
        ``similarity_dissimilarity``; ``1 - (only_s + only_t) / labels`` with ``any`` is ``hamming``. Where every label
        weighs 1, ``rare`` is ``both``.

    Raises:
        InputError: A formula that cannot be read, with the column of the mistake; one with ``rare`` where there are no
            label weights.

    Example:
        ``both / max(s, t)`` for sets {a, b, c} and {a, b}: 2 / 3.
    """
    f = parse(expression)  # cached: a tile does not parse it again
    value = f(values_of(pairs, f)).broadcast_to(pairs.counts.shared.shape)
    allowed = may_be_positive(pairs, positive)
    # a new matrix, changed in place from here on: the passes over it are the cost of a formula
    weight = value.nan_to_num(nan=0, posinf=0, neginf=0).clamp_(max=MAX_WEIGHT)
    weight = F.threshold(weight, MIN_WEIGHT, 0, inplace=True).mul_(allowed)
    return weight, weight > 0


def values_of(pairs: LabelPairs, f: Expression) -> dict[str, Tensor]:
    """What the names in a formula stand for, in the type of the weights."""
    values = {"one": torch.ones((), dtype=pairs.dtype, device=pairs.counts.shared.device)}
    return values | {name: count(pairs, name).to(pairs.dtype) for name in f.names}


def may_be_positive(pairs: LabelPairs, positive: str) -> Bool[Tensor, "n m"]:
    """The pairs whose value makes them positive if it is above 0; the value of the others does not matter."""
    counts = pairs.counts
    return counts.shared > 0 if positive == "shared" else (counts.s > 0) & (counts.t > 0)


def weighs_labels(params: Mapping[str, Any]) -> bool:
    """Whether ``rare`` stands in the formula."""
    return "rare" in parse(params["expression"]).names


def count(pairs: LabelPairs, name: str) -> Tensor:
    """The count that a name of the formula stands for: of each pair, anchor or reference, or one number for all."""
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
        "rare": lambda: pairs.rare,
    }[name]()


FORMULA = Rule(
    name="formula",
    title="Your own formula",
    summary="You write the weight of a pair as a formula over the sizes of its two label sets and the rarity of their "
    "common labels, and it trains like any built-in rule.",
    group="own formula",
    positives="Positive: items that share a label with the anchor and for which your formula is above zero. Weight: "
    "the value of the formula.",
    source="Yours",
    normalise="count",
    attract=formula,
    reach=lambda params, c, m: log(MAX_WEIGHT),
    weighs_labels=weighs_labels,
    when_to_use="When you have an idea of what should attract what, and want to see what it does to the space before "
    "you write code.",
)
