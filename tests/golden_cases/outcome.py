"""Our numbers, in the form of a golden record."""

from dataclasses import dataclass

from torch import Tensor

EPSILON = 1e-8  # of the codes of Audibert et al.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Outcome:
    """The loss, and its un-reduced values in the reference's order.

    ``values`` None: the record has none that ours could be compared with (say why where that is so). ``absolute`` is
    added to the tolerance of values near 0, where the folder's README allows it.
    """

    loss: Tensor
    values: Tensor | None
    tolerance: float = TOLERANCE
    absolute: float = 0.0
    gradients: bool = True  # False: the reference's gradient is not the derivative of its value (floor_dominated)


class UnknownVariant(KeyError):
    """A golden file holds a variant without code of ours."""
