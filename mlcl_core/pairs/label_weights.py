"""How much each label weighs, for rules that tell rare labels from frequent ones."""

import torch
from jaxtyping import Float64
from torch import Tensor

from mlcl_core.errors import InputError


def inverse_frequency(counts: Tensor) -> Float64[Tensor, " c"]:
    r"""Weigh each label by one over the number of items that carry it, on average 1.

    .. math:: v_l = \frac{1}{n_l} \Big/ \frac{1}{C} \sum_{k:\, n_k > 0} \frac{1}{n_k}

    with C the number of labels that an item carries.

    Args:
        counts: n_l, in how many items each label occurs.

    Returns:
        Weights above 0, of at most C.

    Edge cases:
        A label that no item carries weighs as much as the rarest that one does. No label is carried: every weight is 1.

    Example:
        >>> inverse_frequency(torch.tensor([1, 3, 0]))
        tensor([1.5000, 0.5000, 1.5000], dtype=torch.float64)
    """
    if counts.numel() == 0:
        return counts.double()
    carried = counts > 0
    inverse = torch.where(carried, 1 / counts.double().clamp_min(1), 0)
    mean = inverse.sum() / carried.sum().clamp_min(1)
    # all by tensor operations: a GPU is not waited for
    weight = torch.where(carried, inverse, inverse.amax()) / mean
    return torch.where(carried.any(), weight, 1.0)


def check_label_weights(weights: Tensor | None, num_labels: int) -> None:
    """Refuse label weights that do not fit the labels; their values are not looked at.

    Raises:
        InputError: Not one floating-point number a label.
    """
    if weights is None:
        return
    if not isinstance(weights, Tensor) or not weights.is_floating_point() or weights.shape != (num_labels,):
        given = f"{weights.dtype} of {tuple(weights.shape)}" if isinstance(weights, Tensor) else type(weights).__name__
        raise InputError(f"label_weights must be one number for each of the {num_labels} labels; given: {given}")


__all__ = ["check_label_weights", "inverse_frequency"]
