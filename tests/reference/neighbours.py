"""Nearest neighbours and their scores, with the mean over all choices among ties."""

from itertools import combinations
from math import dist
from typing import Any

import numpy as np

from tests.reference.weighted_loss import unit


def choices(far: list[float], k: int, tie: float = 0.0) -> list[tuple[int, ...]]:
    """All ways to choose the k nearest where some are tied with the k-th; infinite: no candidate."""
    there = [j for j, d in enumerate(far) if d < float("inf")]
    if len(there) <= k:
        return [tuple(there)]
    last = sorted(far[j] for j in there)[k - 1]
    nearer = tuple(j for j in there if far[j] < last - tie)
    tied = [j for j in there if j not in nearer and far[j] <= last + tie]
    return [nearer + rest for rest in combinations(tied, k - len(nearer))]


def distances(x: Any) -> list[list[float]]:
    """Euclidean distances of all rows; infinite to oneself."""
    return [[dist(a, b) if i != j else float("inf") for j, b in enumerate(x)] for i, a in enumerate(x)]


def knn_recall(z: Any, xy: Any, k: int, tie: float) -> float:
    """Share of the k neighbours shown that are at most as far in z as the k-th nearest; the mean over all choices."""
    found = []
    for far, shown in zip(distances(z), distances(xy), strict=True):
        last = sorted(far)[k - 1]
        ways = choices(shown, k, tie)
        found.append(sum(sum(far[j] <= last + tie for j in way) / k for way in ways) / len(ways))
    return sum(found) / len(found)


def trustworthiness(z: Any, xy: Any, k: int, tie: float) -> float:
    """Venna and Kaski: the rank in z of each neighbour shown, beyond k; of equal ones the better; the mean over all
    choices on the map.
    """
    n, cost = len(z), 0.0
    for far, shown in zip(distances(z), distances(xy), strict=True):
        ways = choices(shown, k, tie)
        for way in ways:
            ranks = [1 + sum(d < far[j] - tie for d in far) for j in way]
            cost += sum(max(0, rank - k) for rank in ranks) / len(ways)
    return 1 - 2 * cost / (n * k * (2 * n - 3 * k - 1))


def knn_macro_f1(h_train: Any, y_train: Any, h_test: Any, y_test: Any, k: int, tie: float) -> float:
    """Labels that 30 % of the k nearest training items carry, by cosine; votes are the mean over all choices."""
    u_train, u_test = unit(h_train), unit(h_test)
    asked = [j for j in range(len(u_train)) if u_train[j].any()]
    k, f1 = min(k, len(asked)), []
    for label in range(np.shape(y_test)[1]):
        tp = fp = fn = 0
        for i, u in enumerate(u_test):
            votes = 0.0
            if k and u.any():
                ways = choices([-float(u @ u_train[j]) for j in asked], k, tie)
                votes = sum(sum(bool(y_train[asked[j]][label]) for j in way) for way in ways) / len(ways)
            guess, true = votes >= 0.3 * k - 1e-9 and votes > 0, bool(y_test[i][label])
            tp, fp, fn = tp + (guess and true), fp + (guess and not true), fn + (true and not guess)
        if tp + fn:
            f1.append(2 * tp / (2 * tp + fp + fn))
    return sum(f1) / len(f1) if f1 else 0.0
