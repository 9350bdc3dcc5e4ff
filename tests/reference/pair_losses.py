"""Losses beside the plain rules: one value per anchor or point, None where it does not count.

``s`` holds the similarities over the temperature, the anchor's own item included.
"""

from math import exp, log
from typing import Any

import numpy as np

from tests.reference.labels import label_set
from tests.reference.weighted_loss import unit


def log_normaliser(s_i: Any, b_i: Any) -> float:
    """log sum_k b_ik exp(s_ik)."""
    return log(sum(b_i[k] * exp(s_i[k]) for k in range(len(s_i))))


def supcon_anchor(s_i: Any, P: list[int], candidates: list[int]) -> float | None:
    """L_out of one anchor: the mean over its positives of minus their log share; no positive: nothing."""
    if not P:
        return None
    return -sum(s_i[p] - log(sum(exp(s_i[k]) for k in candidates)) for p in P) / len(P)


def but(i: int, n: int) -> list[int]:
    """All others."""
    return [j for j in range(n) if j != i]


def strict(s: Any, y: Any, empty_match: bool = True) -> list[float | None]:
    """SCL: S = T."""
    sets, n = [label_set(row) for row in y], len(y)
    alike = [[j for j in but(i, n) if sets[j] == sets[i] and (sets[i] or empty_match)] for i in range(n)]
    return [supcon_anchor(s[i], alike[i], but(i, n)) for i in range(n)]


def jaccard_denominator(s: Any, y: Any) -> list[float | None]:
    """JSCL: all others attract, J weighs the normaliser; items without labels take no part."""
    sets, n = [label_set(row) for row in y], len(y)
    values: list[float | None] = []
    for i in range(n):
        J = [len(sets[i] & T) / len(sets[i] | T) if sets[i] | T else 0.0 for T in sets]
        J[i] = 0.0
        P = [j for j in but(i, n) if sets[j]]
        if not sets[i] or sum(J) == 0:
            values.append(None)
        else:
            values.append(-sum(s[i][j] - log_normaliser(s[i], J) for j in P) / len(P))
    return values


def stepwise_label(s: Any, y: Any, no_labels: str = "drop") -> list[float | None]:
    """SLCL: for each label l, SupCon with the class y_il; the mean over labels."""
    y, n = np.asarray(y), len(y)
    part = [bool(row.any()) or no_labels == "keep" for row in y]
    values: list[float | None] = []
    for i in range(n):
        of_labels = []
        for label in range(y.shape[1]):
            P = [j for j in but(i, n) if y[j, label] == y[i, label] and part[i] and part[j]]
            of_labels.append(supcon_anchor(s[i], P, but(i, n)))
        told = [value for value in of_labels if value is not None]
        values.append(sum(told) / y.shape[1] if told else None)
    return values


def soft_contrastive(cosine: Any, y: Any, y_other: Any, tau: float, weight: float, own: Any, view: Any) -> list[float]:
    """SoftCon: InfoNCE against the other view where there is one, and the soft targets' cross-entropy."""
    dots = [[len(label_set(S) & label_set(T)) for T in y_other] for S in y_other]
    low, high = min(map(min, dots)), max(map(max, dots))
    values = []
    for i in range(len(y)):
        A = [j for j in range(len(y_other)) if own is None or j != own[i]]
        total = 0.0
        for j in A:
            C = len(label_set(y[i]) & label_set(y_other[j]))
            t = (C - low) / (high - low) if high > low else 0.0
            p = 1 / (1 + exp(-cosine[i][j]))
            total -= (t * log(p) + (1 - t) * log(1 - p)) / len(A)
        value = weight * total
        if view is not None:
            value -= cosine[i][view[i]] / tau - log(sum(exp(cosine[i][k] / tau) for k in A))
        values.append(value)
    return values


def label_distribution(s: Any, y: Any, at: Any, tau: float, sigma: float) -> list[float | None]:
    """MulSupCon_LD: each label's mean log share, weighed by exp(-mean squared distance / 2 sigma^2) at ``at``."""
    sets, n = [label_set(row) for row in y], len(y)
    values: list[float | None] = []
    for i in range(n):
        P = {label: [j for j in but(i, n) if label in sets[j]] for label in sets[i]}
        P = {label: carriers for label, carriers in P.items() if carriers}
        worth = {}
        for label, carriers in P.items():
            squared = [2 - 2 * tau * at[i][j] for j in carriers]
            worth[label] = exp(-sum(squared) / len(squared) / (2 * sigma**2))
        told = [supcon_anchor(s[i], carriers, but(i, n)) for carriers in P.values()]
        total = sum(worth.values())
        values.append(sum(worth[label] / total * value for label, value in zip(P, told, strict=True)) if P else None)
    return values


