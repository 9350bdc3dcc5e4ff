"""The weighted softmax loss and its forces by loops, for any rule, placement and normalisation."""

from collections.abc import Mapping
from math import exp, log
from typing import Any

import numpy as np

from tests.reference.labels import dissimilarity_factor, label_set, pairwise, relation, similarity_factor
from tests.reference.rules import PROTOTYPE, loop_of, weights

PLACEMENTS = ("outside", "inside", "inside_sum", "numerator_and_denominator")


class Refused(ValueError):
    """A positive of weight 0 inside a logarithm."""


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


def label_terms(y_anchor: Any, y_other: Any) -> dict[str, np.ndarray]:
    """The terms of every pair that depend on labels alone."""
    return {
        "relation": pairwise(relation, y_anchor, y_other),
        "shared": pairwise(lambda S, T: len(S & T), y_anchor, y_other),
        "extra": pairwise(lambda S, T: len(T - S), y_anchor, y_other),
        "similarity_factor": pairwise(similarity_factor, y_anchor, y_other),
        "dissimilarity_factor": pairwise(dissimilarity_factor, y_anchor, y_other),
    }


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
        **label_terms(y_anchor, y_other),
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
