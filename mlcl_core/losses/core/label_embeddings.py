"""What losses on one embedding per item and label share: the check of their input."""

from typing import Any

from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.pairs.relations import check_labels


def checked_label_z(
    name: str, label_z: Tensor | None, y: Bool[Tensor, "n c"], **not_taken: Any
) -> Float[Tensor, "n c d"]:
    """Give the label embeddings in the type that they are worked on in (see :func:`numbers`).

    Raises:
        InputError: Label embeddings missing, no floats or not of the labels' shape; labels that are no boolean matrix;
            anything given that such a loss does not take.
    """
    check_labels(y, y)
    if label_z is not None:
        label_z = numbers("label_z", label_z)
    if label_z is None or label_z.ndim != 3 or label_z.shape[:2] != y.shape:
        shape = "none" if label_z is None else tuple(label_z.shape)
        n, c = y.shape
        raise InputError(f"{name} needs label_z, an embedding per item and label, ({n}, {c}, d); given: {shape}")
    given = [word for word, value in not_taken.items() if value is not None]
    if given:
        raise InputError(f"{name} compares label embeddings of the batch only: no {' and no '.join(given)}")
    return label_z


__all__ = ["checked_label_z"]
