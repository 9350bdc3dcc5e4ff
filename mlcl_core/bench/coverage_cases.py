"""Simulated predictions whose true values are known: what the bench of coverage draws.

Of each item two normal numbers are drawn, v and u. Label l is carried where
:math:`\\sqrt r\\,v + \\sqrt{1 - r}\\,\\eta_l` is above its quantile: labels go together. It is predicted right where

.. math:: \\mu_{ly} + q + \\sqrt a\\,u + \\sqrt b\\,e_l + \\sqrt m\\,g_l + \\sqrt{1 - a - b - m}\\,\\varepsilon_l > 0

with mu by label and by whether it is carried, q the quality of a seed, u how easy the item is, e what all models err in
together, g what the models of one method err in together, and epsilon the model's own error. All but q are standard
normal, so that hits, false alarms and misses have closed forms: true values are those of infinitely many items.
"""

from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
from jaxtyping import Bool, Float64
from scipy.special import ndtr, ndtri

TOGETHER = 0.3  # r
EASY, ALL_MODELS, ONE_METHOD = 0.15, 0.35, 0.2  # a, b, m
POINTS = 32  # of the quadrature


@dataclass(frozen=True, eq=False)
class World:
    """Labels from frequent to rare, and how well they are predicted.

    Attributes:
        share: Of the items that carry each label.
        recall, precision: Of each label, at quality 0.
    """

    share: Float64[np.ndarray, " c"] = field(default_factory=lambda: 0.4 * (0.01 / 0.4) ** np.linspace(0, 1, 20))
    recall: Float64[np.ndarray, " c"] = field(default_factory=lambda: np.linspace(0.8, 0.4, 20))
    precision: Float64[np.ndarray, " c"] = field(default_factory=lambda: np.linspace(0.75, 0.55, 20))

    @cached_property
    def _right(self) -> tuple[np.ndarray, np.ndarray]:
        """mu of carried labels and of others."""
        alarms = self.share * self.recall * (1 / self.precision - 1) / (1 - self.share)
        return ndtri(self.recall), ndtri(1 - alarms)

    def draw(self, items: int, quality: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Labels of some items, bool [n c], and scores of models by method and seed, predicted above 0.

        Args:
            items: Number of items.
            quality: q of each method's seeds, [methods seeds].
            rng: Source of chance.
        """
        shape, (methods, seeds) = (items, len(self.share)), quality.shape
        v, u = rng.standard_normal((2, items, 1), np.float32)
        carried = TOGETHER**0.5 * v + (1 - TOGETHER) ** 0.5 * rng.standard_normal(shape, np.float32)
        labels = carried > ndtri(1 - self.share)
        together = EASY**0.5 * u + ALL_MODELS**0.5 * rng.standard_normal(shape, np.float32)
        of_method = ONE_METHOD**0.5 * rng.standard_normal((methods, 1, *shape), np.float32)
        own = (1 - EASY - ALL_MODELS - ONE_METHOD) ** 0.5 * rng.standard_normal((methods, seeds, *shape), np.float32)
        right = np.where(labels, *self._right) + together + of_method + own + quality[:, :, None, None]
        return labels, np.where(labels, right, -right)

    def f1(self, quality: float) -> Float64[np.ndarray, " c"]:
        """The true F1 of each label."""
        hits, alarms, misses = self._rates(quality)
        return 2 * hits / (2 * hits + alarms + misses)

    def micro_f1(self, quality: float) -> float:
        """The true micro-F1."""
        hits, alarms, misses = (rate.sum() for rate in self._rates(quality))
        return float(2 * hits / (2 * hits + alarms + misses))

    def accuracy(self, quality: float) -> float:
        """The true share of right decisions."""
        _, alarms, misses = self._rates(quality)
        return float(1 - (alarms + misses).mean())

    def subset_accuracy(self, quality: float) -> float:
        """The true share of items whose whole label set is predicted; labels are independent given u and v."""
        z, weights = normal_points()
        carried = ndtr((TOGETHER**0.5 * z[:, None] - ndtri(1 - self.share)) / (1 - TOGETHER) ** 0.5)
        of_carried, of_others = (
            ndtr((mu + quality + EASY**0.5 * z[:, None]) / (1 - EASY) ** 0.5) for mu in self._right
        )
        right = carried[:, None] * of_carried + (1 - carried[:, None]) * of_others
        return float(weights @ right.prod(-1) @ weights)

    def spread(self, effect: float) -> float:
        """Standard deviation of q with which the true micro-F1 of seeds has the standard deviation ``effect``."""
        step = 1e-3
        return effect * 2 * step / (self.micro_f1(step) - self.micro_f1(-step))

    def _rates(self, quality: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shares of items that are hits, false alarms and misses of each label."""
        carried, others = (ndtr(mu + quality) for mu in self._right)
        return self.share * carried, (1 - self.share) * (1 - others), self.share * (1 - carried)


@cache
def normal_points() -> tuple[Float64[np.ndarray, " points"], Float64[np.ndarray, " points"]]:
    """Points and weights with which a mean over a standard normal number is a weighted sum (Gauss-Hermite)."""
    z, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    return z, weights / weights.sum()


def positives(labels: Bool[np.ndarray, "n c"], least: int, most: int | None = None) -> np.ndarray:
    """The labels with a number of test positives."""
    counts = labels.sum(0)
    return np.flatnonzero((counts >= least) & (counts <= (most or len(labels))))
