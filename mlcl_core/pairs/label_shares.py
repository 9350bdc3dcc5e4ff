"""Each label of the anchor hands out one share, divided among the references that carry it by what they are worth."""

import torch
from jaxtyping import Float
from torch import Tensor

from mlcl_core.pairs.relations import exact_float
from mlcl_core.pairs.rule import LabelPairs

# Keeps a reciprocal within float32; a sum of worths below it has lost its digits anyway.
SMALLEST = 1e-30


def label_shares(pairs: LabelPairs, worth: Float[Tensor, "n m"], epsilon: float) -> Float[Tensor, "n m"]:
    r"""Add up, over the shared labels of a pair, the share that each label hands to the reference.

    .. math:: w_{ij} = \sum_{l \in S \cap T_j} \frac{v_{ij}}{n_{il}} \qquad
        n_{il} = \sum_{k \ne i,\, l \in T_k} v_{ik} + \epsilon

    Args:
        pairs: The label pairs.
        worth: v, what each reference is worth to the anchor; overwritten (the anchor's own item is worth 0).
        epsilon: Added to every n_il.

    Returns:
        Weights of one anchor sum to the number of its labels that somebody else carries.

    Edge cases:
        A label that nobody else carries adds nothing.

    Relations:
        With v = 1 everywhere it is ``mulsupcon``.
    """
    pairs.zero_self_pairs(worth)
    with torch.autocast(device_type=worth.device.type, enabled=False):
        other = exact_float(pairs.y_other).to(worth.dtype)
        handed = worth @ other
        per_label = torch.where(pairs.y_anchor & (handed > 0), 1 / (handed + epsilon).clamp_min(SMALLEST), 0.0)
        return worth * (per_label @ other.T)
