"""Losses with prototypes: items i < B with label sets S, prototypes c_l of one label each."""

from math import exp, log
from typing import Any

import numpy as np

from tests.reference.labels import label_set
from tests.reference.weighted_loss import unit


def proto_only(z: Any, y: Any, prototypes: Any, temperature: float) -> np.ndarray:
    """-(1/|S|) sum_{l in S} log softmax_l(z_i.c_l / tau), one value per item; 0 for an item without labels."""
    z, c = unit(z), unit(prototypes)
    values = []
    for i in range(len(z)):
        S = label_set(y[i])
        s = [float(z[i] @ c[label]) / temperature for label in range(len(c))]
        Z = sum(exp(s_l) for s_l in s)
        values.append(-sum(log(exp(s[label]) / Z) for label in S) / len(S) if S else 0.0)
    return np.array(values)


def msc_loss(
    z: Any, y: Any, prototypes: Any, temperature: float, *, alpha=1.0, beta=0.1, epsilon=0.0, references=None
) -> np.ndarray:
    """MSC, one value per item: for each l in S the shares of its carriers among other items and its prototype."""
    z, c = unit(z), unit(prototypes)
    more_z, more_y = ([], []) if references is None else (unit(references[0]), references[1])
    values = []
    for i in range(len(z)):
        S = label_set(y[i])
        others = [(z[j], label_set(y[j])) for j in range(len(z)) if j != i]
        others += [(z_k, label_set(row)) for z_k, row in zip(more_z, more_y, strict=True)]
        s = [float(z[i] @ z_j) / temperature for z_j, _ in others]
        s_proto = [float(z[i] @ c_l) / temperature for c_l in c]
        Z = sum(beta * exp(s_j) for s_j in s) + sum(exp(s_l) for s_l in s_proto)
        total = 0.0
        for label in S:
            carriers = [j for j, (_, T) in enumerate(others) if label in T]
            n_il = 1 + sum(alpha / len(S | others[j][1]) for j in carriers) + epsilon
            for j in carriers:
                total -= alpha / len(S | others[j][1]) / n_il * log(exp(s[j]) / Z)
            total -= 1 / n_il * log(exp(s_proto[label]) / Z)
        values.append(total / len(S) if S else 0.0)
    return np.array(values)


def crowd(
    z: Any, y: Any, prototypes: Any, temperature: float, *, alpha=0.0, epsilon=0.0, regularised=False
) -> dict[str, Any]:
    """MSCWRG and MSCRG: values and forces of all anchors, items then prototypes, the mean over those that have a
    positive, and its gradient with respect to the raw points by the closed form of the forces.
    """
    raw = np.concatenate([np.asarray(z, dtype=np.float64), np.asarray(prototypes, dtype=np.float64)])
    sets = [label_set(row) for row in y] + [frozenset({label}) for label in range(len(prototypes))]
    u, N = unit(raw), len(raw)

    def f(S, T):
        ratio = len(S & T) / len(T)
        return float(ratio >= 1 - 1e-8) if alpha < 0 else ratio**alpha

    values, force = np.zeros(N), np.zeros((N, N))
    has_positive = np.zeros(N, dtype=bool)
    for i, S in enumerate(sets):
        W = np.zeros(N)
        for label in S:
            carriers = [k for k in range(N) if k != i and label in sets[k]]
            total = sum(f(S, sets[k]) for k in carriers)
            for k in carriers:
                W[k] += f(S, sets[k]) / (total + epsilon) / len(S) if total else 0.0
        has_positive[i] = bool(W.any())
        if not has_positive[i]:
            continue
        s = [float(u[i] @ u[j]) / temperature for j in range(N)]
        Z = sum(exp(s[j]) for j in range(N) if j != i)
        for j in range(N):
            if j == i:
                continue
            sigma = exp(s[j]) / Z
            r = max(sigma - W[j], 0.0) if regularised and W[j] else 0.0
            values[i] -= W[j] * log(sigma) + r * s[j]
            force[i, j] = sigma * sum(W) - W[j] - r
    count = max(int(has_positive.sum()), 1)
    gradient = np.zeros_like(raw)
    for i in range(N):
        pull = sum((force[i, j] + force[j, i]) * u[j] for j in range(N)) / temperature
        gradient[i] = (pull - (pull @ u[i]) * u[i]) / max(np.linalg.norm(raw[i]), 1e-12) / count
    return {
        "values": values,
        "force": force,
        "has_positive": has_positive,
        "loss": float(sum(values)) / count,
        "gradient": gradient,
    }
