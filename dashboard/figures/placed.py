"""What an anchor's loss is made of where the weight stands outside or inside the logarithm, and its divisor."""

from dataclasses import dataclass

from dashboard.figures.relations import Verdict


@dataclass(frozen=True)
class AnchorSum:
    """The parts of one anchor's loss, from the terms that train.

    Attributes:
        positives: How many positives it has.
        weights: The sum of their weights.
        divisor: What its sum is divided by, one over the coefficient c_i.
        constant: -c_i times the sum of log w over its positives where the weight stands inside the logarithm, else 0.
        shares: The rest of its value: what the embeddings can change.
        value: Its loss.
    """

    positives: int
    weights: float
    divisor: float
    constant: float
    shares: float
    value: float


def anchor_sum(one: Verdict, row: int) -> AnchorSum | None:
    """The parts of an anchor's loss; None where the method was refused, or the anchor has no positive."""
    if one.terms is None or not bool(one.terms.has_positive[row]):
        return None
    terms, positive = one.terms, one.terms.positive[row]
    weights, coefficient = terms.attract[row][positive].double(), float(terms.coefficient[row])
    value = float(terms.value[row])
    constant = -coefficient * float(weights.log().sum()) if one.method.placement == "inside" else 0.0
    return AnchorSum(int(positive.sum()), float(weights.sum()), 1 / coefficient, constant, value - constant, value)
