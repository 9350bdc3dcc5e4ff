"""A small batch under two methods, as the payload of the matrices component. All numbers come from ``loss.explain``."""

from dataclasses import dataclass, replace
from typing import Any

import torch

from dashboard.figures.colours import ATTRACT, ATTRACT_ON_DARK, RELATIONS, REPEL
from dashboard.figures.hand_batch import EMBEDDINGS, MAX_ITEMS, MIN_ITEMS, HandBatch
from dashboard.figures.label_weights import of_batch, weights_of
from dashboard.figures.methods import Method, method_title
from mlcl_core.errors import InputError
from mlcl_core.losses import PairTerms, WeightedSupCon
from mlcl_core.pairs import RULES
from mlcl_core.pairs.formula_faults import FormulaFault, formula_faults

MAX_DISAGREEMENTS = 5
SAME_FORCE = 1e-6  # float32 forces of equal gradients differ only by rounding


@dataclass(frozen=True)
class Verdict:
    """A method's terms on a batch, or the message with which the loss refused it.

    ``label_weights``: how much each label of the batch weighs; None: the method weighs no labels.
    """

    method: Method
    terms: PairTerms | None
    refused: str | None = None
    label_weights: list[float] | None = None


def verdict(batch: HandBatch, method: Method) -> Verdict:
    """Open every pair of the batch under one method; a refused combination becomes its message."""
    z = torch.from_numpy(batch.z)
    try:
        loss, y = of_batch(method.loss(), batch.labels, batch.training)
        terms = loss.explain(z, y, z, y, self_index=torch.arange(len(batch)))
        return Verdict(method, terms, label_weights=weights_of(loss, y, batch.training))
    except InputError as error:
        return Verdict(method, None, str(error))


def faults(batch: HandBatch, method: Method) -> list[FormulaFault]:
    """What a formula of one's own does wrong on the batch; empty for another method, and where it is refused."""
    if method.rule != "formula":
        return []
    try:
        params = RULES["formula"].check(method.rule_params)
        loss, y = of_batch(method.loss(), batch.labels, batch.training)
        return formula_faults(
            y,
            y,
            expression=params["expression"],
            positive=params["positive"],
            self_index=torch.arange(len(y)),
            label_weights=loss.label_weights(y),
        )
    except InputError:
        return []


def verdict_of_labels(batch: HandBatch) -> PairTerms:
    """Relation, counts, factors and cosine of every pair, which are the same under every method."""
    terms = verdict(batch, Method("any_shared")).terms
    assert terms is not None
    return terms


def largest_force_difference(one: Verdict, other: Verdict) -> float | None:
    """max |force A - force B| over all pairs of the batch; None when one of them was refused."""
    if one.terms is None or other.terms is None:
        return None
    return float((one.terms.force - other.terms.force).abs().max())


def against_any_shared(batch: HandBatch, one: Verdict) -> float | None:
    """The largest force difference to ``any_shared`` under the same temperature, placement and normalisation.

    None for a loss without a pair rule.
    """
    if one.terms is None or not one.method.is_rule:
        return None
    loss = one.method.loss()
    assert isinstance(loss, WeightedSupCon)
    same = replace(one.method, rule="any_shared", rule_params={}, normalise=loss.normalisation)
    return largest_force_difference(one, verdict(batch, same))


def reasons_inside(batch: HandBatch, one: Verdict) -> list[str]:
    """Why the forces of a rule with its weight inside the logarithm differ from those of ``any_shared``.

    Empty where they are the same.
    """
    reference = verdict(batch, Method("any_shared")).terms
    if one.terms is None or reference is None or not one.method.is_rule:
        return []
    loss, found = one.method.loss(), []
    assert isinstance(loss, WeightedSupCon)
    if not torch.equal(one.terms.positive, reference.positive):
        found.append("the rule calls other pairs positive")
    if loss.normalisation == "weight_sum":
        found.append("each anchor is divided by the sum of its weights")
    return found


def without_positive(batch: HandBatch, one: Verdict) -> list[str]:
    """Names of the anchors without a positive in the batch."""
    if one.terms is None:
        return []
    return [name for name, found in zip(batch.names, one.terms.positive.any(1).tolist(), strict=True) if not found]


def disagreements(a: Verdict, b: Verdict) -> tuple[str, list[tuple[int, int]]]:
    """The pairs on which A and B differ most, and the quantity that ranks them: ``force``, else ``weight``.

    Forces are what training applies. Where none of them differs (placement ``inside``), weights rank the pairs. Pairs
    without a difference are left out.
    """
    if a.terms is None or b.terms is None:
        return "force", []
    ranked_by, gap = "force", (a.terms.force - b.terms.force).abs()
    if gap.max() < SAME_FORCE:
        ranked_by, gap = "weight", (a.terms.attract - b.terms.attract).abs()
    # a stable order: pairs of equal difference stay in reading order
    order = gap.flatten().sort(descending=True, stable=True).indices[:MAX_DISAGREEMENTS].tolist()
    pairs = [divmod(index, gap.shape[1]) for index in order if gap.flatten()[index] >= SAME_FORCE]
    return ranked_by, pairs


