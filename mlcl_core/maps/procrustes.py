"""Align one map with another by rotation, reflection and shift, so that what did not change does not seem to."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Shaped


@dataclass(frozen=True)
class Alignment:
    """The alignment of a map with another: ``xy = scale * (points - centre) @ rotation + target``."""

    rotation: Float64[np.ndarray, "2 2"]
    scale: float
    centre: Float64[np.ndarray, " 2"]
    target: Float64[np.ndarray, " 2"]

    def apply(self, xy: Shaped[np.ndarray, "n 2"]) -> Float32[np.ndarray, "n 2"]:
        """The points, aligned; they may be points of the same map that were not fitted."""
        return (self.scale * (xy.astype(np.float64) - self.centre) @ self.rotation + self.target).astype(np.float32)


def procrustes(
    xy: Shaped[np.ndarray, "n 2"], onto: Shaped[np.ndarray, "n 2"], *, scale: bool = False, centred: bool = False
) -> Alignment:
    r"""The rotation or reflection (and shift) that brings ``xy`` nearest to ``onto``, item by item.

    .. math:: \min_{R^T R = 1} \sum_i |R^T (x_i - \bar x) - (y_i - \bar y)|^2, \quad R = U V^T, \ U S V^T = X^T Y

    Args:
        xy: The map to align.
        onto: The map to align it with; row i is the same item in both.
        scale: Also give it the spread (root mean square radius) of the other map. The scale of least squares would be
            smaller whenever points moved, and a map that is aligned with its predecessor again and again would shrink
            to nothing.
        centred: Both maps are centred on the origin already, as PCA maps are; there is no shift then.

    Edge cases:
        No items, or all of one map on one spot: no turn (the identity). A spread of 0: no scaling.

    Relations:
        The rotation is that of ``scipy.linalg.orthogonal_procrustes`` on centred maps.

    References:
        Schönemann 1966, Psychometrika 31(1), equation 2.
    """
    x, y = xy.astype(np.float64), onto.astype(np.float64)
    nothing = np.zeros(2)
    centre, target = (nothing, nothing) if centred or not len(x) else (x.mean(0), y.mean(0))
    x, y = x - centre, y - target
    u, s, vt = np.linalg.svd(x.T @ y)
    rotation = u @ vt if s[0] > 0 else np.eye(2)
    spread_x, spread_y = float(np.square(x).sum()) ** 0.5, float(np.square(y).sum()) ** 0.5
    ratio = spread_y / spread_x if scale and spread_x > 0 and spread_y > 0 else 1.0
    return Alignment(rotation, ratio, centre, target)
