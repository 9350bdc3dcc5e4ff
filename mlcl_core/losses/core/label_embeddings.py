"""The check of embeddings per item and label, for losses on these."""

from jaxtyping import Float
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.losses.core.loss import LossInputs
from mlcl_core.pairs.relations import check_labels


def checked_label_z(name: str, inputs: LossInputs) -> Float[Tensor, "n c d"]:
    """The label embeddings, in the type that is computed in (see :func:`numbers`).

    Raises:
        InputError: Label embeddings missing, no floats or not of the labels' shape; labels that are no boolean matrix;
            references or prototypes, which such losses do not take.
    """
    y, label_z = inputs.y, inputs.label_z
    check_labels(y, y)
    if label_z is not None:
        label_z = numbers("label_z", label_z)
    if label_z is None or label_z.ndim != 3 or label_z.shape[:2] != y.shape:
        shape = "none" if label_z is None else tuple(label_z.shape)
        n, c = y.shape
        raise InputError(f"{name} needs label_z, an embedding per item and label, ({n}, {c}, d); given: {shape}")
    given = [word for word in ("references", "prototypes") if getattr(inputs, word) is not None]
    if given:
        raise InputError(f"{name} compares label embeddings of the batch only: no {' and no '.join(given)}")
    return label_z


__all__ = ["checked_label_z"]
