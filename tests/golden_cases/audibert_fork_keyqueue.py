"""audibert_fork_keyqueue.npz: MSC and MulSupCon of Audibert et al. with momentum keys and a queue, in a fork."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import EPSILON, Outcome, UnknownVariant

AGAINST = {"none": (), "keys": ("key",), "queue": ("queue",), "keys+queue": ("key", "queue")}


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """``<loss>|<candidates>``; the own key is a candidate like any other."""
    name, _, against = variant.partition("|")
    if name not in LOSSES or against not in AGAINST:
        raise UnknownVariant(variant)
    y = inputs["Y"]
    parts = [(inputs[f"{part}_z"], y if part == "key" else inputs["queue_Y"]) for part in AGAINST[against]]
    references = (torch.cat([z for z, _ in parts]), torch.cat([rows for _, rows in parts])) if parts else None
    return LOSSES[name](params, inputs, references)


def msc(params: Mapping[str, Any], inputs: Mapping[str, Tensor], references: tuple[Tensor, Tensor] | None) -> Outcome:
    """Items against the other items, keys and queue without their gradient, and prototypes.

    The fork divides by |S| + 1e-8 and by the number of items; the epsilon of weighted_supcon goes into both, so
    the sum is taken here.
    """
    loss = build_loss(
        "weighted_supcon",
        rule="msc",
        rule_params={"alpha": params["alpha"], "beta": params["beta"], "epsilon": EPSILON},
        temperature=params["temperature"],
        epsilon=EPSILON,
        reduction="sum",
    )
    z, y = inputs["z"], inputs["Y"]
    against: dict[str, Any] = {"prototypes": inputs["prototypes"]}
    if references is not None:
        against |= {"references": (references[0].detach(), references[1]), "candidates": "both"}
    return Outcome(loss(z, y, **against) / len(y), None)


def mulsupcon(
    params: Mapping[str, Any], inputs: Mapping[str, Tensor], references: tuple[Tensor, Tensor] | None
) -> Outcome:
    """Rows (i, l) against keys and queue, which take a gradient; without them against the batch, self included."""
    options = {"rule": "mulsupcon", "temperature": params["temperature"]}
    z, y = inputs["z"], inputs["Y"]
    references = (z, y) if references is None else references
    loss = build_loss("weighted_supcon", reduction="rows", no_positive="zero", **options)
    # a row is its anchor with that label alone
    anchor, label = y.nonzero(as_tuple=True)
    alone = torch.nn.functional.one_hot(label, y.shape[1]).bool()
    rows = build_loss("weighted_supcon", **options).explain(z[anchor], alone, *references).value
    return Outcome(loss(z, y, references=references, candidates="references"), rows)


LOSSES = {"msc": msc, "mulsupcon": mulsupcon}
