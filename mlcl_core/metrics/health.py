"""Whether contrastive learning is in good health: does every anchor have positives, and does the space stay open?

The functions take pairs as a loss explains them (rows are anchors, columns references) and embeddings, of any loss.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor

from mlcl_core.metrics.knn import TIE
from mlcl_core.metrics.record import MetricRecord
from mlcl_core.pairs import Relation
from mlcl_core.registry import records_in

# Thresholds chosen here. The presets pass through a mean cosine of .91 to .98 (uniformity -.36 to -.07) and leave that
# cone within 18 % of their steps (mlcl_core.engine.alarms.warm_up); in training that goes well uniformity is below -.8.
NARROW = 0.9  # mean cosine from which all items point the same way
CLOSED = -0.4  # uniformity: that of the mean cosine .9


WITHOUT_POSITIVES = MetricRecord(
    name="without_positives",
    title="Anchors without positives",
    summary="No other item is a positive for them: as anchors they pull nothing.",
    direction="down",
    low=0,
)


def effective_positives(attract: Float[Tensor, "n m"]) -> Float[Tensor, " n"]:
    r"""The number of equal weights that have the entropy of each anchor's weights.

    .. math:: N_i = \exp\Bigl(-\sum_j q_{ij} \log q_{ij}\Bigr), \qquad q_{ij} = w_{ij} / \sum_k w_{ik}

    Returns:
        From 1 (one pair has all the weight) to the number of pairs with a weight, where all weigh alike.

    Edge cases:
        No weight at all: 0.

    References:
        Hill, "Diversity and evenness: a unifying notation and its consequences", Ecology 1973, the number of order 1.

    Example:
        >>> [round(float(n), 3) for n in effective_positives(torch.tensor([[1.0, 1, 0], [3.0, 0, 0]]))]
        [2.0, 1.0]
    """
    return torch.where(attract.sum(1) > 0, _entropy(attract).exp(), 0.0)


EFFECTIVE_POSITIVES = MetricRecord(
    name="effective_positives",
    title="Effective positives",
    summary="An anchor's weights count as this many equal ones: exp of their entropy; here the median anchor.",
    direction="none",
    low=0,
)


def weight_evenness(attract: Float[Tensor, "n m"]) -> Float[Tensor, " n"]:
    r"""Entropy of each anchor's weights, as a share of the largest it could be: 1 when all its positives weigh alike.

    .. math:: \log N_i \big/ \log |\{j : w_{ij} > 0\}|

    with N as in :func:`effective_positives`.

    Edge cases:
        Fewer than two pairs with a weight: NaN, because they can't be uneven.

    References:
        Pielou, "The measurement of diversity in different types of biological collections", J. Theor. Biol. 1966.
    """
    weighted = (attract > 0).sum(1)
    share = _entropy(attract) / weighted.clamp_min(2).to(attract.dtype).log()
    return torch.where(weighted > 1, share.clamp(0, 1), math.nan)


WEIGHT_EVENNESS = MetricRecord(
    name="weight_evenness",
    title="Entropy of the weights",
    summary="1: all positives of an anchor weigh the same; near 0: one has nearly all the weight.",
    direction="none",
    low=0,
    high=1,
)


def force_shares(force: Float[Tensor, "n m"], relation: UInt8[Tensor, "n m"]) -> dict[Relation, float]:
    r"""The share of all force, pulls and pushes alike, that acts on the pairs of each relation.

    .. math:: \sum_{(i,j) \in R} |f_{ij}| \Big/ \sum_{(i,j)} |f_{ij}|

    Edge cases:
        No force anywhere: all 0.
    """
    size = force.abs().double().flatten()
    total = torch.bincount(relation.flatten(), size, minlength=max(Relation) + 1)
    whole = float(size.sum())
    return {one: float(total[one]) / whole if whole > 0 else 0.0 for one in Relation}


FORCE_SHARES = MetricRecord(
    name="force_shares",
    title="Force by relation",
    summary="Which share of all pulls and pushes acts on the pairs of each relation.",
    direction="none",
    low=0,
    high=1,
)


def anchor_alignment(cosine: Float[Tensor, "n m"], positive: Bool[Tensor, "n m"]) -> Float[Tensor, " n"]:
    r"""Mean squared distance of each anchor to its own positives, on the unit sphere.

    .. math:: \mathrm{mean}_{j \in P(i)} \lVert z_i - z_j \rVert^2 = 2 - 2\, \mathrm{mean}_{j \in P(i)} \cos_{ij}

    Edge cases:
        An anchor without positives: NaN.

    Relations:
        Weighted by the number of positives, its mean is :func:`mlcl_core.metrics.alignment`.
    """
    count = positive.sum(1)
    mean = (cosine * positive).sum(1) / count.clamp_min(1)
    return torch.where(count > 0, 2 - 2 * mean, math.nan)


def mean_cosine(z: Float[Tensor, "n d"]) -> float:
    r"""Mean cosine of all pairs of different items: near 1 when they have all collapsed to one point.

    .. math:: \bigl(\lVert \textstyle\sum_i u_i \rVert^2 - n\bigr) / (n (n - 1)), \qquad u_i = z_i / \lVert z_i \rVert

    Edge cases:
        Fewer than two items: 0. A zero vector has cosine 0 to every other.
    """
    n, unit = len(z), F.normalize(z.detach().double(), dim=1)
    if n < 2:
        return 0.0
    return float((unit.sum(0).square().sum() - (unit * unit).sum()) / (n * (n - 1)))


def effective_rank(z: Float[Tensor, "n d"]) -> float:
    r"""In how many directions the items spread: the effective rank of the unit embeddings.

    .. math:: \exp\Bigl(-\sum_k p_k \log p_k\Bigr), \qquad p_k = \sigma_k / \sum_l \sigma_l

    with the singular values of the matrix of unit embeddings, not centred: items that all coincide have rank 1.

    Returns:
        From 1 to min(n, d).

    Edge cases:
        No items, or zero vectors only: 0.

    References:
        Roy and Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007; as a sign of
        collapse: Garrido et al., "RankMe", ICML 2023.
    """
    if not len(z):
        return 0.0
    values = torch.linalg.svdvals(F.normalize(z.detach().double(), dim=1))
    return float(effective_positives(values[None])[0])


EFFECTIVE_RANK = MetricRecord(
    name="effective_rank",
    title="Effective rank",
    summary="In how many directions the items spread; 1: all lie along one line, the space has collapsed.",
    direction="up",
    low=1,
)


def prototype_visitors(
    z: Float[Tensor, "n d"], y: Bool[Tensor, "n c"], prototypes: Float[Tensor, "c d"]
) -> Int64[Tensor, " c"]:
    """How many items are near each label prototype: those that have it among their ``|S|`` nearest by cosine.

    An item may be near as many prototypes as it has labels, whether they are its own or not; no item is near a
    prototype with 0.

    Edge cases:
        Prototypes tied with the last of an item's nearest (cosine within 1e-6) are as near as that one, all of them. An
        item without labels, or without a direction (a vector of zeros), is near none, one with all labels near all.
    """
    if not len(prototypes):
        return torch.zeros(0, dtype=torch.int64)
    cosine = F.normalize(z.detach().float(), dim=1) @ F.normalize(prototypes.detach().float(), dim=1).T
    wanted = y.sum(1, keepdim=True)
    last = cosine.sort(dim=1, descending=True).values.gather(1, (wanted - 1).clamp_min(0))
    near = (cosine >= last - TIE) & (wanted > 0) & (z != 0).any(1, keepdim=True)
    return near.sum(0)


VISITORS = MetricRecord(
    name="visitors",
    title="Prototypes without visitors",
    summary="Label prototypes that no item has among its nearest ones, as many of them as it has labels.",
    direction="down",
    low=0,
)

HEALTH = records_in(globals(), MetricRecord)


def _entropy(weights: Float[Tensor, "n m"]) -> Float[Tensor, " n"]:
    # a sum of 0 leaves zeros, whose entropy is 0
    share = weights / weights.sum(1, keepdim=True).clamp_min(torch.finfo(weights.dtype).tiny)
    return torch.special.entr(share).sum(1)
