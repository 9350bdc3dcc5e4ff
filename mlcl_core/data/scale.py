"""Means and deviations by which features were standardised, to do the same with items that come later."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

MAX_DEVIATION = 10.0  # standard deviations: a word in one of a thousand rows is at 31 and would outweigh the rest


@dataclass(frozen=True, eq=False)
class FeatureScale:
    """What standardising took from each feature over the training rows.

    Attributes:
        mean: Of each feature.
        deviation: Of each feature; 0 where it is constant over the training rows.
    """

    mean: Float64[np.ndarray, " d"]
    deviation: Float64[np.ndarray, " d"]

    def standardised(self, x: np.ndarray) -> Float32[np.ndarray, "n d"]:
        """Other rows, on the same scale: ``clip((x - mean) / deviation, -10, 10)``, and 0 where a feature is constant.

        Error:
            Rows that were standardised before come out the same up to the rounding to float32.
        """
        constant = self.deviation == 0
        found = (x.astype(np.float64) - self.mean) / np.where(constant, 1, self.deviation)
        found = np.clip(found, -MAX_DEVIATION, MAX_DEVIATION)
        return np.where(constant, 0, found).astype(np.float32)

    def then(self, other: "FeatureScale") -> "FeatureScale":
        """This scale and after it another one, as one; what this one clips is clipped later."""
        return FeatureScale(self.mean + self.deviation * other.mean, self.deviation * other.deviation)


__all__ = ["MAX_DEVIATION", "FeatureScale"]
