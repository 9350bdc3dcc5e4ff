"""The weight of 1 that each label of an anchor distributes over the references that carry it, by their values."""

import torch
from jaxtyping import Float
from torch import Tensor

from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.relations import exact_float

# Keeps a reciprocal within float32; a sum of values below it has lost its digits anyway.
MIN_SUM = 1e-30


def label_shares(pairs: LabelPairs, value: Float[Tensor, "n m"], epsilon: float) -> Float[Tensor, "n m"]:
    r"""Add up, over the shared labels of a pair, the share of each label that goes to the reference.

    .. math:: w_{ij} = \sum_{l \in S \cap T_j} \frac{v_{ij}}{n_{il}} \qquad
        n_{il} = \sum_{k \ne i,\, l \in T_k} v_{ik} + \epsilon

    Args:
        pairs: The label pairs.
        value: v, the value of each reference to the anchor; overwritten (the anchor itself has value 0).
        epsilon: Added to every n_il.

    Returns:
        Weights of one anchor sum to the number of its labels that another item carries.

    Edge cases:
        A label that no other item carries adds nothing.

    Relations:
        With v = 1 everywhere it is ``mulsupcon``.
    """
    pairs.zero_self_pairs(value)
    with torch.autocast(device_type=value.device.type, enabled=False):
        other = exact_float(pairs.y_other).to(value.dtype)
        total = value @ other
        per_label = torch.where(pairs.y_anchor & (total > 0), 1 / (total + epsilon).clamp_min(MIN_SUM), 0.0)
        return value * (per_label @ other.T)
