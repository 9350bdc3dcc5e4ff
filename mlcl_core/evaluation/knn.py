"""Weighted k nearest neighbours: a classifier that learns nothing, on frozen features."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64
from torch import Tensor

from mlcl_core.evaluation.features import Features, OnProgress, quiet
from mlcl_core.evaluation.record import Evaluated, Protocol
from mlcl_core.metrics import Predictions
from mlcl_core.metrics.cosines import TIE, directions
from mlcl_core.models import best_threshold
from mlcl_core.options import Param
from mlcl_core.ties import places

NEIGHBOURS = (5, 10, 20, 50, 100)
TEMPERATURES = (0.03, 0.07, 0.2, 1.0)  # at 1 the nearest neighbour weighs hardly more than the k-th
TILE = 512  # items at once
DIGITS = 9  # of a score: shares of a vote add up to whole votes but for rounding


def weighted_knn(
    features: Features,
    *,
    k: Annotated[int, Param("Neighbours that vote; 0: chosen on validation items.", ge=0, le=100_000)] = 0,
    temperature: Annotated[
        float, Param("Divides the cosine in a vote's weight; 0: chosen on validation items.", ge=0, le=100)
    ] = 0.0,
    on_progress: OnProgress = quiet,
) -> Evaluated:
    r"""Score a label by the weighted share of an item's k nearest training items that carry it.

    .. math:: p_{ic} = \frac{\sum_j v_{ij}\, e^{\cos_{ij}/T}\, y_{jc}}{\sum_j v_{ij}\, e^{\cos_{ij}/T}}

    with v_ij the share of the k places that training item j takes. Items nearer than the k-th take one; those tied with
    it (cosine within 1e-6) share the places left (:func:`mlcl_core.ties.places`), whatever their order. Of the values
    of k and T not given, and of the thresholds, those with the best sum of micro-F1 and macro-F1 on the validation
    items are chosen; test items are not used.

    Args:
        features: Frozen features; nearest by cosine.
        k: Of 5, 10, 20, 50 and 100 where 0.
        temperature: T; of .03, .07, .2 and 1 where 0.
        on_progress: Called with the number of pairs of k and T tried, and of all.

    Edge cases:
        Fewer than k training items: all of them vote. A training item without a direction (a vector of zeros) has no
        vote, a validation or test item without one the score 0 for every label.

    References:
        Wu et al. 2018, Unsupervised feature learning via non-parametric instance discrimination, arXiv 1805.01978.
    """
    train = directions(features.h["train"])
    there = (train != 0).any(1)
    voters = _Voters(train[there], features.labels["train"][there])
    counts = sorted({min(count, max(1, len(voters.unit))) for count in ((k,) if k else NEIGHBOURS)})
    temperatures = (temperature,) if temperature else TEMPERATURES
    held, labels = directions(features.h["validation"]), features.labels["validation"]
    tried: list[tuple[float, int, float, float, Tensor]] = []
    pairs = [(count, one) for count in counts for one in temperatures]
    for count in counts:
        on_progress(len(tried), len(pairs))
        for one, scores in zip(temperatures, voters.scores(held, count, temperatures), strict=True):
            quality, threshold = best_threshold(labels, [scores.T])
            tried.append((quality, count, one, threshold, scores))
    on_progress(len(pairs), len(pairs))
    quality, count, one, threshold, scores = max(tried, key=lambda found: found[0])
    test = voters.scores(directions(features.h["test"]), count, (one,))[0]

    def predictions(split: str, seen: Tensor) -> Predictions:
        return Predictions(features.labels[split].cpu().numpy(), seen.cpu().numpy(), threshold)

    chosen = {"threshold": threshold, "k": count, "temperature": one}
    return Evaluated(predictions("validation", scores), predictions("test", test), chosen)


@dataclass(frozen=True)
class _Voters:
    """Training items that vote: their directions and labels."""

    unit: Float[Tensor, "n d"]
    labels: Tensor

    def scores(self, unit: Float[Tensor, "m d"], k: int, temperatures: Sequence[float]) -> list[Float64[Tensor, "m c"]]:
        """The weighted shares at each temperature."""
        if not len(self.unit):
            return [unit.new_zeros(len(unit), self.labels.shape[1], dtype=torch.float64) for _ in temperatures]
        found = [self._tile(tile, k, temperatures) for tile in unit.split(TILE)]
        return [torch.cat(parts).round(decimals=DIGITS) for parts in zip(*found, strict=True)]

    def _tile(self, tile: Float[Tensor, "rows d"], k: int, temperatures: Sequence[float]) -> list[Tensor]:
        cosine = tile @ self.unit.T
        best = cosine.topk(min(k + 1, len(self.unit)), dim=1)
        seen = (tile != 0).any(1, keepdim=True)
        y = self.labels.double()
        # which of them vote matters only where the next one is tied with the last
        tied = (best.values[:, k - 1] - best.values[:, -1] <= TIE) & (len(self.unit) > k)
        share = torch.from_numpy(places(-cosine[tied].cpu().numpy(), k, TIE)).to(y.device)
        found = []
        for temperature in temperatures:
            weight = ((best.values[:, :k] - best.values[:, :1]).double() / temperature).exp()
            scores = F.embedding_bag(best.indices[:, :k], y, per_sample_weights=weight, mode="sum")
            scores /= weight.sum(1, keepdim=True)
            if bool(tied.any()):
                votes = share * ((cosine[tied] - best.values[tied][:, :1]).double() / temperature).exp()
                scores[tied] = votes @ y / votes.sum(1, keepdim=True)
            found.append(scores * seen)
        return found


KNN = Protocol(
    name="knn",
    title="Weighted kNN",
    summary="The nearest training items vote by cosine of h, the nearer ones more.",
    source="Wu et al. 2018, arXiv 1805.01978",
    takes="features",
    evaluate=weighted_knn,
)
