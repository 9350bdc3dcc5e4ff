"""The shape of the embedding space: who is near whom, measured on unit vectors.

Cosines are made a few rows at a time: a tile stays in the processor's cache, where a whole n x n matrix would cost its
page faults at every step of the sum (4 times slower at 1,000 items), and memory stays linear in n.
"""

import math
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from mlcl_core.pairs import Relation

TILE = 128  # rows
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
    unit = _unit(z)
    codes = len(Relation) + 1  # from 1 on
    total, count = torch.zeros(codes, dtype=torch.float64), torch.zeros(codes, dtype=torch.int64)
    for start, cosine in _tiles(unit):
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


def alignment(z: Float[Tensor, "n d"], positive: Bool[Tensor, "n n"]) -> float:
    r"""Mean squared distance of positive pairs on the unit sphere: 0 when they coincide, 2 at right angles.

    .. math:: \mathrm{mean}_{(i, j) \in P} \lVert z_i - z_j \rVert^2 = 2 - 2\, \mathrm{mean} \cos

    Edge cases:
        No positive pair: NaN.

    References:
        Wang and Isola, "Understanding contrastive representation learning through alignment and uniformity on the
        hypersphere", ICML 2020 (alpha = 2).
    """
    pairs = int(positive.sum())
    tiles = _tiles(_unit(z))
    total = sum(float((cosine * positive[start : start + len(cosine)]).sum()) for start, cosine in tiles)
    return 2 - 2 * total / pairs if pairs else math.nan


def uniformity(z: Float[Tensor, "n d"]) -> float:
    r"""How evenly the items cover the unit sphere: 0 when all coincide, the lower the more evenly.

    .. math:: \log\, \mathrm{mean}_{i \ne j}\, e^{-2 \lVert z_i - z_j \rVert^2}

    Edge cases:
        Fewer than two items: 0.

    References:
        Wang and Isola, ICML 2020 (t = 2).
    """
    n = len(z)
    if n < 2:
        return 0.0
    unit = _unit(z)
    # squared distance is 2 - 2 cos for unit vectors
    total = sum(float(cosine.sub_(1).mul_(4).exp_().sum()) for _, cosine in _tiles(unit))
    own = float((4 * (unit * unit).sum(1) - 4).exp().sum())
    return math.log(max(total - own, 1e-30) / (n * (n - 1)))


def _unit(z: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    return F.normalize(z.detach().float(), dim=1)


def _tiles(unit: Float[Tensor, "n d"]) -> Iterator[tuple[int, Float[Tensor, "rows n"]]]:
    """First row, and the cosines of ``TILE`` rows to all items."""
    for start in range(0, len(unit), TILE):
        yield start, unit[start : start + TILE] @ unit.T
