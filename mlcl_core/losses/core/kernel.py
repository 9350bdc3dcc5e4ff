"""EMBEDDINGS + WEIGHTS -> one value per anchor, and the force of every pair in closed form.

Letters: s score z_i.z_j / tau, w attract, b compete, Z normaliser, p share of the normaliser, c coefficient.
The kernel does not depend on labels: it takes the pair weights of a rule.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.pairs import PairWeights, TileWeights

# In place of log 0 where a whole row may be log 0: the gradient of a row of minus infinities would be NaN.
LOG_ZERO = -1e30


@dataclass(frozen=True)
class KernelTerms:
    """The kernel's result: value and coefficient per anchor, force and share of the normaliser per pair."""

    value: Float[Tensor, " n"]
    coefficient: Float[Tensor, " n"]
    has_positive: Bool[Tensor, " n"]
    probability: Float[Tensor, "n m"]
    force: Float[Tensor, "n m"]


def coefficients(
    weights: PairWeights | TileWeights,
    num_labels: Float[Tensor, " n"],
    *,
    placement: str,
    normalise: str,
    epsilon: float,
) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
    """Per-anchor factor c_i and whether the anchor has a positive (c_i = 0 where not).

    A positive of weight 0 counts, except where all weights of the anchor are 0 and ``weight_sum`` would divide by
    their sum, or ``inside_sum`` take its logarithm. An anchor with an empty normaliser (every ``compete`` of its row
    is 0) has no loss either.
    """
    dtype = weights.attract.dtype
    num_positive = weights.positive.sum(1)
    if normalise == "count":
        total = num_positive.to(dtype)
    elif normalise == "weight_sum":
        total = weights.attract.sum(1)
    elif normalise == "labels":
        total = num_labels.to(dtype).clamp_min(1)
    else:
        total = torch.ones_like(num_labels, dtype=dtype)
    has_positive = num_positive > 0
    if normalise == "weight_sum":
        has_positive = has_positive & (total > 0)
    if placement == "inside_sum":
        has_positive = has_positive & (weights.attract.sum(1) > 0)
    if placement != "numerator_and_denominator" and (competitor := weights.has_competitor()) is not None:
        has_positive = has_positive & competitor
    if epsilon and normalise != "none":
        total = total + epsilon
    # 1 / 0 occurs only in rows that are left out
    return torch.where(has_positive, total.reciprocal(), 0.0), has_positive


def log_sum(s: Float[Tensor, "n m"], factor: Float[Tensor, "n m"]) -> Float[Tensor, " n"]:
    """log sum_j factor_ij exp(s_ij); LOG_ZERO where every factor is 0; gradients stay finite."""
    if s.shape[1] == 0:
        # an empty sum with a graph: backward() must work on an empty batch too
        return s.sum(1) + LOG_ZERO
    return log_terms(s, factor).logsumexp(1)


