"""One SupCon problem per label of the anchor, written as one weight matrix."""

import torch
from jaxtyping import Float
from torch import Tensor

from mlcl_core.pairs.rule import LabelPairs, Option, Rule


def mulsupcon(pairs: LabelPairs, *, rows: str, epsilon: float) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    r"""Weigh each pair by its shared labels, each label worth the less the more items carry it.

    .. math:: w_{ij} = \sum_{l \in S \cap T} \frac{1}{|P_{il}|} \qquad P_{il} = \{j \ne i : l \in T_j\}

    The published loss has a row for each (anchor, label) and averages over rows: take ``reduction="rows"`` with
    ``rows="per_label"``.

    Args:
        pairs: The label pairs.
        rows: ``per_label``: an anchor counts once for each of its labels; ``per_anchor``: the sum is divided by |S|.
        epsilon: Added to |P_il|, as published codes do (1e-8).

    Returns:
        Weights of one anchor sum to the number of its labels that somebody else carries (over |S| for per_anchor).

    Edge cases:
        A label that nobody else carries adds nothing. An item without labels: weight 0.

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
    return weight, pairs.sharing


MULSUPCON = Rule(
    name="mulsupcon",
    title="MulSupCon (label by label)",
    formula=r"w_{ij} = \sum_{l \in S \cap T} 1/|P_{il}|",
    summary="Every label of the anchor hands out the same pull, shared among the items that carry it: a carrier "
    "of a rare label gets more of it, and labels that only the other item has do not matter.",
    source="Zhang and Wu, AAAI 2024",
    normalise="none",
    attract=mulsupcon,
    when_to_use="When labels are of very different frequency: a rare label hands out as much as a frequent one.",
    edge_cases="A label that no other item carries adds nothing; an item without labels has weight 0.",
    params={
        "rows": Option(
            "per_label",
            "An anchor counts once per label (published), or once in all.",
            choices=("per_label", "per_anchor"),
        ),
        "epsilon": Option(0.0, "Added to |P_il|, as published codes do (1e-8).", minimum=0, maximum=1e-3),
    },
)
