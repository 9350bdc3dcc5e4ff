"""Relations and factors of two label sets, from the definitions of sets."""

from typing import Any

import numpy as np

DISJOINT, EQUAL, OVERLAP, SUPERSET, SUBSET = 1, 2, 3, 4, 5


def label_set(row: Any) -> frozenset[int]:
    """The labels that one item carries."""
    return frozenset(int(label) for label in np.flatnonzero(np.asarray(row)))


def relation(S: frozenset[int], T: frozenset[int]) -> int:
    """R1 to R5, from the definitions of sets."""
    if S == T:
        return EQUAL
    if not S & T:
        return DISJOINT
    if S > T:
        return SUPERSET
    if S < T:
        return SUBSET
    return OVERLAP


def similarity_factor(S: frozenset[int], T: frozenset[int]) -> float:
    """K^s = |S and T| / |S|, 0 for an anchor without labels."""
    return len(S & T) / len(S) if S else 0.0


def dissimilarity_factor(S: frozenset[int], T: frozenset[int]) -> float:
    """K^d = 1 / (1 + |T minus S|)."""
    return 1 / (1 + len(T - S))


def pairwise(function: Any, y_anchor: Any, y_other: Any) -> np.ndarray:
    """``function(S, T)`` of every anchor and every other item."""
    table = np.zeros((len(y_anchor), len(y_other)))
    for i, row in enumerate(y_anchor):
        for j, other in enumerate(y_other):
            table[i, j] = function(label_set(row), label_set(other))
    return table
