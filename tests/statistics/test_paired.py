"""Paired gains: by hand, and how often the interval holds the true gain, counted over all outcomes."""

from itertools import product
from math import comb, sqrt

import numpy as np
import pytest

from mlcl_core.errors import InputError
from mlcl_core.statistics.paired import paired_gain


def pairs(gained: int, lost: int, kept: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs that went from no to yes, from yes to no, and stayed at yes."""
    before = np.array([False] * gained + [True] * lost + [True] * kept)
    return before, np.array([True] * gained + [False] * lost + [True] * kept)


def test_by_hand() -> None:
    """Of ten pairs six gained and one lost: 7/12 - 2/12, z of .975, and p = 2 (1 + 7) / 2^7."""
    found = paired_gain(*pairs(6, 1, 3))
    half = 1.959964 * sqrt((9 / 12 - (5 / 12) ** 2) / 12)
    assert (found.value, found.gained, found.lost, found.pairs) == (0.5, 6, 1, 10)
    assert (found.low, found.high) == pytest.approx((5 / 12 - half, 5 / 12 + half), abs=1e-6)
    assert found.p == pytest.approx(2 * (1 + 7) / 2**7)


def test_edges() -> None:
    """Nothing changed: p is 1, and the interval has a width; all gained: it ends at 1; no pair is refused."""
    still = paired_gain(*pairs(0, 0, 5))
    assert (still.value, still.p) == (0, 1)
    assert still.low == -still.high < 0
    assert paired_gain(*pairs(20, 0, 0)).high == 1
    with pytest.raises(InputError, match="pairs are compared; there are 0 before and 0 after"):
        paired_gain(*pairs(0, 0, 0))


@pytest.mark.parametrize("n", [5, 20])
def test_the_interval_holds_the_true_gain(n: int) -> None:
    """In at least 94 % of classes of n, for small and large gains: summed over all that can happen."""
    counts = [(b, c) for b in range(n + 1) for c in range(n + 1 - b)]
    ends = {one: paired_gain(*pairs(*one, n - sum(one))) for one in counts}
    for up, down in product((0.1, 0.3, 0.6), (0.02, 0.1, 0.3)):
        held = sum(
            comb(n, b) * comb(n - b, c) * up**b * down**c * (1 - up - down) ** (n - b - c)
            for b, c in counts
            if ends[b, c].low <= up - down <= ends[b, c].high
        )
        assert held >= 0.94