def ws_mulsupcon(s: Any, y: Any, one: Any, several: Any, healthy: float) -> list[float | None]:
    """ws-MulSupCon: rows (i, l) of both strata against both strata; ``one`` and ``several`` are w_l by stratum of i.

    The mean of the values that count is (1 - healthy) times the four means over rows, plus healthy times SupCon among
    the items without labels.
    """
    sets, n = [label_set(row) for row in y], len(y)
    stratum = [min(len(S), 2) for S in sets]
    parts: list[tuple[int, float, tuple[int, int]]] = []
    for i in range(n):
        for b in (1, 2):
            C = [j for j in but(i, n) if stratum[j] in (0, b)]
            for label in sets[i]:
                P = [j for j in C if label in sets[j]]
                if P:
                    Z = sum(exp(s[i][k]) for k in C)
                    told = [-len(sets[i] & sets[j]) / len(sets[i] | sets[j]) * log(exp(s[i][j]) / Z) for j in P]
                    weight = one[label] if stratum[i] == 1 else several[label]
                    parts.append((i, weight * sum(told) / len(P), (stratum[i], b)))
        alike = [j for j in but(i, n) if stratum[i] == stratum[j] == 0]
        if alike and healthy > 0:
            parts.append((i, supcon_anchor(s[i], alike, but(i, n)) or 0.0, (0, 0)))
    rows = {term: sum(one_term == term for _, _, one_term in parts) for _, _, term in parts}
    anchors = {i for i, _, _ in parts}
    factor = {term: (1 - healthy if (0, 0) in rows else 1.0) if term != (0, 0) else healthy for term in rows}
    return [
        sum(len(anchors) * factor[term] / rows[term] * value for j, value, term in parts if j == i)
        if i in anchors
        else None
        for i in range(n)
    ]


def contrastive_knn(s: Any, y: Any) -> list[float | None]:
    """Su et al.: beta = C / sum C; s = -d / tau."""
    sets, n = [label_set(row) for row in y], len(y)
    values: list[float | None] = []
    for i in range(n):
        C = {j: len(sets[i] & sets[j]) for j in but(i, n)}
        if not any(C.values()):
            values.append(None)
            continue
        Z = sum(exp(s[i][k]) for k in but(i, n))
        values.append(-sum(C[j] / sum(C.values()) * log(exp(s[i][j]) / Z) for j in but(i, n)))
    return values


def hero(s: Any, y: Any, variant: str = "mlcpc") -> list[float | None]:
    """HeroCon's supervised term: each anchor's part of the sum over labels of means over pairs."""
    y = np.asarray(y)
    n, c = y.shape
    h = [[int((y[i] != y[j]).sum()) for j in range(n)] for i in range(n)]
    kappa = y.sum() / n if variant == "cnncpc" and y.any() else 1.0
    values: list[float | None] = [None] * n
    for label in range(c):
        P = [i for i in range(n) if y[i, label]]
        N = [k for k in range(n) if not y[k, label]]
        m = len(N) + 1 if variant == "mlcpc" else len(N)
        if not m:
            continue
        for i in P:
            against = sum(h[i][k] / kappa * exp(s[i][k]) for k in N)
            own = [(1 - h[i][j] / c) * exp(s[i][j]) for j in P]
            part = sum(log((against + g) / (g * m)) for g in own) / len(P) ** 2
            values[i] = (values[i] or 0.0) + part
    return values


def label_level(label_z: Any, y: Any, tau: float, negatives: list[tuple[int, int]]) -> list[float | None]:
    """MulCon: the points are (i, l) with l in S; those of absent labels are mere candidates."""
    y = np.asarray(y)
    points = [(i, label) for i in range(len(y)) for label in np.flatnonzero(y[i])]
    everything = points + negatives
    e = np.asarray(label_z)
    u = unit(np.array([e[i, label] for i, label in everything]).reshape(len(everything), e.shape[-1]))
    values = []
    for a, (i, label) in enumerate(points):
        P = [b for b, (j, other) in enumerate(points) if other == label and j != i]
        values.append(supcon_anchor(u[a] @ u.T / tau, P, but(a, len(everything))))
    return values


def intra_label(label_z: Any, y: Any, tau: float, no_labels: str = "drop") -> list[float | None]:
    """ICL: inside each item the labels are the points and y_il their class."""
    y = np.asarray(y)
    values: list[float | None] = []
    for i, e in enumerate(np.asarray(label_z)):
        for label in range(y.shape[1]):
            P = [m for m in but(label, y.shape[1]) if y[i, m] == y[i, label] and (y[i].any() or no_labels == "keep")]
            values.append(supcon_anchor(e[label] @ e.T / tau, P, but(label, y.shape[1])))
    return values


def mean_of_counted(values: list[float | None]) -> float:
    """Mean over the anchors that count; 0 without any."""
    told = [value for value in values if value is not None]
    return sum(told) / len(told) if told else 0.0
