"""Losses on logits: x_il logits, p = sigmoid(x_il), y_il whether l is in Y_i; a term per entry or a value per item."""

from math import exp, log
from typing import Any

import numpy as np

from tests.reference.labels import label_set


def sigmoid(x: float) -> float:
    """1 / (1 + e^-x), without overflow."""
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def softplus(x: float) -> float:
    """log(1 + e^x), without overflow."""
    return max(x, 0.0) + log(1 + exp(-abs(x)))


def entry_table(x: Any, y: Any, term: Any) -> np.ndarray:
    """``term(i, label, x_il, y_il)`` of every item and label."""
    table = np.zeros(np.asarray(y).shape)
    for i, label in np.ndindex(table.shape):
        table[i, label] = term(i, label, float(x[i][label]), bool(y[i][label]))
    return table


def bce(x: Any, y: Any, positive_weights: Any = None) -> np.ndarray:
    """-v_l log p where the label is there, -log(1 - p) where not."""

    def term(i, label, x_il, y_il):
        v = 1.0 if positive_weights is None else float(positive_weights[label])
        return v * softplus(-x_il) if y_il else softplus(x_il)

    return entry_table(x, y, term)


def focal(x: Any, y: Any, alpha: float = 0.25, gamma: float = 2.0) -> np.ndarray:
    """-alpha_t (1 - p_t)^gamma log p_t."""

    def term(i, label, x_il, y_il):
        p_t = sigmoid(x_il) if y_il else 1 - sigmoid(x_il)
        alpha_t = 1.0 if alpha < 0 else alpha if y_il else 1 - alpha
        return -alpha_t * (1 - p_t) ** gamma * log(p_t)

    return entry_table(x, y, term)


def asl(x: Any, y: Any, gamma_neg=4.0, gamma_pos=1.0, clip=0.05, epsilon=1e-8) -> np.ndarray:
    """-(1-p)^g+ log p where the label is there, -p_m^g- log(1 - p_m) where not, p_m = max(p - m, 0)."""

    def term(i, label, x_il, y_il):
        p = sigmoid(x_il)
        if y_il:
            return -((1 - p) ** gamma_pos) * log(max(p, epsilon))
        p_m = max(p - clip, 0.0)
        return -(p_m**gamma_neg) * log(max(1 - p_m, epsilon))

    return entry_table(x, y, term)


def zlpr(x: Any, y: Any) -> np.ndarray:
    """log(1 + sum_{l in Y} e^-x_l) + log(1 + sum_{l not in Y} e^x_l), one value per item."""
    values = []
    for x_i, y_i in zip(np.asarray(x), np.asarray(y), strict=True):
        there = sum(exp(-x_il) for x_il, y_il in zip(x_i, y_i, strict=True) if y_il)
        absent = sum(exp(x_il) for x_il, y_il in zip(x_i, y_i, strict=True) if not y_il)
        values.append(log(1 + there) + log(1 + absent))
    return np.array(values)


def two_way_rows(x: Any, y: Any, T_p: float, T_n: float) -> list[float]:
    """softplus(T_n log sum_{not in Y} e^(x/T_n) + T_p log sum_{in Y} e^(-x/T_p)) of each row with a label."""
    values = []
    for x_i, y_i in zip(np.asarray(x), np.asarray(y), strict=True):
        there = [float(x_il) for x_il, y_il in zip(x_i, y_i, strict=True) if y_il]
        absent = [float(x_il) for x_il, y_il in zip(x_i, y_i, strict=True) if not y_il]
        if there and not absent:
            values.append(0.0)
        elif there:
            high = T_n * log(sum(exp(x_il / T_n) for x_il in absent))
            low = T_p * log(sum(exp(-x_il / T_p) for x_il in there))
            values.append(softplus(high + low))
    return values


def two_way(x: Any, y: Any, T_p: float = 4.0, T_n: float = 1.0, ways: str = "both") -> float:
    """Mean over items that have a label, plus mean over labels that some item has."""
    x, y, total = np.asarray(x), np.asarray(y), 0.0
    for way, rows in (("items", (x, y)), ("labels", (x.T, y.T))):
        values = two_way_rows(*rows, T_p, T_n)
        if ways in ("both", way) and values:
            total += sum(values) / len(values)
    return total


def distribution_balanced(
    x: Any,
    y: Any,
    counts: Any,
    items: int,
    *,
    weighting: str = "rebalance",
    alpha: float = 0.1,
    beta: float = 10.0,
    mu: float = 0.2,
    negative_scale: float = 2.0,
    bias: float = 0.05,
    gamma: float = 2.0,
    factor: float = 2.0,
    class_balance: float = 0.9,
) -> np.ndarray:
    """f (1 - p_t)^gamma w/lambda BCE(lambda (x + v_l)) for what is not there, without lambda for what is."""
    n = [max(float(count), 1.0) for count in counts]

    def weight(i, label):
        Y_i = label_set(y[i])
        if weighting == "class_balanced":
            v = [(1 - class_balance) / (1 - class_balance ** n[k]) for k in Y_i]
            return sum(v) / len(v) if v else 0.0
        if weighting == "none":
            return 1.0
        rarity = sum(1 / n[k] for k in Y_i)
        return alpha + (sigmoid(beta * (1 / n[label] / rarity - mu)) if Y_i else 1.0)

    def term(i, label, x_il, y_il):
        odds = max(items - float(counts[label]), 1.0) / n[label]
        leaning = x_il - log(odds) * bias / negative_scale
        scale = 1.0 if y_il else negative_scale
        cost = softplus(-leaning) if y_il else softplus(negative_scale * leaning)
        return factor * (1 - exp(-cost)) ** gamma * weight(i, label) / scale * cost

    return entry_table(x, y, term)


def label_correlation(x: Any, y: Any) -> np.ndarray:
    """LCA: mean over p in Y and q not in Y of exp(p_q - p_p), one value per item; 0 where there is no such pair."""
    values = []
    for x_i, y_i in zip(np.asarray(x), np.asarray(y), strict=True):
        Y_i = label_set(y_i)
        pairs = [(p, q) for p in Y_i for q in range(len(y_i)) if q not in Y_i]
        total = sum(exp(sigmoid(float(x_i[q])) - sigmoid(float(x_i[p]))) for p, q in pairs)
        values.append(total / len(pairs) if pairs else 0.0)
    return np.array(values)
