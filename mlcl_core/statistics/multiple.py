"""Several comparisons in one table."""

import numpy as np
from jaxtyping import Float, Float64


def holm(p: Float[np.ndarray, " m"]) -> Float64[np.ndarray, " m"]:
    r"""Holm's adjusted p values: below alpha just where Holm's step-down test rejects at alpha.

    .. math:: \tilde p_{(i)} = \max_{j \le i} \min(1, (m - j + 1)\, p_{(j)})

    Edge cases:
        One comparison: its p as it is. None: none.

    References:
        Holm 1979, Scandinavian Journal of Statistics 6(2).
    """
    p = np.asarray(p, np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)) if len(p) else p
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted
