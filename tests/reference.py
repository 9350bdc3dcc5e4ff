"""The papers' formulas as loops over float64 numbers, in the papers' indices; slow, plain; mlcl_core never imports it.

i anchor with label set S, j other item with label set T, l label, s_ij = z_i.z_j / tau, w attract, b compete,
P(i) positives, K^s and K^d the two factors, c_i the anchor's coefficient. Everything takes and gives numpy arrays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from math import dist, exp, log
from typing import Any

import numpy as np

DISJOINT, EQUAL, OVERLAP, SUPERSET, SUBSET = 1, 2, 3, 4, 5
PLACEMENTS = ("outside", "inside", "inside_sum", "numerator_and_denominator")


class Refused(ValueError):
    """A positive of weight 0 inside a logarithm."""


# Labels -------------------------------------------------------------------------------------------------------------


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


# Rules --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleLoop:
    """One rule for one pair: ``attract(S, T, label sets of all possible positives of i, options)`` gives its weight and
    whether it is a positive, ``compete(S, T, options)`` its b; ``normalise`` is the paper's normalisation.
    """

    attract: Callable[..., tuple[float, bool]]
    compete: Callable[..., float]
    normalise: str


RULES: dict[str, RuleLoop] = {}
PROTOTYPE = 3


def rule(*, normalise: str, compete: Callable[..., float] = lambda S, T, options: 1.0) -> Callable[[Any], Any]:
    """Register the loop of the rule whose name the function has, in the rule's own test."""

    def register(attract: Any) -> Any:
        RULES[attract.__name__] = RuleLoop(attract, compete, normalise)
        return attract

    return register


def loop_of(name: str) -> RuleLoop:
    """The loop of a rule, which ``tests/pairs/test_<name>.py`` registers."""
    if name not in RULES:
        import_module(f"tests.pairs.test_{name}")
    return RULES[name]


