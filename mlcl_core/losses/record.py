"""What the registry holds of each loss, and the shape all losses share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from mlcl_core.pairs import Option


@runtime_checkable
class Loss(Protocol):
    """A loss that is ready to use: ``loss(z, y, **inputs)`` with embeddings, labels, and logits where it needs them.

    What it takes beyond z [n d] and y [n c] differs from loss to loss, which is more than a type can say.
    """

    @property
    def needs(self) -> frozenset[str]:
        """What it works on: ``embeddings``, ``logits``."""
        ...

    def __call__(self, *z_and_y: Any, **inputs: Any) -> Float[Tensor, ""] | Float[Tensor, " n"]:
        """The reduced loss (or one value per anchor with ``reduction="none"``)."""
        ...


@dataclass(frozen=True)
class LossRecord:
    """One loss of the field: how it is called, explained and built.

    ``needs`` names what the loss works on: ``embeddings``, ``logits``. ``build`` takes the checked options.
    """

    name: str
    title: str
    formula: str
    summary: str
    source: str
    needs: frozenset[str]
    build: Callable[..., Loss]
    options: Mapping[str, Option] = field(default_factory=dict)
