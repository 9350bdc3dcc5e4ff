"""In how many training items each label occurs, for losses that weigh labels by it."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Bool, Float, Float64, Shaped
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.loss import Loss
from mlcl_core.pairs import inverse_frequency


@dataclass(frozen=True, eq=False)
class LabelCounts:
    """n_l of each label, and N, the number of training items; ``of_several``: n_l among the items with two labels or
    more, None where that was not told.

    Edge cases:
        n_l and N - n_l count as at least 1, so that every ratio of the two is finite and above 0.
    """

    counts: Float64[Tensor, " c"]
    items: int
    of_several: Float64[Tensor, " c"] | None = None

    def __post_init__(self) -> None:
        """Check the counts.

        Raises:
            InputError: A count below 0 or above the number of items; one of the items with several labels above it.
        """
        # written so that NaN fails
        if not bool(((self.counts >= 0) & (self.counts <= self.items)).all()):
            raise InputError(
                f"label counts must lie between 0 and the number of items, {self.items}; given: {self.counts.tolist()}"
            )
        some = self.of_several
        if some is not None and not (
            some.shape == self.counts.shape and bool(((some >= 0) & (some <= self.counts)).all())
        ):
            raise InputError(
                "label counts of the items with several labels must be one a label, between 0 and the label counts, "
                f"{self.counts.tolist()}; given: {some.tolist()}"
            )

    @property
    def with_label(self) -> Float64[Tensor, " c"]:
        """n_l, at least 1."""
        return self.counts.clamp_min(1)

    @property
    def without_label(self) -> Float64[Tensor, " c"]:
        """N - n_l, at least 1."""
        return (self.items - self.counts).clamp_min(1)


def label_counts(counts: Tensor, items: int, of_several: Tensor | None = None) -> LabelCounts:
    """Check counts that come from outside.

    Args:
        counts: n_l, one number per label.
        items: N.
        of_several: n_l among the items with two labels or more, where it is known.

    Raises:
        InputError: Not one number per label, or a count below 0 or above the number of items.
    """
    if counts.ndim != 1:
        raise InputError(f"label counts must be one number a label; given: a tensor of shape {tuple(counts.shape)}")
    return LabelCounts(counts.detach().double(), items, None if of_several is None else of_several.detach().double())


def counts_of(y: Bool[Tensor, "n c"]) -> LabelCounts:
    """The label counts of some items."""
    return label_counts(y.sum(0), len(y), (y & (y.sum(1, keepdim=True) > 1)).sum(0))


def needed_counts(name: str, given: LabelCounts | None, num_labels: int) -> LabelCounts:
    """The counts of a loss that cannot do without.

    Raises:
        InputError: There are none, or they are for another number of labels.
    """
    if given is None:
        raise InputError(f"{name} needs the training items' label counts: call with_label_counts(counts, items) first")
    if len(given.counts) != num_labels:
        raise InputError(f"{name} has the counts of {len(given.counts)} labels; the batch has {num_labels}")
    return given


@lru_cache(maxsize=64)
def inverse_frequencies(counts: LabelCounts, device: torch.device) -> Float64[Tensor, " c"]:
    """:func:`mlcl_core.pairs.inverse_frequency` of the counts, on a device; kept, so that no step waits for a copy."""
    return inverse_frequency(counts.counts.to(device))


def as_weights(x: Float[Tensor, " c"], like: Float[Tensor, "n c"]) -> Float[Tensor, " c"]:
    """Numbers per label in the type and on the device of the logits."""
    return x.to(device=like.device, dtype=like.dtype)


def fitted_to_labels(loss: Loss, y: Bool[Tensor, "n c"]) -> Loss:
    """The loss for the label counts of these training items, where it needs label counts."""
    found = counts_of(y)
    return fitted_to_counts(loss, found.counts, found.items, found.of_several)


def fitted_to_counts(
    loss: Loss, counts: Shaped[Tensor, " c"], items: int, of_several: Shaped[Tensor, " c"] | None = None
) -> Loss:
    """The loss for these label counts, where it needs label counts; ``of_several``: among items with two labels on."""
    return loss.with_label_counts(counts, items, of_several) if "label_counts" in loss.needs else loss
