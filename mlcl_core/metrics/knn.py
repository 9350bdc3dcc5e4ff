"""A classifier that needs no training: the nearest items vote."""

import math

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from mlcl_core.metrics.cosines import TIE, directions
from mlcl_core.metrics.record import LiveMetric, WatchedFrame
from mlcl_core.ties import places

SHARE = 0.3  # of the neighbours: with half of them, rare labels are never predicted
TILE = 512  # test items at once
NEIGHBOURS = 10  # that vote on a watched item


def knn_macro_f1(
    h_train: Float[Tensor, "n d"],
    y_train: Bool[Tensor, "n c"],
    h_test: Float[Tensor, "m d"],
    y_test: Bool[Tensor, "m c"],
    k: int,
) -> float:
    """Macro-F1 when each test item gets the labels that at least 30 % of its ``k`` nearest training items carry.

    Nearest by cosine. Training items nearer than the k-th count 1; those tied with it (cosine within 1e-6) share the
    places left, as :func:`mlcl_core.ties.places` says: however many copies there are, and whatever their order, they
    vote as one. The mean is over labels that some test item carries, as in ``macro_f1``.

    Edge cases:
        Fewer than ``k`` training items: all of them vote. No training items, or no test item with a label: 0. An
        item without a direction (a vector of zeros) is no neighbour; as a test item it has none, and gets no label.
    """
    unit_train, unit_test = directions(h_train), directions(h_test)
    there = (unit_train != 0).any(1)
    unit_train, y_train = unit_train[there], y_train[there]
    k = min(k, len(unit_train))
    carried = y_test.any(0)
    if k == 0 or not bool(carried.any()):
        return 0.0
    votes = torch.cat([_votes(tile, unit_train, y_train, k) for tile in unit_test.split(TILE)])
    # shares of places add up to whole votes but for rounding
    predicted = (votes >= SHARE * k - 1e-9) & (unit_test != 0).any(1, keepdim=True)
    hit = (predicted & y_test).sum(0)[carried]
    total = (predicted.sum(0) + y_test.sum(0))[carried]
    return float((2 * hit / total).mean())


def _votes(
    tile: Float[Tensor, "rows d"], train: Float[Tensor, "n d"], y: Bool[Tensor, "n c"], k: int
) -> Float64[Tensor, "rows c"]:
    cosine = tile @ train.T
    best = cosine.topk(min(k + 1, len(train)), dim=1)
    votes = y[best.indices[:, :k]].sum(1).double()
    # which of them vote matters only where the next one is tied with the last
    tied = (best.values[:, k - 1] - best.values[:, -1] <= TIE) & (len(train) > k)
    if bool(tied.any()):
        share = places(-cosine[tied].cpu().numpy(), k, TIE)
        votes[tied] = torch.from_numpy(share).to(votes.device) @ y.double()
    return votes


def measure(frame: WatchedFrame) -> float:
    """Of the watched items outside training, by their nearest ones within it; NaN where either are missing."""
    train, test = frame.train.nonzero()[:, 0], (~frame.train).nonzero()[:, 0]
    if not len(train) or not len(test):
        return math.nan
    return knn_macro_f1(frame.h[train], frame.labels[train], frame.h[test], frame.labels[test], NEIGHBOURS)


KNN_MACRO_F1 = LiveMetric(
    name="knn_macro_f1",
    title="kNN macro-F1",
    summary="Macro-F1 when items get the labels of their nearest training items; tied ones share the places left.",
    direction="up",
    low=0,
    high=1,
    headline=True,
    measure=measure,
)
