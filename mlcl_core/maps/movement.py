"""What moved between two maps of the same kind: the model, the map, both, or neither."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from jaxtyping import Shaped

from mlcl_core.maps.faithfulness import overlap, sample_neighbours, spread
from mlcl_core.maps.procrustes import procrustes

Verdict = Literal["model", "projector", "both", "still"]

# Measured on the preset icons (1,558 items, a frame every 20 steps): the model moved .4 to .6 while it learnt. UMAP
# from its last map, the same frame again: the map moved .06 to .2; from scratch with another seed: .2 to .9.
MODEL_MOVED = 0.10
MAP_MOVED = 0.25


def model_moved(before: Shaped[np.ndarray, "n d"], now: Shaped[np.ndarray, "n e"]) -> float:
    r"""The share of their nearest neighbours that the items have lost in z.

    .. math:: 1 - \frac{1}{n k} \sum_i \sum_j \min(m_{ij}, m'_{ij}), \qquad k = 15

    over the fixed sample of the items, with m the places among an item's nearest: 1 for the k nearest, shared where
    more are tied with the last of them. Rotation and scale of the space change neither it nor any loss here.

    Args:
        before, now: Embeddings of the same items, row by row, at two steps (the widths may differ).

    Edge cases:
        Fewer than 3 items: 0. k is lowered to stay below n / 2. An item without a direction (a row of zeros) has no
        neighbours; where it has one in one of the two only, it has lost all of them. Exact copies that stay such: 0.
    """
    return 1.0 - overlap(sample_neighbours(before), sample_neighbours(now))


def map_moved(before: Shaped[np.ndarray, "n 2"], now: Shaped[np.ndarray, "n 2"]) -> float:
    r"""How far the points moved on the map, in units of the map's spread.

    .. math:: \min_R \sqrt{\tfrac{1}{n} \sum_i |R x'_i - x_i|^2} \Big/ \sqrt{\tfrac{1}{n} \sum_i |x_i - \bar x|^2}

    over all rotations, reflections and shifts R: what an aligned map shows. 1: as far as from the centre to the rim.

    Edge cases:
        No items, or both maps on one spot: 0. One of them on one spot: measured in the spread of the other.
    """
    unit = max(spread(before), spread(now)) if min(spread(before), spread(now)) == 0 else spread(before)
    if unit == 0:
        return 0.0
    laid = procrustes(now, before).apply(now).astype(np.float64)
    return float(np.square(laid - before).sum(1).mean() ** 0.5) / unit


def verdict(scores: Mapping[str, float]) -> Verdict:
    """What moved since the map before, from the scores in a map's file.

    ========== ============================ ============================
    verdict    ``model_moved``              ``map_moved``
    ========== ============================ ============================
    still      below 0.10                   below 0.25
    model      from 0.10                    below 0.25
    projector  below 0.10                   from 0.25
    both       from 0.10                    from 0.25
    ========== ============================ ============================

    ``projector`` is the verdict to warn of: points moved although their neighbours in z stayed. ``model``: the space
    changed and this map hardly shows it. ``both`` is usual in live training.

    Edge cases:
        The first map has no map before it and neither score: ``still``.

    Example:
        >>> verdict({"model_moved": 0.02, "map_moved": 0.6})
        'projector'
    """
    model = scores.get("model_moved", 0.0) >= MODEL_MOVED
    shown = scores.get("map_moved", 0.0) >= MAP_MOVED
    if model:
        return "both" if shown else "model"
    return "projector" if shown else "still"
