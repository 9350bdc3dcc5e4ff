"""What a comparison says: an interval, a difference, and how much more would decide it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64

ALPHA = 0.05  # intervals hold 95 %
MIN_SEEDS = 3  # below them no sentence is about a method
Kind = Literal["these models", "the method", "other seeds"]
Construction = Literal["percentile", "bca", "t"]


@dataclass(frozen=True, eq=False)
class Resampled:
    """A number of the test items, and the same number of their resamples.

    Attributes:
        value: On the items as they are.
        values: On each resample.
        left_out: Without each item in turn; None: there are too many items for BCa to be worth it.
        items: Number of items.
    """

    value: float
    values: Float64[np.ndarray, " b"]
    left_out: Float64[np.ndarray, " n"] | None
    items: int

    @property
    def se(self) -> float:
        """Standard deviation of the resamples: the standard error that the sample of items brings."""
        return float(self.values.std(ddof=1))


@dataclass(frozen=True)
class Interval:
    """A 95 % interval, not adjusted for other comparisons.

    Attributes:
        low, high: Its ends.
        kind: What it is about. ``these models``: other test items, the same trained models. ``the method``: other test
            items and other seeds. ``other seeds``: the same test items.
        method: How it is made: percentiles of resamples, BCa, or Student's t.
        items: Number of test items; 0: they play no part.
        resamples: Number of resamples of the items.
        seeds: Number of seeds.
        df: Degrees of freedom of Student's t; None: not made from it.
    """

    low: float
    high: float
    kind: Kind
    method: Construction
    items: int
    resamples: int = 0
    seeds: int = 1
    df: float | None = None

    def __contains__(self, value: float) -> bool:
        """Whether a value lies within the ends, both included."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Needed:
    """What would decide an undecided difference, were the spread to stay as it is.

    Attributes:
        seeds: The smallest number of seeds with which the interval would exclude 0; None: no number of seeds.
        items: Where no number of seeds is enough: the smallest number of test items with which some would be.
    """

    seeds: int | None
    items: int | None = None


@dataclass(frozen=True)
class Difference:
    """A minus B, of the same test items and, for a method, of the same seeds.

    Attributes:
        value: The difference, in units of the metric.
        interval: Its interval, not adjusted; None: fewer than 3 seeds say nothing about a method.
        p: Of no difference, by the construction of the interval; 1 without an interval.
        share_ahead: Share of resamples of the items in which A is ahead; ties count half.
        p_improvement: Share of pairs of a seed of A with a seed of B in which A is ahead; ties count half.
        seeds: Number of seeds that both have.
        needed: What would decide; None: p is below .05, or there are too few seeds to tell.
    """

    value: float
    interval: Interval | None
    p: float
    share_ahead: float
    p_improvement: float | None = None
    seeds: int = 1
    needed: Needed | None = None

    @property
    def low(self) -> float:
        """Lower end of the interval; minus infinity without one."""
        return float("-inf") if self.interval is None else self.interval.low

    @property
    def high(self) -> float:
        """Upper end of the interval; infinity without one."""
        return float("inf") if self.interval is None else self.interval.high

    @property
    def df(self) -> float | None:
        """Degrees of freedom of Student's t, where there are any."""
        return None if self.interval is None else self.interval.df