def weights(
    rule: str, y_anchor: Any, y_other: Any, self_index: Any = None, kind: Any = None, **options: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Attract w, compete b and positive of every pair; ``self_index[i]`` is the column of i itself, -1 none.

    ``kind[j]`` is 3 where j is the prototype of a label.
    """
    loop = loop_of(rule)
    n, m = len(y_anchor), len(y_other)
    w, b, positive = np.zeros((n, m)), np.ones((n, m)), np.zeros((n, m), dtype=bool)
    others = [label_set(row) for row in y_other]
    options["labels"] = np.asarray(y_other).shape[1]
    prototypes = [kind is not None and int(kind[j]) == PROTOTYPE for j in range(m)]
    options["any_prototype"] = any(prototypes)
    for i in range(n):
        S = label_set(y_anchor[i])
        own = -1 if self_index is None else int(self_index[i])
        available = [T for j, T in enumerate(others) if j != own]
        options["prototypes"] = [p for j, p in enumerate(prototypes) if j != own]
        for j, T in enumerate(others):
            if j == own:
                b[i, j] = 0.0
                continue
            options["prototype"] = prototypes[j]
            w[i, j], positive[i, j] = loop.attract(S, T, available, options)
            b[i, j] = loop.compete(S, T, options)
            if options.get("empty_match", False) and not S and not T:
                w[i, j], positive[i, j] = 1.0, True
    return w, b, positive


# Loss ---------------------------------------------------------------------------------------------------------------


def unit(z: Any) -> np.ndarray:
    """Rows of length 1; a row of zeros stays."""
    z = np.asarray(z, dtype=np.float64)
    return np.array([row / max(np.linalg.norm(row), 1e-12) for row in z]).reshape(z.shape)


def coefficient(w, positive, num_labels: int, normalise: str, placement: str, epsilon: float) -> float:
    """c_i of one anchor; 0 without a positive that the loss can use."""
    total = {"count": float(sum(positive)), "weight_sum": float(sum(w)), "labels": float(max(num_labels, 1))}
    if not any(positive) or total.get(normalise, 1.0) == 0:
        return 0.0
    if placement == "inside_sum" and sum(w) == 0:
        return 0.0
    return 1.0 if normalise == "none" else 1 / (total[normalise] + epsilon)


def one_anchor(s, w, b, positive, num_labels, *, placement, normalise, epsilon=0.0, scale=1.0) -> dict[str, Any]:
    """Value, coefficient, shares p_ij and forces dL_i/ds_ij of one anchor, from its rows."""
    m = len(s)
    c = scale * coefficient(w, positive, num_labels, normalise, placement, epsilon)
    P = [j for j in range(m) if positive[j]]
    if placement in ("inside", "numerator_and_denominator") and any(w[j] <= 0 for j in P):
        raise Refused(f"{placement} with a positive of weight 0")
    k = [w[j] if placement == "numerator_and_denominator" and positive[j] else b[j] for j in range(m)]
    Z = sum(k[j] * exp(s[j]) for j in range(m))
    p = [k[j] * exp(s[j]) / Z if Z else 0.0 for j in range(m)]
    if c == 0:
        return {"value": 0.0, "coefficient": 0.0, "probability": p, "force": [0.0] * m}
    if placement == "outside":
        value = -sum(w[j] * log(exp(s[j]) / Z) for j in P)
        force = [sum(w) * p[j] - w[j] for j in range(m)]
    elif placement == "inside_sum":
        Q = sum(w[j] * exp(s[j]) for j in P)
        value = -log(Q / Z)
        force = [p[j] - w[j] * exp(s[j]) / Q for j in range(m)]
    else:
        value = -sum(log(w[j] * exp(s[j]) / Z) for j in P)
        force = [len(P) * p[j] - float(positive[j]) for j in range(m)]
    return {"value": c * value, "coefficient": c, "probability": p, "force": [c * f for f in force]}


def anchors(
    z_anchor: Any,
    y_anchor: Any,
    z_other: Any,
    y_other: Any,
    *,
    rule: str,
    temperature: float,
    self_index: Any = None,
    kind: Any = None,
    placement: str = "outside",
    normalise: str = "rule",
    base_temperature: float = 0.0,
    epsilon: float = 0.0,
    rule_params: Mapping[str, Any] | None = None,
) -> dict[str, np.ndarray]:
    """All terms of every anchor by loops: the arrays that ``explain`` returns."""
    y_anchor, y_other = np.asarray(y_anchor), np.asarray(y_other)
    w, b, positive = weights(rule, y_anchor, y_other, self_index, kind, **(rule_params or {}))
    z_anchor, z_other = unit(z_anchor), unit(z_other)
    n, m = w.shape
    cosine = np.array([[z_anchor[i] @ z_other[j] for j in range(m)] for i in range(n)]).reshape(n, m)
    rows = [
        one_anchor(
            cosine[i] / temperature,
            w[i],
            b[i],
            positive[i],
            len(label_set(y_anchor[i])),
            placement=placement,
            normalise=loop_of(rule).normalise if normalise == "rule" else normalise,
            epsilon=epsilon,
            scale=temperature / base_temperature if base_temperature else 1.0,
        )
        for i in range(n)
    ]
    return {
        "relation": pairwise(relation, y_anchor, y_other),
        "shared": pairwise(lambda S, T: len(S & T), y_anchor, y_other),
        "extra": pairwise(lambda S, T: len(T - S), y_anchor, y_other),
        "similarity_factor": pairwise(similarity_factor, y_anchor, y_other),
        "dissimilarity_factor": pairwise(dissimilarity_factor, y_anchor, y_other),
        "attract": w,
        "compete": b,
        "positive": positive,
        "cosine": cosine,
        "scaled_cosine": cosine / temperature,
        "probability": np.array([row["probability"] for row in rows]).reshape(n, m),
        "force": np.array([row["force"] for row in rows]).reshape(n, m),
        "value": np.array([row["value"] for row in rows]),
        "coefficient": np.array([row["coefficient"] for row in rows]),
    }


def num_rows(y_anchor: Any, y_other: Any, self_index: Any, no_positive: str) -> int:
    """(anchor, label) rows; with ``drop`` only those whose label another item carries."""
    rows = 0
    for i, row in enumerate(np.asarray(y_anchor)):
        own = -1 if self_index is None else int(self_index[i])
        for label in label_set(row):
            carried = any(other[label] for j, other in enumerate(np.asarray(y_other)) if j != own)
            rows += carried or no_positive == "zero"
    return rows


def divisor(terms: Mapping[str, np.ndarray], y_anchor, y_other, self_index, reduction, no_positive, epsilon) -> float:
    """The divisor of the sum over anchors."""
    if reduction == "sum":
        return 1.0
    if reduction == "rows":
        count = num_rows(y_anchor, y_other, self_index, no_positive)
    elif no_positive == "drop":
        count = int(np.sum(terms["coefficient"] > 0))
    else:
        count = len(terms["value"])
    return count + epsilon if count else 1.0


def batch_loss(
    z: Any,
    y: Any,
    *,
    references: tuple[Any, Any] | None = None,
    candidates: str = "batch",
    prototypes: Any = None,
    reduction: str = "mean",
    no_positive: str = "drop",
    **options: Any,
) -> tuple[float, np.ndarray]:
    """The reduced loss and its gradient with respect to the raw (unnormalised) batch embeddings, by loops."""
    z, y = np.asarray(z, dtype=np.float64), np.asarray(y)
    z_other, y_other, self_index = z, y, np.arange(len(z))
    if candidates == "references":
        z_other, y_other, self_index = np.asarray(references[0]), np.asarray(references[1]), None
    elif candidates == "both":
        z_other, y_other = np.concatenate([z, references[0]]), np.concatenate([y, references[1]])
    kind = [0] * len(z_other)
    if prototypes is not None:
        z_other = np.concatenate([z_other, prototypes])
        y_other = np.concatenate([y_other, np.eye(len(prototypes), dtype=bool)])
        kind += [PROTOTYPE] * len(prototypes)
    terms = anchors(z, y, z_other, y_other, self_index=self_index, kind=kind, **options)
    count = divisor(terms, y, y_other, self_index, reduction, no_positive, options.get("epsilon", 0.0))
    gradient = np.zeros_like(z)
    u, v, tau = unit(z), unit(z_other), options["temperature"]
    for i in range(len(z)):
        pull = np.zeros(z.shape[1])
        for j in range(len(z_other)):
            pull += terms["force"][i, j] * v[j] / tau
        if candidates != "references":
            for k in range(len(z)):
                pull += terms["force"][k, i] * u[k] / tau
        # through the normalisation: only what is tangent to the sphere is left
        gradient[i] = (pull - (pull @ u[i]) * u[i]) / max(np.linalg.norm(z[i]), 1e-12) / count
    return float(sum(terms["value"])) / count, gradient


def anchor_table(
    z: Any,
    y: Any,
    anchor: int,
    rule: str = "similarity_dissimilarity",
    temperature: float = 0.1,
    **options: Any,
) -> list[dict[str, Any]]:
    """The table of one anchor on the Anchor page: a row for each other item, in the order of the items.

    ``force`` is dL_i/ds_ij of the anchor's own value (negative pulls), against all items of ``z``; options are those
    of :func:`anchors` (placement, normalise, rule_params, ...).
    """
    terms = anchors(
        np.asarray(z)[[anchor]],
        np.asarray(y)[[anchor]],
        z,
        y,
        rule=rule,
        temperature=temperature,
        self_index=[anchor],
        **options,
    )
    names = {1: "disjoint", 2: "equal", 3: "overlap", 4: "superset", 5: "subset"}
    return [
        {
            "item": j,
            "relation": int(terms["relation"][0, j]),
            "relation_name": names[int(terms["relation"][0, j])],
            "shared": int(terms["shared"][0, j]),
            "extra": int(terms["extra"][0, j]),
            "similarity_factor": float(terms["similarity_factor"][0, j]),
            "dissimilarity_factor": float(terms["dissimilarity_factor"][0, j]),
            "weight": float(terms["attract"][0, j]),
            "positive": bool(terms["positive"][0, j]),
            "cosine": float(terms["cosine"][0, j]),
            "scaled_cosine": float(terms["scaled_cosine"][0, j]),
            "probability": float(terms["probability"][0, j]),
            "force": float(terms["force"][0, j]),
        }
        for j in range(len(np.asarray(z)))
        if j != anchor
    ]


# Losses with prototypes: items i < B with label sets S, prototypes c_l of one label each ------------------------------


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


# Losses on logits: x_il logits, p = sigmoid(x_il), y_il whether l is in Y_i; a term per entry or a value per item -----


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


# Losses beside the plain rules: one value per anchor (or point), None where it does not count ------------
# s holds the similarities over the temperature, the anchor's own item included.


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


def mean_of_told(values: list[float | None]) -> float:
    """Mean over the anchors that count; 0 without any."""
    told = [value for value in values if value is not None]
    return sum(told) / len(told) if told else 0.0


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
