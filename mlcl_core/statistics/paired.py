"""Yes or no before and after, of the same persons or items: how much the share of yes grew."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from jaxtyping import Bool
from scipy.special import ndtri

from mlcl_core.errors import InputError
from mlcl_core.statistics.record import ALPHA


@dataclass(frozen=True)
class PairedGain:
    """The growth of a share, and how sure it is.

    Attributes:
        value: Share of yes after, minus the share before.
        low, high: Ends of its 95 % interval.
        p: Of no growth, by McNemar's exact test, two-sided.
        gained: How many went from no to yes.
        lost: How many went from yes to no.
        pairs: Number of pairs.
    """

    value: float
    low: float
    high: float
    p: float
    gained: int
    lost: int
    pairs: int


def paired_gain(before: Bool[np.ndarray, " n"], after: Bool[np.ndarray, " n"], *, alpha: float = ALPHA) -> PairedGain:
    r"""The growth of the share of yes among pairs, with the interval of Bonett and Price.

    With b pairs that went from no to yes, c from yes to no, and :math:`\tilde p = (b + 1) / (n + 2)`,
    :math:`\tilde q = (c + 1) / (n + 2)`,

    .. math:: \tilde p - \tilde q \pm \Phi^{-1}(1 - \alpha / 2)
        \sqrt{\frac{\tilde p + \tilde q - (\tilde p - \tilde q)^2}{n + 2}}

    cut to -1 and 1; the exact p is that of b among b + c tosses of a coin. Few pairs give a wide interval and never one
    of no width, which is what resampling gives where all pairs agree.

    Args:
        before, after: Of the same pairs in the same order.
        alpha: One minus the level.

    Edge cases:
        Nothing changed: p is 1.

    Raises:
        InputError: There is no pair, or the two have other lengths.

    References:
        Bonett and Price 2012, JEBS 37(4); McNemar 1947; compared by Fagerland, Lydersen and Laake 2014, Stat Med 33.

    Example:
        >>> paired_gain(np.zeros(8, bool), np.arange(8) < 6).p
        0.03125
    """
    if len(before) != len(after) or not len(before):
        raise InputError(f"pairs are compared; there are {len(before)} before and {len(after)} after")
    pairs, gained, lost = len(before), int((~before & after).sum()), int((before & ~after).sum())
    up, down = (gained + 1) / (pairs + 2), (lost + 1) / (pairs + 2)
    half = float(ndtri(1 - alpha / 2)) * sqrt((up + down - (up - down) ** 2) / (pairs + 2))
    return PairedGain(
        value=(gained - lost) / pairs,
        low=max(up - down - half, -1.0),
        high=min(up - down + half, 1.0),
        p=_mcnemar(gained, lost),
        gained=gained,
        lost=lost,
        pairs=pairs,
    )


def _mcnemar(gained: int, lost: int) -> float:
    from scipy.stats import binomtest

    return float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