def log_terms(s: Float[Tensor, "n m"], factor: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    """log factor_ij + s_ij; LOG_ZERO where the factor is 0, beside which s is lost in rounding."""
    return s + factor.log().clamp_min(LOG_ZERO)


def placed(weights: PairWeights, placement: str) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    """The w and b that the softmax form of a placement works with."""
    attract, compete, positive = weights.attract, weights.compete, weights.positive
    if placement in ("outside", "inside_sum"):
        return attract, compete
    if placement == "inside":
        return positive.to(attract.dtype), compete
    return positive.to(attract.dtype), torch.where(positive, attract, compete)


def refuse_zero_weights(weights: PairWeights | TileWeights, placement: str) -> None:
    """Refuse a positive of weight 0 whose logarithm would be taken.

    Raises:
        InputError: ``inside`` or ``numerator_and_denominator`` with a positive of weight 0.
    """
    if placement in ("inside", "numerator_and_denominator") and bool(
        ((weights.positive > 0) & (weights.attract <= 0)).any()
    ):
        raise InputError(
            f"placement {placement} takes the logarithm of each positive's weight, and this rule gives a positive pair "
            "the weight 0; use placement outside or inside_sum, or a threshold above 0"
        )


def per_anchor(
    s: Float[Tensor, "n m"],
    weights: PairWeights,
    coefficient: Float[Tensor, " n"],
    placement: str,
    regularised: bool = False,
) -> Float[Tensor, " n"]:
    r"""One loss value per anchor, before any reduction; 0 for an anchor without a positive.

    .. math::
        outside:     &\; c_i \sum_j w_{ij} (\log Z_i - s_{ij}), \qquad Z_i = \sum_k b_{ik} e^{s_{ik}} \\
        inside:      &\; c_i \sum_{j \in P(i)} (\log Z_i - s_{ij} - \log w_{ij}) \\
        inside\_sum: &\; c_i (\log Z_i - \log \sum_j w_{ij} e^{s_{ij}}) \\
        numerator\_and\_denominator: &\; \text{as inside, with } b = w \text{ on positives} \\
        regularised\; outside: &\; \text{as outside, } - c_i \sum_j r_{ij} s_{ij}, \text{ see surplus}

    References:
        LOSSES section of the README's table; placements (A) to (D) of the similarity-dissimilarity loss.
    """
    w, b = placed(weights, placement)
    if placement == "inside_sum":
        value = log_sum(s, b) - log_sum(s, w)
    else:
        value = w.sum(1) * log_sum(s, b) - (w * s).sum(1)
    if placement in ("inside", "numerator_and_denominator"):
        value = value - log_weight_sums(weights)
    if regularised:
        value = value - (surplus(share(s.detach(), b), weights.attract, weights.positive) * s).sum(1)
    return coefficient * torch.where(coefficient > 0, value, torch.zeros_like(value))


def surplus(
    probability: Float[Tensor, "n m"], attract: Float[Tensor, "n m"], positive: Shaped[Tensor, "n m"]
) -> Float[Tensor, "n m"]:
    r"""The share of the softmax that a positive has beyond its weight; a constant, through which no gradient goes.

    .. math:: r_{ij} = \max(p_{ij} - w_{ij}, 0) \, 1[j \in P(i)]

    Subtracting r s from the loss cancels the push on such a positive: with weights that sum to 1 its force is
    c min(p - w, 0).

    References:
        The regularised MSC of Audibert et al. 2024.
    """
    return (probability - attract).clamp_min(0) * positive


def log_weight_sums(weights: PairWeights | TileWeights) -> Float[Tensor, " n"]:
    """Sum of log w over each anchor's positives."""
    return torch.where(weights.positive > 0, weights.attract, torch.ones_like(weights.attract)).log().sum(1)


def kernel_terms(
    s: Float[Tensor, "n m"],
    weights: PairWeights,
    num_labels: Float[Tensor, " n"],
    *,
    placement: str,
    normalise: str,
    epsilon: float = 0.0,
    scale: float | Float[Tensor, ""] = 1.0,
    regularised: bool = False,
    refuse: bool = True,
) -> KernelTerms:
    r"""Value, coefficient, share and force of some anchors; the force is the exact gradient of :func:`per_anchor`.

    Force on a pair, dL_i / ds_ij (negative pulls together, positive pushes apart):

    .. math::
        outside,\; inside,\; numerator\_and\_denominator: &\; c_i (\omega_i p_{ij} - w_{ij}) \\
        inside\_sum: &\; c_i (p_{ij} - q_{ij}), \quad q_{ij} \propto w_{ij} e^{s_{ij}} \\
        regularised\; outside: &\; c_i (\omega_i p_{ij} - w_{ij} - r_{ij})

    Args:
        s: Scores, cosine over temperature.
        weights: The rule's weights of each pair.
        num_labels: |S| of each anchor, for ``normalise="labels"``.
        placement: Where the weight stands, a key of PLACEMENTS.
        normalise: A key of NORMALISATIONS except ``rule``.
        epsilon: Added to the normalisation, as published codes do.
        scale: Constant factor on everything (temperature over base temperature).
        regularised: Whether positives are not pushed for the share beyond their weight; for ``outside``.
        refuse: Whether positives of weight 0 are looked for (see :func:`refuse_zero_weights`).

    Returns:
        Terms; the forces of one anchor sum to 0, or to -c_i sum_j r_ij where it is regularised.
    """
    if refuse:
        refuse_zero_weights(weights, placement)
    coefficient, has_positive = coefficients(
        weights, num_labels, placement=placement, normalise=normalise, epsilon=epsilon
    )
    coefficient = coefficient * scale
    value = per_anchor(s, weights, coefficient, placement, regularised)
    w, b = placed(weights, placement)
    probability = share(s, b)
    if placement == "inside_sum":
        force = coefficient[:, None] * (probability - share(s, w))
    else:
        force = w.sum(1, keepdim=True) * probability - w
        if regularised:
            force = force - surplus(probability, w, weights.positive)
        force = coefficient[:, None] * force
    return KernelTerms(value, coefficient, has_positive, probability, force)


def share(s: Float[Tensor, "n m"], factor: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    """factor_ij exp(s_ij) over its row sum; 0 rows where every factor is 0."""
    # by softmax, as autograd computes it: exp(s - log_sum) loses four digits in float32 where s is near 1000
    return log_terms(s, factor).softmax(1) * (factor > 0)
