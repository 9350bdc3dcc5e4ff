"""A part of the matrices, for a lesson: one or two of them, or one anchor with the others; nothing else is in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.figures.colours import RELATIONS
from dashboard.figures.formatting import label_set
from dashboard.figures.hand_batch import HandBatch
from dashboard.figures.relations import Verdict, relations_payload

FACTORS = ("similarity_factor", "dissimilarity_factor")
OF_METHODS = {f"{name}{letter}": (name, letter) for letter in "AB" for name in ("weight", "force")}
QUANTITIES = ("relation", "cosine", *FACTORS, *OF_METHODS)
ALWAYS = (
    *("batch", "edit", "labels", "items", "min_items", "max_items", "similarity_note"),
    *("weight_scale", "force_scale", "legend", "colours"),
)


def part_payload(
    batch: HandBatch,
    a: Verdict,
    b: Verdict,
    *,
    edit: int,
    only: Sequence[str],
    pair: tuple[int, int],
    anchor: int | None = None,
    titles: Mapping[str, str] | None = None,
    as_text: bool = False,
) -> dict[str, Any]:
    """What the matrices component draws of a batch; what is not asked for does not reach the browser.

    Args:
        batch: The items.
        a: The verdict of method A.
        b: The verdict of method B.
        edit: As for ``relations_payload``.
        only: Of :data:`QUANTITIES`; empty: label sets alone. Factors are columns beside an anchor; without one they
            stand in the pair's words.
        pair: Rows of the anchor and the other item that are marked at first.
        anchor: Row of the anchor that the others are compared with, in a table; None: as matrices.
        titles: Names of quantities on the page, where they differ from the component's own.
        as_text: Label sets as texts that cannot be edited, for items with labels of many.

    Raises:
        ValueError: A quantity that is none.
    """
    if unknown := [name for name in only if name not in QUANTITIES]:
        raise ValueError(f"{unknown[0]!r} cannot be drawn; choose from {', '.join(QUANTITIES)}")
    whole = relations_payload(batch, a, b, edit=edit)
    found = {name: whole[name] for name in ALWAYS} | {name: whole[name] for name in only if name in whole}
    if any(name in FACTORS for name in only):
        found |= {"shared": whole["shared"], "extra": whole["extra"], "own": batch.labels.sum(1).tolist()}
    if as_text:
        found["labels"] = []
        found["items"] = [
            one
            | {"labels": [], "set": label_set([name for name, on in zip(batch.label_names, row, strict=True) if on])}
            for one, row in zip(whole["items"], batch.labels, strict=True)
        ]
    return found | {
        "methods": [_method(method, only) for method in whole["methods"]],
        "disagreements": [],
        "marks": {
            str(mark.code): whole["marks"][str(mark.code)]
            | {"symbol": mark.symbol, "meaning": mark.meaning, "turned": str(mark.turned)}
            for mark in RELATIONS
        },
        "part": {"only": list(only), "anchor": anchor, "pair": list(pair), "titles": dict(titles or {})},
    }


def _method(method: Mapping[str, Any], only: Sequence[str]) -> dict[str, Any]:
    """One side of the comparison with what is asked of it."""
    asked = {
        name for key in only if key in OF_METHODS for name, letter in [OF_METHODS[key]] if letter == method["letter"]
    }
    kept = {"letter", "title", "product", "refused"} | asked | ({"positive"} if "weight" in asked else set())
    return {key: value for key, value in method.items() if key in kept}
