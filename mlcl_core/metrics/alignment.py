"""How near positive pairs are."""

import math
from collections.abc import Callable

from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.metrics.cosines import cosine_tiles, unit_rows
from mlcl_core.metrics.record import LiveMetric, WatchedFrame


def alignment(z: Float[Tensor, "n d"], positive: Bool[Tensor, "n n"]) -> float:
    r"""Mean squared distance of positive pairs on the unit sphere: 0 when they coincide, 2 at right angles.

    .. math:: \mathrm{mean}_{(i, j) \in P} \lVert z_i - z_j \rVert^2 = 2 - 2\, \mathrm{mean} \cos

    Edge cases:
        No positive pair: NaN.

    References:
        Wang and Isola, "Understanding contrastive representation learning through alignment and uniformity on the
        hypersphere", ICML 2020 (alpha = 2).
    """
    return alignment_of(z, lambda rows: positive[rows])


def alignment_of(z: Float[Tensor, "n d"], positive: Callable[[slice], Bool[Tensor, "rows n"]]) -> float:
    """:func:`alignment` where positive pairs are told for some rows at a time."""
    pairs, total = 0, 0.0
    for start, cosine in cosine_tiles(unit_rows(z)):
        chosen = positive(slice(start, start + len(cosine)))
        pairs, total = pairs + int(chosen.sum()), total + float((cosine * chosen).sum())
    return 2 - 2 * total / pairs if pairs else math.nan


def measure(frame: WatchedFrame) -> float:
    """Of the watched items; NaN where the loss has no pairs."""
    return math.nan if frame.positive is None else alignment(frame.z, frame.positive)


ALIGNMENT = LiveMetric(
    name="alignment",
    title="Alignment",
    summary="Mean squared distance of positive pairs on the unit sphere.",
    direction="down",
    low=0,
    high=4,
    measure=measure,
)
