"""Ranks over data sets: against scipy and scikit-posthocs, and what few data sets can show."""

import numpy as np
import pytest
import scikit_posthocs
from scipy import stats

from mlcl_core.errors import InputError
from mlcl_core.statistics import cliques, rank_methods, smallest_p

NAMES = ("a", "b", "c", "d", "e")


def some_values(data: int = 12, seed: int = 0, gap: float = 0.5) -> np.ndarray:
    """Scores of five methods, each worse than the one before by ``gap`` standard deviations."""
    return np.random.default_rng(seed).normal(size=(data, 5)) - gap * np.arange(5)


@pytest.mark.parametrize("gap", [0.0, 0.6, 2.0])
def test_equals_scipy_and_scikit_posthocs(gap: float) -> None:
    """Mean ranks, Friedman, Wilcoxon with Holm, Nemenyi's critical difference and the cliques of both tests."""
    values = some_values(gap=gap)
    found = rank_methods(values, NAMES)
    at = [NAMES.index(name) for name in found.methods]
    values = values[:, at]
    assert found.mean_ranks == pytest.approx(stats.rankdata(-values, axis=1).mean(0))
    assert found.friedman == pytest.approx(stats.friedmanchisquare(*values.T).pvalue)
    wilcoxon = scikit_posthocs.posthoc_wilcoxon(list(values.T), p_adjust="holm").to_numpy()
    assert found.wilcoxon == pytest.approx(wilcoxon)
    nemenyi = scikit_posthocs.posthoc_nemenyi_friedman(values).to_numpy()
    apart = np.abs(found.mean_ranks[:, None] - found.mean_ranks)
    assert ((apart < found.critical_difference) == (nemenyi > 0.05)).all()
    for mine, p in ((found.nemenyi_cliques, nemenyi), (found.wilcoxon_cliques, wilcoxon)):
        assert set(mine) == cliques_of_scikit_posthocs(p >= 0.05)


def cliques_of_scikit_posthocs(alike: np.ndarray) -> set[tuple[int, ...]]:
    """The groups of its diagram."""
    from pandas import DataFrame
    from scikit_posthocs._plotting import _find_maximal_cliques

    found = _find_maximal_cliques(DataFrame(alike & ~np.eye(len(alike), dtype=bool)))
    return {tuple(sorted(group)) for group in found if len(group) > 1}


def test_critical_difference_of_the_literature() -> None:
    """Demšar 2006, table 5: q of 4 methods is 2.569; with 14 data sets CD = 2.569 sqrt(4 5 / (6 14)) = 1.25."""
    values = np.random.default_rng(0).normal(size=(14, 4))
    assert rank_methods(values, NAMES[:4]).critical_difference == pytest.approx(2.569 * (20 / 84) ** 0.5, abs=1e-3)


def test_five_data_sets_never_reach_05() -> None:
    """One method ahead on each of 5 data sets: p is .0625, the smallest there is; 6 give .031, before Holm."""
    for data, p in ((5, 0.0625), (6, 0.03125), (8, 0.0078125)):
        values = np.arange(1.0, data + 1)[:, None] * np.array([2.0, 1.0])
        found = rank_methods(values, NAMES[:2])
        assert smallest_p(data) == found.smallest_p == p == found.wilcoxon[0, 1]
        assert found.smallest_holm == p
    assert rank_methods(some_values(6), NAMES).smallest_holm == pytest.approx(0.3125)


def test_lower_is_better() -> None:
    """Of an error the lowest ranks first; ties share a rank; methods that never differ give no test."""
    values = np.array([[0.1, 0.2], [0.3, 0.3]])
    found = rank_methods(values, ("a", "b"), up=False)
    assert (found.methods, found.mean_ranks.tolist(), found.friedman) == (("a", "b"), [1.25, 1.75], None)
    same = rank_methods(np.ones((3, 3)), NAMES[:3])
    assert same.friedman is None
    assert (same.wilcoxon == 1).all()
    assert same.wilcoxon_cliques == ((0, 1, 2),)


def test_cliques_by_hand() -> None:
    """A chain a - b - c - d has the three pairs; with a - c, two groups."""
    alike = np.eye(4, dtype=bool)
    for one, other in ((0, 1), (1, 2), (2, 3)):
        alike[one, other] = alike[other, one] = True
    assert cliques(alike) == ((0, 1), (1, 2), (2, 3))
    alike[0, 2] = alike[2, 0] = True
    assert cliques(alike) == ((0, 1, 2), (2, 3))
    assert cliques(np.eye(3, dtype=bool)) == ()
    # all alike: one group, found at once
    assert cliques(np.ones((60, 60), dtype=bool)) == (tuple(range(60)),)


def test_too_little_to_rank() -> None:
    """One data set, one method or a missing value: one line."""
    with pytest.raises(InputError, match="ranks need 2 methods on 2 data sets; there are 3 on 1"):
        rank_methods(np.ones((1, 3)), NAMES[:3])
    with pytest.raises(InputError, match="a value of each method on each data set"):
        rank_methods(np.array([[1.0, np.nan], [1.0, 2.0]]), NAMES[:2])
