"""Two models, or two methods over seeds, on the same test items."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float64

from mlcl_core.errors import InputError
from mlcl_core.statistics.enough import needed
from mlcl_core.statistics.intervals import interval_items, interval_method, p_items, p_method
from mlcl_core.statistics.record import ALPHA, MIN_SEEDS, Difference, Resampled
from mlcl_core.statistics.resample import mean_of, minus


def compare_items(a: Resampled, b: Resampled, *, up: bool = True) -> Difference:
    """A minus B as *these models*: other test items, the same models.

    Args:
        a, b: Of the same resamples.
        up: Whether a higher number is better.

    Raises:
        InputError: They are not of the same items and resamples.
    """
    difference = minus(a, b)
    return Difference(
        difference.value,
        interval_items(difference),
        p_items(difference),
        share_ahead(difference.values, up=up),
    )


def compare_method(
    a: Sequence[Resampled], b: Sequence[Resampled], *, up: bool = True, comparisons: int = 1
) -> Difference:
    """A minus B as *the method*: other test items and other seeds.

    Args:
        a, b: One for each seed, the same seeds in the same order, all of the same resamples.
        up: Whether a higher number is better.
        comparisons: Number of comparisons of the table; what would decide is found at .05 divided by it, which is
            enough for Holm's adjustment. The interval and p are of this comparison alone.

    Edge cases:
        Fewer than 3 seeds: no interval, p is 1.

    Raises:
        InputError: Other numbers of seeds, none, or other resamples.
    """
    if len(a) != len(b) or not a:
        raise InputError(f"methods are compared over the same seeds; one has {len(a)}, the other {len(b)}")
    difference = minus(mean_of(a), mean_of(b))
    first, second = (np.array([one.value for one in side]) for side in (a, b))
    return method_difference(
        first, second, difference.se, difference.items, share_ahead(difference.values, up=up), up, comparisons
    )


def method_difference(
    a: Float[np.ndarray, " s"],
    b: Float[np.ndarray, " s"],
    se_items: float,
    items: int,
    ahead: float,
    up: bool = True,
    comparisons: int = 1,
) -> Difference:
    """:func:`compare_method` from the seeds' values and what is kept of the resamples: their spread, and who is ahead.

    Args:
        a, b: Values by seed, the same seeds in the same order.
        se_items: Standard error of the mean difference by resampled items.
        items: Number of test items.
        ahead: Share of resamples in which A is ahead.
        up, comparisons: As for :func:`compare_method`.
    """
    per_seed = a - b
    p = p_method(per_seed, se_items, items)
    enough = None
    if len(per_seed) >= MIN_SEEDS and p * comparisons >= ALPHA:
        enough = needed(per_seed, se_items, items, alpha=ALPHA / comparisons)
    return Difference(
        float(per_seed.mean()),
        interval_method(per_seed, se_items, items),
        p,
        ahead,
        p_improvement(a, b, up=up),
        len(per_seed),
        enough,
    )


def share_ahead(differences: Float64[np.ndarray, " b"], *, up: bool = True) -> float:
    """Share of resamples in which A is ahead of B; ties count half. No probability that A is better."""
    signs = np.sign(differences) if up else -np.sign(differences)
    return float((signs.mean() + 1) / 2)


def p_improvement(
    a: Float[np.ndarray, " s"] | Float[np.ndarray, "d s"],
    b: Float[np.ndarray, " t"] | Float[np.ndarray, "d t"],
    *,
    up: bool = True,
) -> float:
    r"""Probability of improvement: that a seed of A is ahead of a seed of B, on a data set drawn at random.

    .. math:: \frac1D \sum_d \frac{1}{S T} \sum_{s, t} 1[a_{ds} > b_{dt}] + \tfrac12 1[a_{ds} = b_{dt}]

    Args:
        a, b: Values by seed, or by data set and seed.
        up: Whether a higher number is better.

    References:
        Agarwal et al., NeurIPS 2021 (rliable): the Mann-Whitney statistic of each task over S T, and their mean.
    """
    signs = np.sign(a[..., :, None] - b[..., None, :])
    return float(((signs if up else -signs).mean() + 1) / 2)