def relations_payload(
    batch: HandBatch, a: Verdict, b: Verdict, *, edit: int, undo: str | None = None
) -> dict[str, Any]:
    """Everything that the matrices component draws, as plain lists (JSON).

    Args:
        batch: The items.
        a: The verdict of method A.
        b: The verdict of method B.
        edit: Number of the last edit applied to the batch; the component keeps its later ones.
        undo: What the button brings back; None: nothing.
    """
    terms = verdict_of_labels(batch)
    present = [one.terms for one in (a, b) if one.terms is not None]
    ranked_by, pairs = disagreements(a, b)
    return {
        "batch": batch.key,
        "edit": edit,
        "undo": undo,
        "labels": list(batch.label_names),
        "items": [
            {
                "id": item,
                "name": batch.names[row],
                "labels": batch.labels[row].astype(int).tolist(),
                "picture": batch.pictures[row] if batch.pictures else None,
                "title": batch.titles[row] if batch.titles else "",
            }
            for row, item in enumerate(batch.ids)
        ],
        "min_items": MIN_ITEMS,
        "max_items": MAX_ITEMS if batch.readiness is not None else len(batch),
        "origin": origin_words(batch),
        "similarity_note": "cosine, made-up embeddings" if batch.step is None else f"cosine at step {batch.step:,}",
        "relation": terms.relation.tolist(),
        "shared": terms.shared.tolist(),
        "extra": terms.extra.tolist(),
        "similarity_factor": rounded(terms.similarity_factor),
        "dissimilarity_factor": rounded(terms.dissimilarity_factor),
        "cosine": rounded(terms.cosine),
        "methods": [method_payload(letter, one) for letter, one in (("A", a), ("B", b))],
        "weight_scale": max([1.0, *(float(one.attract.max()) for one in present)]),
        "force_scale": max([SAME_FORCE, *(float(one.force.abs().max()) for one in present)]),
        "ranked_by": ranked_by,
        "disagreements": [list(pair) for pair in pairs],
        "marks": marks_payload(),
        "legend": [str(mark.code) for mark in RELATIONS],
        "colours": {"attract": ATTRACT, "attract_on_dark": ATTRACT_ON_DARK, "repel": REPEL},
    }


def marks_payload() -> dict[str, dict[str, str]]:
    """Shape, colour and words of each relation, by its code."""
    return {
        str(mark.code): {
            "name": mark.name,
            "symbol": mark.symbol,
            "colour": mark.colour,
            "shape": mark.shape,
            "brief": mark.short(),
            "where": mark.where(),
            "sentence": mark.words(),
        }
        for mark in RELATIONS
    }


def origin_words(batch: HandBatch) -> str:
    """The present labels of a batch in words, the source of its items and embeddings, and the effect of an edit."""
    labels = batch.origin + (" Its labels were edited since." if batch.is_edited and batch.origin else "")
    if batch.words is not None:
        labels = batch.words(batch)
    if batch.readiness is None:
        return f"{labels} Embeddings: the run's own, at step {batch.step:,}; toggling a label moves no point."
    readiness = EMBEDDINGS[batch.readiness]
    return (
        f"{labels} Embeddings are made up, for this page only (seed {batch.seed}): {readiness.sentence} "
        "Toggling a label moves no point, just as correcting an annotation does not change the picture."
    )


def method_payload(letter: str, one: Verdict) -> dict[str, Any]:
    """One side of the comparison: title, weights, positives and forces, or the reason for their absence."""
    terms, method = one.terms, one.method
    # a refused rule may have invalid parameters
    params = {} if terms is None or not method.is_rule else RULES[method.rule].check(method.rule_params)
    # only with these is the weight the product of the two factors on the page, with S as the anchor's labels
    product = (params.get("factors"), params.get("roles")) == ("both", "anchor")
    return {
        "letter": letter,
        "title": method_title(method.rule),
        "product": product,
        "factors": params.get("factors"),  # which of K^s and K^d make the weight; None: neither
        "roles": params.get("roles"),  # whose labels are S in them
        "label_weights": one.label_weights,
        "refused": one.refused,
        "weight": None if terms is None else rounded(terms.attract),
        "positive": None if terms is None else terms.positive.int().tolist(),
        "force": None if terms is None else rounded(terms.force),
    }


def rounded(matrix: torch.Tensor) -> list[list[float]]:
    """A matrix as lists of numbers with seven digits, the precision of float32."""
    return [[float(f"{value:.7g}") for value in row] for row in matrix.tolist()]
