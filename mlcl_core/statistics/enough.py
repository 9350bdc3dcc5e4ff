"""How many seeds, or test items, would decide a difference that is undecided."""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from mlcl_core.statistics.intervals import error_method, quantile_t
from mlcl_core.statistics.record import ALPHA, MIN_SEEDS, Needed

MAX_SEEDS = MAX_ITEMS = 10**9  # beyond them the difference is 0 for all purposes


def needed(per_seed: Float[np.ndarray, " s"], se_items: float, items: int, *, alpha: float = ALPHA) -> Needed:
    r"""The smallest number of seeds with which the interval of the same difference would exclude 0.

    The difference, the spread of the seeds and the part of the items are taken to stay what they are: the smallest
    S of at least 3 with

    .. math:: t_{1 - \alpha / 2,\, \nu(S)} \sqrt{\mathrm{se}_{items}^2 + \mathrm{sd}_{seeds}^2 / S} < |\bar x|

    Where the part of the items alone is too wide there is no such S. Then the number of test items is found with
    which there is one, the part of the items falling with the root of their number.

    Args:
        per_seed: Differences by seed, of at least 2 seeds.
        se_items: Standard error of their mean by resampled items.
        items: Number of test items.
        alpha: One minus the level of the interval.

    Edge cases:
        A difference of 0: neither seeds nor items decide it, both are None.
    """
    mean, sd = abs(float(np.mean(per_seed))), float(np.std(per_seed, ddof=1))

    def decides(seeds: int) -> bool:
        se, df = error_method(sd, seeds, se_items, items)
        return quantile_t(1 - alpha / 2, df) * se < mean

    def items_decide(number: int) -> bool:
        return quantile_t(1 - alpha / 2, number - 1) * se_items * math.sqrt(items / number) < mean

    if mean == 0:
        return Needed(None)
    if quantile_t(1 - alpha / 2, max(items - 1, 1)) * se_items < mean:
        return Needed(_smallest(decides, MIN_SEEDS, MAX_SEEDS))
    return Needed(None, _smallest(items_decide, max(items, 2), MAX_ITEMS))


def _smallest(enough: Callable[[int], bool], low: int, high: int) -> int | None:
    """The smallest number from ``low`` to ``high`` that is enough, where all larger ones are too; None: none is."""
    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
