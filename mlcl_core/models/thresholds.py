"""One threshold for all labels: the one with the best sum of micro-F1 and macro-F1."""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

THRESHOLDS = np.round(np.arange(0.04, 0.62, 0.02), 2)


def best_threshold(y: Bool[Tensor, "m c"], scores: Iterable[Float[Tensor, "some m"]]) -> tuple[float, float]:
    """The best sum of micro-F1 and macro-F1, and the threshold that has it; of equal ones the smallest.

    A label is predicted where its score reaches the threshold. Macro-F1 is over labels that some item carries.

    Args:
        y: Which labels each item carries.
        scores: Probabilities of all items, a row a label, in blocks of some labels each.

    Edge cases:
        No item carries a label: 0 and 0.5.
    """
    carriers = y.sum(0).cpu().numpy()
    carried = carriers > 0
    if not carried.any():
        return 0.0, 0.5
    reached, hits = _counted(y, scores)
    total = reached + carriers
    macro = [(2 * hit[carried] / of[carried]).mean() for hit, of in zip(hits, total, strict=True)]
    quality = macro + 2 * hits.sum(1) / total.sum(1)
    best = int(np.argmax(quality))
    return float(quality[best]), float(THRESHOLDS[best])


def _counted(
    y: Bool[Tensor, "m c"], blocks: Iterable[Float[Tensor, "some m"]]
) -> tuple[Int64[np.ndarray, "t c"], Int64[np.ndarray, "t c"]]:
    """For each threshold and label: items that reach it, and those of them that carry the label."""
    thresholds = torch.from_numpy(THRESHOLDS).to(y.device)
    places = len(thresholds) + 1  # a score's place is the number of thresholds that it reaches
    reached: list[Tensor] = []
    hits: list[Tensor] = []
    label = 0
    for scores in blocks:
        place = torch.bucketize(scores.double().contiguous(), thresholds, right=True)
        place += places * torch.arange(len(scores), device=y.device)[:, None]
        carried = y[:, label : label + len(scores)].T
        label += len(scores)
        for into, found in ((reached, place.ravel()), (hits, place[carried])):
            into.append(torch.bincount(found, minlength=places * len(scores)).view(len(scores), places))
    return _at_least(reached), _at_least(hits)


def _at_least(counts: list[Int64[Tensor, "some places"]]) -> Int64[np.ndarray, "t c"]:
    """For each threshold and label the number of items whose place is beyond it."""
    return torch.cat(counts).flip(1).cumsum(1).flip(1)[:, 1:].T.contiguous().cpu().numpy()


__all__ = ["THRESHOLDS", "best_threshold"]
