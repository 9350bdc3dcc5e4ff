"""One SupCon problem per label of the anchor, written as one weight matrix."""

from math import log
from typing import Annotated, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from mlcl_core.options import Param
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.rule import Rule


def mulsupcon(
    pairs: LabelPairs,
    *,
    rows: Annotated[
        Literal["per_label", "per_anchor"], Param("An anchor counts once per label (published), or once in all.")
    ] = "per_label",
    epsilon: Annotated[float, Param("Added to |P_il|, as published codes do (1e-8).", ge=0, le=1e-3)] = 0.0,
) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    r"""Weigh each pair by its shared labels, each label worth the less the more items carry it.

    .. math:: w_{ij} = \sum_{l \in S \cap T} 1/|P_{il}|

    P_il are the other items that carry label l. The published loss has a row for each (anchor, label) and averages over
    rows: ``reduction="rows"`` with ``rows="per_label"``. With ``per_anchor`` the sum is divided by |S|.

    Returns:
        Weights of one anchor sum to the number of its labels that another item carries (over |S| for per_anchor).

    Edge cases:
        A label that no other item carries adds nothing; an item without labels has weight 0.

    Relations:
        Equals ``any_shared`` with count normalisation when every item has exactly one label.

    References:
        Zhang and Wu, "Multi-Label Supervised Contrastive Learning", AAAI 2024.

    Example:
        Anchor {a, b}; others {a}, {a, b}, {c}: |P_a| = 2, |P_b| = 1, so w = 1/2, 1/2 + 1/1, 0.
    """
    available = pairs.positives_per_label
    per_label = torch.where(available > 0, 1 / (available.to(pairs.dtype) + epsilon).clamp_min(1e-30), 0.0)
    with torch.autocast(device_type=per_label.device.type, enabled=False):
        weight = per_label.to(pairs.dtype) @ pairs.references.label.to(pairs.dtype).T
    if rows == "per_anchor":
        weight = weight / pairs.counts.s.to(pairs.dtype).clamp_min(1)
    return weight, pairs.shares_label


MULSUPCON = Rule(
    name="mulsupcon",
    title="MulSupCon (label by label)",
    summary="Every label of the anchor hands out the same pull, shared among the items that carry it: a carrier "
    "of a rare label gets more of it, and labels that only the other item has do not matter.",
    group="by label",
    positives="Positive: items that share a label with the anchor. Weight: each label of the anchor hands out as "
    "much pull as the others, in equal parts to the items that have it.",
    source="Zhang and Wu, AAAI 2024",
    normalise="none",
    attract=mulsupcon,
    reach=lambda params, c, m: log(c * (m + 1)),
    when_to_use="When labels are of very different frequency: a rare label hands out as much as a frequent one.",
)
