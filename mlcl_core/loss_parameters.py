"""Parameters that losses and the configuration share, declared once. Needs no torch.

A loss that needs the same parameter with other words takes its :class:`Param` by :func:`dataclasses.replace`.
"""

from dataclasses import replace
from typing import Annotated, Literal

from mlcl_core.options import Param

PLACEMENTS: dict[str, str] = {
    "outside": "The weight multiplies each positive's log-probability: it decides how strongly the pair pulls.",
    "inside": "The weight stands inside the logarithm of each positive and adds a constant to the value: forces are "
    "those of the same positives with weight 1, unless the anchor's sum is divided by its weights.",
    "inside_sum": "One logarithm over the weighted sum of all positives: the loss is small once a few strong "
    "positives are near.",
    "numerator_and_denominator": "The weight stands in the numerator and in the normaliser: weak positives pull like "
    "strong ones, but push back less.",
}
NORMALISATIONS: dict[str, str] = {
    "rule": "As the rule's own paper does.",
    "count": "Divide by the number of the anchor's positives.",
    "weight_sum": "Divide by the sum of the anchor's weights.",
    "labels": "Divide by the number of the anchor's labels.",
    "none": "Do not divide.",
}
# What papers use, from the smallest that is allowed to the largest.
TEMPERATURES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)

TEMPERATURE = Param(
    "Divides the cosine: the smaller, the more the nearest items count.", ge=1e-3, le=100, useful=TEMPERATURES
)
REDUCTION = Param("How the values of the anchors are combined.")
NO_POSITIVE = Param("An anchor without a positive: left out of the mean, or counted as 0.")

# with choices=tuple(RULES) where the rules are at hand
RULE = Param("Which pairs are positive, and how much each weighs.", title="Which pairs are positive (rule)")
Temperature = Annotated[float, TEMPERATURE]
Placement = Annotated[
    str,
    Param("Where the weight stands.", choices=tuple(PLACEMENTS), title="Where the weight stands (placement)"),
]
Normalise = Annotated[
    str,
    Param("What an anchor's sum is divided by.", choices=tuple(NORMALISATIONS), title="Divide each anchor's sum by"),
]
# of a loss that is trained along with one on logits
ContrastiveShare = Annotated[
    float, Param("Share of the contrastive loss when a logit loss is trained along.", ge=0, le=1)
]

Reduction = Annotated[Literal["mean", "sum", "none"], REDUCTION]
# rows are the pairs of an anchor and one of its labels
ReductionWithRows = Annotated[Literal["mean", "sum", "rows", "none"], REDUCTION]
# a run needs one number a step
ReductionToOne = Annotated[Literal["mean", "sum", "rows"], REDUCTION]

NoPositive = Annotated[Literal["drop", "zero"], NO_POSITIVE]
NoPositiveWithColumns = Annotated[
    Literal["drop", "zero", "drop_columns"],
    replace(
        NO_POSITIVE,
        help="An anchor without a positive: left out of the mean, counted as 0, or left out of every normaliser too.",
    ),
]
