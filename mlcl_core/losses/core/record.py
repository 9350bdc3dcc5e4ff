"""What the registry holds of each loss, and the shape all losses share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.losses.core.pair_terms import PairTerms
from mlcl_core.options import checked_options
from mlcl_core.pairs import Option, PairWeights


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

    ``needs`` names what the loss works on: ``embeddings``, ``logits``, ``label_z`` (one embedding per item and label),
    ``mixture`` (a Gaussian mixture for each item), ``prototypes``, ``label_counts``. ``build`` takes the checked
    options. ``when_to_use``: when it helps; ``edge_cases``: what it answers where a definition leaves off;
    ``experimental``: its definition is known from an abstract only.
    """

    name: str
    title: str
    formula: str
    summary: str
    source: str
    needs: frozenset[str]
    build: Callable[..., Loss]
    options: Mapping[str, Option] = field(default_factory=dict)
    when_to_use: str = ""
    edge_cases: str = ""
    experimental: bool = False


class Checked:
    """A loss whose options are checked where they are stored: made by name or directly, changed by ``replace``.

    A dataclass that is one names its ``record``; fields that are options of it hold what these allow, in their type.
    """

    @property
    def record(self) -> LossRecord:
        """Where its options are declared."""
        raise NotImplementedError

    def declared(self) -> dict[str, Option]:
        """Options of the record that are fields here."""
        own = {field.name for field in fields(self)}  # type: ignore[arg-type]  # every loss is a dataclass
        return {name: option for name, option in self.record.options.items() if name in own}

    def __post_init__(self) -> None:
        """Check every option.

        Raises:
            InputError: A value that the option does not allow.
        """
        options = self.declared()
        given = {name: getattr(self, name) for name in options}
        for name, value in checked_options(f"loss {self.record.name}", options, given).items():
            object.__setattr__(self, name, value)


@runtime_checkable
class PairLoss(Loss, Protocol):
    """A loss that sees pairs of items, and can open them: what the pages and the live numbers work with."""

    @property
    def temperature(self) -> float:
        """What the cosine is divided by."""
        ...

    @property
    def force_imbalance_reason(self) -> str:
        """Why the forces of one anchor do not sum to zero, in a few words; empty where they do."""
        ...

    def with_temperature(self, temperature: float) -> "PairLoss":
        """The same loss at another temperature."""
        ...

    def pair_weights(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> PairWeights:
        """What it says of each pair."""
        ...

    def explain(
        self,
        z_anchor: Float[Tensor, "n d"],
        y_anchor: Bool[Tensor, "n c"],
        z_other: Float[Tensor, "m d"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
    ) -> PairTerms:
        """Relation, weight, similarity, force of each pair."""
        ...


@runtime_checkable
class BatchLoss(Loss, Protocol):
    """A loss on more than points, which opens the pairs of a batch just trained on: there the rest is still at hand.

    Frames keep points only, so that its pairs cannot be opened among the watched items.
    """

    @property
    def force_imbalance_reason(self) -> str:
        """Why the forces of one anchor do not sum to zero, in a few words; empty where they do."""
        ...

    def with_temperature(self, temperature: float) -> "BatchLoss":
        """The same loss at another temperature."""
        ...

    def explain_batch(self, y: Bool[Tensor, "n c"], *, anchors: int, **inputs: Any) -> PairTerms:
        """Every pair of the first ``anchors`` items with all items; ``inputs`` as in a call."""
        ...
