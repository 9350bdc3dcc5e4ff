"""The two intervals: of these models, by resampled items, and of the method, by items and seeds together."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float64
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from mlcl_core.errors import InputError
from mlcl_core.statistics.record import ALPHA, MIN_SEEDS, Construction, Interval, Resampled


def interval_items(resampled: Resampled, *, alpha: float = ALPHA) -> Interval:
    r"""The interval of these models: what other test items would give, with the models as they are.

    Ends are order statistics of the resamples, so that the interval excludes 0 just where :func:`p_items` is at most
    alpha. Percentile: those of rank :math:`\lfloor (B + 1) \alpha / 2 \rfloor` from either end. BCa, under 200 items:
    those of ranks :math:`(B + 1)\, g(\alpha / 2)` and :math:`(B + 1)\, g(1 - \alpha / 2)`,

    .. math:: g(q) = \Phi\Big(z_0 + \frac{z_0 + \Phi^{-1}(q)}{1 - a (z_0 + \Phi^{-1}(q))}\Big)

    with z0 from the share of resamples below the value (ties half) and the acceleration a from the jackknife.

    Args:
        resampled: Of :func:`mlcl_core.statistics.resample`.
        alpha: One minus the level.

    Edge cases:
        BCa is not defined where all resamples are on one side of the value, where no item alone changes it, or where
        a rank falls off the resamples: then percentiles are taken, and ``method`` says so.

    Raises:
        InputError: Too few resamples for that alpha (39 for 95 %).

    References:
        Efron 1987, JASA 82; Davison and Hinkley 1997, chapter 5.
    """
    skew = _skew(resampled, alpha)
    ordered = np.sort(resampled.values)
    low, high = _ranks(len(ordered), alpha, skew)
    return Interval(
        low=float(ordered[low - 1]),
        high=float(ordered[high - 1]),
        kind="these models",
        method=_name(skew),
        items=resampled.items,
        resamples=len(ordered),
    )


def p_items(resampled: Resampled, *, alpha: float = ALPHA) -> float:
    r"""The p value of 0, from the construction of :func:`interval_items`: the alpha at which an end reaches 0.

    .. math:: p = \min\Big(1,\ 2\, \frac{1 + k}{B + 1}\Big)

    for percentiles, with k the number of resamples on the rarer side of 0, those at 0 included; for BCa each of
    the two tails :math:`(1 + k) / (B + 1)` goes through the inverse of g first.

    Args:
        resampled: A difference.
        alpha: Of the interval, which decides whether BCa is defined.

    Edge cases:
        The smallest p is 2 / (B + 1).

    References:
        Davison and Hinkley 1997, section 4.2.
    """
    skew = _skew(resampled, alpha)
    values = resampled.values
    tails = [(1 + int((values <= 0).sum())) / (len(values) + 1), (1 + int((values >= 0).sum())) / (len(values) + 1)]
    if skew is not None:
        tails = [skew.inverse(tails[0]), 1 - skew.inverse(1 - tails[1])]
    return float(np.clip(2 * min(tails), 2 / (len(values) + 1), 1))


def interval_method(
    per_seed: Float[np.ndarray, " s"], se_items: float, items: int, *, alpha: float = ALPHA
) -> Interval | None:
    r"""The interval of the method: what other test items and other seeds would give.

    .. math:: \bar x \pm t_{1 - \alpha / 2,\, \nu}\ \mathrm{se}, \qquad
        \mathrm{se} = \sqrt{\mathrm{se}_{items}^2 + \mathrm{sd}_{seeds}^2 / S}

    with the degrees of freedom nu of Welch and Satterthwaite, :math:`n - 1` for the part of the items and
    :math:`S - 1` for that of the seeds.

    Args:
        per_seed: The value of each seed, or the difference of two methods with the same seed.
        se_items: Standard error of their mean by resampled items.
        items: Number of test items.
        alpha: One minus the level.

    Returns:
        None with fewer than 3 seeds: they say nothing about a method.

    Edge cases:
        Predictions of one seed err independently of those of another, so their spread holds a part of the items'
        error, which counts twice: the interval is rather too wide than too narrow.

    References:
        Satterthwaite 1946, Biometrics Bulletin 2(6).
    """
    if len(per_seed) < MIN_SEEDS:
        return None
    se, df = error_method(float(np.std(per_seed, ddof=1)), len(per_seed), se_items, items)
    half = quantile_t(1 - alpha / 2, df) * se
    mean = float(np.mean(per_seed))
    return Interval(mean - half, mean + half, "the method", "t", items=items, seeds=len(per_seed), df=df)


def interval_seeds(per_seed: Float[np.ndarray, " s"], *, alpha: float = ALPHA) -> Interval | None:
    """The interval of other seeds on the same test items, by Student's t; None with fewer than 3 seeds.

    It needs no predictions, and is narrower than :func:`interval_method`: nothing is said of a method by it.
    """
    found = interval_method(per_seed, 0.0, 0, alpha=alpha)
    return None if found is None else replace(found, kind="other seeds")


def p_method(per_seed: Float[np.ndarray, " s"], se_items: float, items: int) -> float:
    """The p value of 0, from the construction of :func:`interval_method`; 1 with fewer than 3 seeds.

    Edge cases:
        No spread at all: 0 where the difference is one, 1 where it is none.
    """
    if len(per_seed) < MIN_SEEDS:
        return 1.0
    se, df = error_method(float(np.std(per_seed, ddof=1)), len(per_seed), se_items, items)
    mean = abs(float(np.mean(per_seed)))
    if se == 0:
        return float(mean == 0)
    return float(min(2 * stdtr(df, -mean / se), 1.0))


def error_method(sd_seeds: float, seeds: int, se_items: float, items: int) -> tuple[float, float]:
    """Standard error of a method's mean, and its degrees of freedom by Welch and Satterthwaite."""
    of_items, of_seeds = se_items**2, sd_seeds**2 / seeds
    total = of_items + of_seeds
    if total == 0:
        return 0.0, float(seeds - 1)
    # shares of the variance, not squares of it, which underflow for tiny ones
    share = of_items / total
    return math.sqrt(total), 1 / (share**2 / max(items - 1, 1) + (1 - share) ** 2 / (seeds - 1))


