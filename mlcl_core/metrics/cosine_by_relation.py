"""Mean cosine of the pairs of each relation."""

import math
from typing import Literal

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from mlcl_core.metrics.cosines import cosine_tiles, unit_rows
from mlcl_core.metrics.record import LiveMetric, WatchedFrame
from mlcl_core.pairs import Relation

# cosine is symmetric, so superset and subset pairs over the same items have one mean: `nested`
GROUPS = {
    "equal": (Relation.EQUAL,),
    "nested": (Relation.SUPERSET, Relation.SUBSET),
    "overlap": (Relation.OVERLAP,),
    "disjoint": (Relation.DISJOINT,),
}


def mean_cosine_by_relation(z: Float[Tensor, "n d"], relation: UInt8[Tensor, "n n"]) -> dict[str, float]:
    """Mean cosine of the pairs of each relation, over all ordered pairs of different items.

    Args:
        z: Embeddings, of any length.
        relation: ``relation_matrix(y, y)`` of the same items, made once.

    Returns:
        ``equal``, ``nested`` (superset and subset), ``overlap``, ``disjoint``: in [-1, 1]; NaN for a relation that no
        pair has.

    Edge cases:
        A zero vector has cosine 0 to every other. Fewer than two items: all NaN.
    """
    unit = unit_rows(z)
    codes = len(Relation) + 1  # from 1 on
    total, count = torch.zeros(codes, dtype=torch.float64), torch.zeros(codes, dtype=torch.int64)
    for start, cosine in cosine_tiles(unit):
        code = relation[start : start + len(cosine)].flatten()
        total += torch.bincount(code, cosine.flatten(), minlength=codes)
        count += torch.bincount(code, minlength=codes)
    # every item is EQUAL to itself
    total[Relation.EQUAL] -= (unit * unit).sum()
    count[Relation.EQUAL] -= len(z)
    means = {}
    for name, relations in GROUPS.items():
        pairs = int(count[list(relations)].sum())
        means[name] = float(total[list(relations)].sum()) / pairs if pairs else math.nan
    return means


def _of_frame(frame: WatchedFrame) -> dict[str, float]:
    return mean_cosine_by_relation(frame.z, frame.relation)


def _metric(relation: str, summary: str, direction: Literal["up", "down", "none"]) -> LiveMetric:
    return LiveMetric(
        name=f"cosine_{relation}",
        title=f"Cosine: {relation}",
        summary=summary,
        direction=direction,
        low=-1,
        high=1,
        relation=relation,
        measure=lambda frame: frame.once(_of_frame)[relation],
    )


COSINE_EQUAL = _metric("equal", "Mean cosine of pairs with the same labels.", "up")
COSINE_NESTED = _metric("nested", "Mean cosine of pairs where one label set contains the other.", "none")
COSINE_OVERLAP = _metric("overlap", "Mean cosine of pairs that share some labels, not all of either.", "none")
COSINE_DISJOINT = _metric("disjoint", "Mean cosine of pairs without a shared label.", "down")
