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


def shares(h: Any, k: int, tie: float) -> list[dict[int, float]]:
    """By item: the share of all ways to choose its k nearest others by cosine that each other is part of."""
    units = unit(h)
    k, found = min(k, len(units) - 1), []
    for i, u in enumerate(units):
        far = [-float(u @ v) if v.any() and j != i else float("inf") for j, v in enumerate(units)]
        ways = choices(far, k, tie) if u.any() and k else []
        found.append({j: sum(j in way for way in ways) / len(ways) for way in ways for j in way})
    return found


def neighbour_overlap(h_a: Any, h_b: Any, k: int, tie: float) -> list[float]:
    """Sum of the smaller share of each neighbour, over the places that are taken; NaN: none is."""
    found = []
    for a, b in zip(shares(h_a, k, tie), shares(h_b, k, tie), strict=True):
        taken = max(sum(a.values()), sum(b.values()))
        found.append(sum(min(a[j], b[j]) for j in a.keys() & b.keys()) / taken if taken else float("nan"))
    return found


def purity(h: Any, y: Any, k: int, tie: float) -> list[float]:
    """Mean Jaccard similarity of label sets over the neighbours, by their shares; two empty sets: 1."""
    sets = [{label for label, has in enumerate(row) if has} for row in y]
    found = []
    for i, near in enumerate(shares(h, k, tie)):
        alike = [
            (share, len(sets[i] & sets[j]) / len(sets[i] | sets[j]) if sets[i] | sets[j] else 1.0)
            for j, share in near.items()
        ]
        total = sum(share for share, _ in alike)
        found.append(sum(share * value for share, value in alike) / total if total else float("nan"))
    return found


def relative_drift(moved: Any, near: list[dict[int, float]]) -> list[float]:
    """Length of an item's move less the mean move of its neighbours, by their shares."""
    found = []
    for own, others in zip(moved, near, strict=True):
        total = sum(others.values())
        if not total:
            found.append(float("nan"))
            continue
        mean = [sum(share * moved[j][axis] for j, share in others.items()) / total for axis in range(len(own))]
        found.append(dist(own, mean))
    return found


def cosine_change(h_a: Any, h_b: Any, k: int, tie: float) -> list[float]:
    """Mean absolute change of the cosine to the neighbours of either space, by the larger of their shares."""
    u_a, u_b, found = unit(h_a), unit(h_b), []
    for i, (a, b) in enumerate(zip(shares(h_a, k, tie), shares(h_b, k, tie), strict=True)):
        weight = {j: max(a.get(j, 0), b.get(j, 0)) for j in a.keys() | b.keys()}
        change = {j: abs(float(u_b[i] @ u_b[j]) - float(u_a[i] @ u_a[j])) for j in weight}
        total = sum(weight.values())
        found.append(sum(weight[j] * change[j] for j in weight) / total if total else float("nan"))
    return found


def label_sets_mixed(h_a: Any, h_b: Any, y: Any, k: int, tie: float) -> dict[frozenset, list[float]]:
    """Places that join two different label sets in either space, by the pair of sets."""
    sets = [frozenset(label for label, has in enumerate(row) if has) for row in y]
    found: dict[frozenset, list[float]] = {}
    for space, h in enumerate((h_a, h_b)):
        for i, near in enumerate(shares(h, k, tie)):
            for j, share in near.items():
                if sets[i] != sets[j]:
                    found.setdefault(frozenset({sets[i], sets[j]}), [0.0, 0.0])[space] += share
    return found
