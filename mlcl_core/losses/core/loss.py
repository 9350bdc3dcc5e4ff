"""The base of all losses: the public signatures, and options that are checked where they are stored."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences, References
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.losses.core.local_anchors import LocalAnchors
from mlcl_core.losses.core.pair_terms import PairTerms
from mlcl_core.options import Option, checked_options, declared_options
from mlcl_core.pairs import PairWeights


@dataclass(frozen=True)
class LossInputs:
    """What a loss is called with; see :meth:`Loss.__call__`."""

    z: Tensor | None
    y: Tensor
    references: References | None = None
    candidates: str = "batch"
    prototypes: Tensor | None = None
    logits: Tensor | None = None
    label_z: Tensor | None = None
    mixture: Tensor | None = None
    local_anchors: LocalAnchors | None = None


class Loss:
    """A loss that is ready to use: ``loss(z, y)`` with embeddings and labels, and what else it needs.

    A subclass is a frozen dataclass whose fields declare its options by :class:`Param`; it defines ``name`` (its key
    in LOSSES), ``needs`` and :meth:`value`. Options are checked when a loss is built, by name or directly.
    """

    name: ClassVar[str]
    slow_reason: ClassVar[str] = ""  # why it is slower than the weighted softmax loss; empty where it is not

    @property
    def needs(self) -> frozenset[str]:
        """What it works on: ``embeddings``, ``logits``, ``label_z`` (one embedding per item and label), ``mixture``
        (a Gaussian mixture per item), ``prototypes``, ``label_counts``.
        """
        raise NotImplementedError

    def value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " values"]:
        """The loss of a batch; see :meth:`__call__`."""
        raise NotImplementedError

    def with_label_counts(self, counts: Tensor, items: int, of_several: Tensor | None = None) -> "Loss":
        """The same loss for training items of which ``counts[l]`` out of ``items`` carry label l, and ``of_several[l]``
        carry it beside another label.
        """
        return self

    def __post_init__(self) -> None:
        """Check every option.

        Raises:
            InputError: A value that the option does not allow.
        """
        options = options_of(type(self))  # type: ignore[arg-type]  # classes are hashable
        given = {name: getattr(self, name) for name in options}
        for name, value in checked_options(f"loss {self.name}", options, given).items():
            object.__setattr__(self, name, value)

    def __call__(
        self,
        z: Float[Tensor, "n d"] | None,
        y: Bool[Tensor, "n c"],
        *,
        references: References | None = None,
        candidates: str = "batch",
        prototypes: Tensor | None = None,
        logits: Tensor | None = None,
        label_z: Tensor | None = None,
        mixture: Tensor | None = None,
        local_anchors: LocalAnchors | None = None,
    ) -> Float[Tensor, ""] | Float[Tensor, " values"]:
        """Loss of a batch. What a loss needs is in ``needs``; further inputs are ignored, or refused where noted.

        Args:
            z: Embeddings of the anchors; they need not be normalised. None for a loss that does not work on them.
            y: Their labels.
            references: (z, y) of keys or a queue, for losses on embeddings; (z, y, kind) with codes of :class:`Kind`
                for rules that distinguish them. Refused by losses that compare the items of a batch alone.
            candidates: What anchors are compared with: ``batch`` (all other items), ``references``, or ``both``.
            prototypes: One point a label [c, d]. Refused by losses that take none.
            logits: One number per item and label [n, c].
            label_z: One embedding per item and label [n, c, e].
            mixture: One Gaussian component per item and label [n, c, 2 + e]: log weight, log sigma, mean.
            local_anchors: The anchors of one process in a batch that all processes hold; the value is their share.

        Returns:
            The reduced loss, in float64 for inputs in float64, else in float32; with ``reduction="none"`` one value
            per anchor, item or point.

        Raises:
            InputError: Inputs that are missing, of another type or of shapes that do not fit, or that are refused.
        """
        return self.value(LossInputs(z, y, references, candidates, prototypes, logits, label_z, mixture, local_anchors))


class PairLoss(Loss):
    """A loss on pairs of items, which can explain any of them. A subclass defines ``weigh`` and ``explain_pairs``."""

    temperature: float

    @property
    def force_imbalance_reason(self) -> str:
        """Why the forces of one anchor do not sum to zero; empty where they do."""
        return ""

    def weigh(self, pairs: AnchorsAndReferences) -> PairWeights:
        """The weights of each pair, from labels alone."""
        raise NotImplementedError

    def explain_pairs(self, pairs: AnchorsAndReferences, prototypes: Tensor | None) -> PairTerms:
        """The terms of each pair; see :meth:`explain`."""
        raise NotImplementedError

    def label_weights(self, like: Bool[Tensor, "n c"]) -> Float64[Tensor, " c"] | None:
        """How much each label of such label rows weighs in a pair; None: the loss does not weigh labels one by one."""
        return None

    def with_temperature(self, temperature: float) -> "PairLoss":
        """The same loss at another temperature."""
        return replace(self, temperature=temperature)  # type: ignore[type-var]  # every loss is a dataclass

    def pair_weights(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> PairWeights:
        """The weights that the loss gives each pair: attract (0 on pairs that are no positives), compete, positive.

        Args:
            y_anchor, y_other: Labels of anchors and references.
            self_index: Column of each anchor's own item, -1 where it has none; None: nothing is excluded.
            dtype: Float type of the weights.
        """
        return self.weigh(AnchorsAndReferences.of_labels(y_anchor, y_other, self_index, dtype=dtype))

    def explain(
        self,
        z_anchor: Float[Tensor, "n d"],
        y_anchor: Bool[Tensor, "n c"],
        z_other: Float[Tensor, "m d"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        prototypes: Tensor | None = None,
    ) -> PairTerms:
        """The terms of each pair: relation, factors, weight, cosine, force and more (see :class:`PairTerms`).

        Args:
            z_anchor, z_other: Embeddings of anchors and references; they need not be normalised.
            y_anchor, y_other: Their labels.
            self_index: Column of each anchor's own item, -1 where it has none; None: nothing is excluded. Under
                ``no_positive="drop_columns"`` the references stand for the batch.
            prototypes: One point a label, as columns after the references, for losses that take prototypes; without
                them such a loss is explained between items alone.
        """
        z = numbers("z_anchor", z_anchor)
        reference_z = numbers("z_other", z_other, z.dtype)
        pairs = AnchorsAndReferences(z, y_anchor, reference_z, y_other, self_index)
        with torch.autocast(device_type=z.device.type, enabled=False):
            return self.explain_pairs(pairs, prototypes)


class BatchLoss(Loss):
    """A loss on more than points, which explains the pairs of a batch just trained on: frames keep points alone, so
    pairs of watched items cannot be explained. A subclass defines ``explain_items``.
    """

    temperature: float

    @property
    def force_imbalance_reason(self) -> str:
        """Why the forces of one anchor do not sum to zero; empty where they do."""
        return ""

    def explain_items(self, inputs: LossInputs, anchors: int) -> PairTerms:
        """The terms of each pair of the first items with all items; see :meth:`explain_batch`."""
        raise NotImplementedError

    def with_temperature(self, temperature: float) -> "BatchLoss":
        """The same loss at another temperature."""
        return replace(self, temperature=temperature)  # type: ignore[type-var]  # every loss is a dataclass

    def explain_batch(self, y: Bool[Tensor, "n c"], *, anchors: int, **inputs: Any) -> PairTerms:
        """The terms of each pair of the first ``anchors`` items with all items; ``inputs`` as in a call."""
        return self.explain_items(LossInputs(None, y, **inputs), anchors)


@cache
def options_of(kind: type) -> dict[str, Option]:
    """The options that a class of losses declares."""
    return declared_options(kind)


__all__ = ["BatchLoss", "Loss", "LossInputs", "PairLoss", "options_of"]