def quantile_t(q: float, df: float) -> float:
    """Quantile of Student's t."""
    return float(stdtrit(df, q))


@dataclass(frozen=True)
class _Skew:
    """Bias and acceleration of BCa: ``of`` is g of :func:`interval_items`."""

    z0: float
    a: float

    def of(self, q: float) -> float:
        z = self.z0 + ndtri(q)
        return float(ndtr(self.z0 + z / (1 - self.a * z)))

    def inverse(self, share: float) -> float:
        z = float(ndtri(share)) - self.z0
        # g is monotone while its denominator is positive; beyond that no level reaches the share
        if math.isinf(z) or 1 + self.a * z <= 0:
            return float(z > 0)
        return float(ndtr(z / (1 + self.a * z) - self.z0))

    def monotone(self, q: float) -> bool:
        return bool(1 - self.a * (self.z0 + ndtri(q)) > 0)


def _skew(resampled: Resampled, alpha: float) -> _Skew | None:
    """Of BCa; None where it is not defined, or not wanted."""
    if resampled.left_out is None:
        return None
    below = _share_below(resampled.values, resampled.value)
    apart = resampled.left_out.mean() - resampled.left_out
    size = float(np.abs(apart).max())
    if not 0 < below < 1 or size == 0:
        return None
    apart = apart / size
    skew = _Skew(float(ndtri(below)), float((apart**3).sum() / (6 * (apart**2).sum() ** 1.5)))
    if not (skew.monotone(alpha / 2) and skew.monotone(1 - alpha / 2)):
        return None
    resamples = len(resampled.values)
    low, high = _unbounded_ranks(resamples, alpha, skew)
    return skew if low >= 1 and high <= resamples else None


def _share_below(values: Float64[np.ndarray, " b"], value: float) -> float:
    return (float((values < value).mean()) + float((values <= value).mean())) / 2


def _ranks(resamples: int, alpha: float, skew: _Skew | None) -> tuple[int, int]:
    low, high = _unbounded_ranks(resamples, alpha, skew)
    if low < 1:
        raise InputError(f"{resamples} resamples are too few for an interval: {math.ceil(2 / alpha) - 1} are the least")
    return low, high


def _unbounded_ranks(resamples: int, alpha: float, skew: _Skew | None) -> tuple[int, int]:
    """Ranks from 1 on, of the ends: outwards, where they fall between two."""
    of: Callable[[float], float] = (lambda q: q) if skew is None else skew.of
    # a hair of tolerance: 0.025 * 40 is 1, whatever its last bit
    low = math.floor((resamples + 1) * of(alpha / 2) + 1e-9)
    return low, resamples + 1 - math.floor((resamples + 1) * (1 - of(1 - alpha / 2)) + 1e-9)


def _name(skew: _Skew | None) -> Construction:
    return "percentile" if skew is None else "bca"
