"""How evenly items cover the unit sphere."""

import math

from jaxtyping import Float
from torch import Tensor

from mlcl_core.metrics.cosines import cosine_tiles, unit_rows
from mlcl_core.metrics.record import LiveMetric


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
    unit = unit_rows(z)
    # squared distance is 2 - 2 cos for unit vectors
    total = sum(float(cosine.sub_(1).mul_(4).exp_().sum()) for _, cosine in cosine_tiles(unit))
    own = float((4 * (unit * unit).sum(1) - 4).exp().sum())
    return math.log(max(total - own, 1e-30) / (n * (n - 1)))


UNIFORMITY = LiveMetric(
    name="uniformity",
    title="Uniformity",
    summary="How evenly items cover the sphere: 0 when all coincide, lower is more even.",
    direction="down",
    low=-8,
    high=0,
    measure=lambda frame: uniformity(frame.z),
)
