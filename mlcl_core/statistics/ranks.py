"""Methods ranked over several data sets: tests, critical difference, cliques."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Float64

from mlcl_core.errors import InputError
from mlcl_core.statistics.multiple import holm
from mlcl_core.statistics.record import ALPHA


@dataclass(frozen=True, eq=False)
class Ranks:
    """How methods rank over data sets.

    Attributes:
        methods: Their names, best mean rank first.
        mean_ranks: Of each method over the data sets, 1 the best; ties share their mean rank.
        data: Number of data sets.
        friedman: p value that all methods are alike; None: fewer than 3 methods, or all are tied everywhere.
        wilcoxon: p values of the pairs, adjusted by Holm; 1 on the diagonal.
        critical_difference: Of two mean ranks, by Nemenyi.
        nemenyi_cliques, wilcoxon_cliques: Largest groups of methods none of which differs from another one, as
            positions in ``methods``; groups of one are left out.
        smallest_p: The smallest p that Wilcoxon's test can give with that many data sets, not adjusted.
        smallest_holm: The same after Holm over all pairs.
    """

    methods: tuple[str, ...]
    mean_ranks: Float64[np.ndarray, " m"]
    data: int
    friedman: float | None
    wilcoxon: Float64[np.ndarray, "m m"]
    critical_difference: float
    nemenyi_cliques: tuple[tuple[int, ...], ...]
    wilcoxon_cliques: tuple[tuple[int, ...], ...]
    smallest_p: float
    smallest_holm: float


def rank_methods(values: Float[np.ndarray, "d m"], methods: Sequence[str], *, up: bool = True) -> Ranks:
    r"""Rank methods over data sets, and say which pairs differ.

    .. math:: CD = q_{\alpha} \sqrt{\frac{m (m + 1)}{6 d}}

    with q the quantile of the studentised range of m means, divided by the square root of 2.

    Args:
        values: One number for each data set and method, such as the mean over seeds.
        methods: Names of the columns.
        up: Whether a higher number is better.

    Raises:
        InputError: Fewer than 2 methods or data sets, or a value is missing.

    References:
        Demšar 2006, JMLR 7; Benavoli, Corani and Mangili 2016, JMLR 17 (Wilcoxon with Holm rather than mean ranks);
        Holm 1979.
    """
    from scipy.stats import rankdata, studentized_range

    data, number = values.shape
    if number < 2 or data < 2:
        raise InputError(f"ranks need 2 methods on 2 data sets; there are {number} on {data}")
    if not np.isfinite(values).all():
        raise InputError("ranks need a value of each method on each data set")
    ranks = rankdata(-values if up else values, axis=1)
    order = np.argsort(ranks.mean(0), kind="stable")
    values, mean_ranks = values[:, order], ranks.mean(0)[order]
    pairs = _wilcoxon(values)
    critical = (
        float(studentized_range.ppf(1 - ALPHA, number, np.inf)) / 2**0.5 * (number * (number + 1) / 6 / data) ** 0.5
    )
    smallest = smallest_p(data)
    return Ranks(
        methods=tuple(methods[at] for at in order),
        mean_ranks=mean_ranks,
        data=data,
        friedman=_friedman(values),
        wilcoxon=pairs,
        critical_difference=critical,
        nemenyi_cliques=cliques(np.abs(mean_ranks[:, None] - mean_ranks) < critical),
        wilcoxon_cliques=cliques(pairs >= ALPHA),
        smallest_p=smallest,
        smallest_holm=min(1.0, smallest * (number * (number - 1) // 2)),
    )


def smallest_p(data: int) -> float:
    """The smallest two-sided p of Wilcoxon's exact test over that many data sets: 2 / 2^n, where one method wins all.

    Example:
        >>> smallest_p(5)
        0.0625
    """
    return min(1.0, 2.0 / 2**data)


def cliques(alike: Bool[np.ndarray, "m m"]) -> tuple[tuple[int, ...], ...]:
    """Largest groups all of whose pairs are alike, each ascending; groups of one are left out.

    References:
        Bron and Kerbosch 1973, Communications of the ACM 16(9), with the pivot of Tomita et al. 2006.
    """
    beside = [{other for other in range(len(alike)) if other != one and alike[one, other]} for one in range(len(alike))]
    found: list[tuple[int, ...]] = []

    def grow(group: set[int], candidates: set[int], done: set[int]) -> None:
        if not candidates and not done:
            found.append(tuple(sorted(group)))
        # only those that are not beside the one with the most neighbours begin another group
        pivot = max(candidates | done, key=lambda one: len(beside[one] & candidates), default=0)
        for one in sorted(candidates - beside[pivot]):
            grow(group | {one}, candidates & beside[one], done & beside[one])
            candidates, done = candidates - {one}, done | {one}

    grow(set(), set(range(len(alike))), set())
    return tuple(sorted(group for group in found if len(group) > 1))


def _friedman(values: Float[np.ndarray, "d m"]) -> float | None:
    from scipy.stats import friedmanchisquare

    if values.shape[1] < 3 or bool((values == values[:, :1]).all()):
        return None
    return float(friedmanchisquare(*values.T).pvalue)


def _wilcoxon(values: Float[np.ndarray, "d m"]) -> Float64[np.ndarray, "m m"]:
    from scipy.stats import wilcoxon

    number = values.shape[1]
    pairs = list(combinations(range(number), 2))
    differences = [values[:, a] - values[:, b] for a, b in pairs]
    found = holm(np.array([float(wilcoxon(one).pvalue) if one.any() else 1.0 for one in differences]))
    table = np.ones((number, number))
    for (a, b), p in zip(pairs, found, strict=True):
        table[a, b] = table[b, a] = p
    return table
