"""Binary cross-entropy on logits: the classification baseline of the field."""

from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.label_counts import as_weights, needed_counts
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.on_logits.logit_loss import CountedEntryLoss
from mlcl_core.options import Param


@dataclass(frozen=True, eq=False)
class BinaryCrossEntropy(CountedEntryLoss):
    r"""Ask for each label by itself whether it is present.

    .. math:: L_i = -\frac{1}{c}\sum_l [y_{il} \log p_{il} + (1-y_{il}) \log(1-p_{il})]

    with p = sigmoid(logit). Where weights v are given, the first term of each label is multiplied by its weight v_l.

    Args:
        reduction: ``mean`` over items and labels (torch's default), ``sum``, or ``none``: one mean per item.
        positive_weight: ``none``; ``balanced``: v_l = (N - n_l) / n_l, from ``with_label_counts``, so that both answers
            of a label weigh the same over the training items.
        counts: The label counts given to ``with_label_counts``.
        weights: The weights given to ``with_positive_weights``; they take precedence over ``positive_weight``.

    Edge cases:
        Items without labels count like all others: all their entries are absent labels.

    Notes:
        No items or no labels: 0. Logits of any finite size give a finite value. ``balanced``: n_l and N - n_l count as
        at least 1, so that a label of no item or of all items keeps a finite weight above 0.

    References:
        torch.nn.functional.binary_cross_entropy_with_logits, pos_weight included.
    """

    name: ClassVar[str] = "bce"
    positive_weight: Annotated[
        Literal["none", "balanced"], Param("balanced: each label's yes weighs (N - n) / n, from the label counts.")
    ] = "none"
    weights: Tensor | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Check every option, and the weights.

        Raises:
            InputError: A value that is not allowed.
        """
        super().__post_init__()
        w = self.weights
        if w is not None and (w.ndim != 1 or not bool((torch.isfinite(w) & (w >= 0)).all())):
            raise InputError(f"positive weights must be one number of at least 0 a label; given: {w.tolist()}")

    @property
    def needs(self) -> frozenset[str]:
        """Logits, and with ``balanced`` the label counts."""
        return frozenset({"logits", "label_counts"} if self.positive_weight == "balanced" else {"logits"})

    def with_positive_weights(self, weights: Tensor) -> "BinaryCrossEntropy":
        """The same loss with the weight of each label's yes.

        Raises:
            InputError: Not one finite number of at least 0 a label.
        """
        return replace(self, weights=weights.detach().double())

    def per_entry(self, logits: Float[Tensor, "n c"], y: Bool[Tensor, "n c"]) -> Float[Tensor, "n c"]:
        """The term of each item and label, before any reduction.

        Raises:
            InputError: Weights for another number of labels; ``balanced`` without label counts.
        """
        v = self._weights(logits.shape[1])
        v = None if v is None else as_weights(v, logits)
        return F.binary_cross_entropy_with_logits(logits, y.to(logits.dtype), pos_weight=v, reduction="none")

    def _weights(self, num_labels: int) -> Tensor | None:
        if self.weights is not None:
            if len(self.weights) != num_labels:
                raise InputError(f"bce has positive weights of {len(self.weights)} labels; the batch has {num_labels}")
            return self.weights
        if self.positive_weight == "none":
            return None
        counts = needed_counts(self.name, self.counts, num_labels)
        return counts.without_label / counts.with_label


BCE = LossRecord(
    name=BinaryCrossEntropy.name,
    title="Binary cross-entropy",
    summary="A yes or no for each label, independent of other items: the baseline of contrastive losses.",
    source="Standard; as torch.nn.functional.binary_cross_entropy_with_logits",
    build=BinaryCrossEntropy,
    when_to_use="When labels are common and independent enough, and as the number to beat.",
)
