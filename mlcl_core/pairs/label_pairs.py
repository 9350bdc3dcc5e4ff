"""What a rule is given: the label rows of anchors and references, with counts that are made on first use."""

from dataclasses import dataclass, field
from functools import cached_property

import torch
from jaxtyping import Bool, Float, Shaped, UInt8
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.pairs.kind import Kind
from mlcl_core.pairs.label_weights import check_label_weights
from mlcl_core.pairs.relations import PairCounts, PreparedReferences, check_labels, exact_float, pair_counts, prepare
from mlcl_core.pairs.self_pairs import SelfPairs
from mlcl_core.pairs.workspace import Workspace


@dataclass(frozen=True)
class LabelPairs:
    """Label rows of anchors (``y_anchor``) and references (``y_other``), and what rules derive from them.

    ``own`` holds the pairs of anchors with themselves (None: nothing is excluded); ``kind`` is that of
    :meth:`mlcl_core.pairs.Rule.weights`; ``references`` holds the counts over all references, ``anchors`` those of the
    anchors, where they are known; ``dtype`` is the float type of the weights; arrays come from ``workspace``;
    ``label_weights`` v is how much each label weighs, None where that was not told.
    """

    y_anchor: Bool[Tensor, "n c"]
    y_other: Bool[Tensor, "m c"]
    own: SelfPairs | None
    kind: UInt8[Tensor, " m"] | None
    references: PreparedReferences
    dtype: torch.dtype
    workspace: Workspace = field(default_factory=Workspace)
    anchors: PreparedReferences | None = None
    label_weights: Float[Tensor, " c"] | None = None

    def empty(self) -> Float[Tensor, "n m"]:
        """An uninitialised array with an element for every pair; tiles of one height share its memory."""
        return self.workspace.like(self.references.label, len(self.y_anchor), len(self.y_other), self.dtype)

    @cached_property
    def includes_self(self) -> Bool[Tensor, "n 1"] | None:
        """Whether each anchor's own item is among the references; None: nothing is excluded."""
        if self.own is None:
            return None
        return self.y_anchor.new_ones(len(self.y_anchor), 1) if self.own.included is None else self.own.included

    @cached_property
    def is_prototype(self) -> Bool[Tensor, " m"] | None:
        """Which references are label prototypes; None where their kinds are not told: all are items."""
        return None if self.kind is None else self.kind == Kind.PROTOTYPE

    def zero_self_pairs(self, x: Shaped[Tensor, "n m"]) -> None:
        """Set the pair of each anchor with itself to 0, in place: for sums over an anchor's references."""
        if self.own is not None:
            self.own.zero(x)

    @cached_property
    def anchor_label(self) -> Float[Tensor, "n c"]:
        """The label matrix of the anchors in the float type in which its counts are exact."""
        return exact_float(self.y_anchor) if self.anchors is None else self.anchors.label

    @cached_property
    def counts(self) -> PairCounts:
        """Numbers of shared and own labels of each pair."""
        return pair_counts(self.y_anchor, self.y_other, self.references, self.workspace, self.anchors)

    @cached_property
    def rare(self) -> Float[Tensor, "n m"]:
        """The weights of the common labels of each pair, added up; with weights of 1 the number of common labels.

        Raises:
            InputError: There are no label weights.
        """
        if self.label_weights is None:
            raise InputError(
                "rare adds up label weights, and there are none: give label_weights, one number a label "
                "(mlcl_core.pairs.inverse_frequency makes them of label counts)"
            )
        weights = self.label_weights.to(device=self.y_anchor.device, dtype=self.dtype)
        with torch.autocast(device_type=weights.device.type, enabled=False):
            anchor, other = self.anchor_label.to(self.dtype), self.references.label.to(self.dtype)
            return torch.mm(anchor * weights, other.T, out=self.empty())

    @property
    def shares_label(self) -> Float[Tensor, "n m"]:
        """1 where the two share a label, else 0; a new array at each call, which may be changed in place."""
        return torch.gt(self.counts.shared, 0, out=self.empty())

    @cached_property
    def positives_per_label(self) -> Float[Tensor, "n c"]:
        """|P_il|: references that carry label l, the anchor itself not counted; 0 where the anchor lacks l."""
        anchor = self.anchor_label
        carriers = self.references.carriers[None, :].expand_as(anchor)
        if self.own is None:
            return anchor * carriers
        own = anchor if self.own.included is None else anchor * self.own.included
        return anchor * (carriers - own)


def label_pairs(
    y_anchor: Bool[Tensor, "n c"],
    y_other: Bool[Tensor, "m c"],
    *,
    own: SelfPairs | None,
    kind: UInt8[Tensor, " m"] | None,
    prepared: PreparedReferences | None,
    dtype: torch.dtype,
    workspace: Workspace | None = None,
    anchors: PreparedReferences | None = None,
    label_weights: Float[Tensor, " c"] | None = None,
) -> LabelPairs:
    """Check labels, kinds and label weights, and count over the references where ``prepared`` does not hold counts.

    Raises:
        InputError: Label matrices that cannot be compared, or another number of kinds than references, or of weights
            than labels.
    """
    check_labels(y_anchor, y_other)
    check_label_weights(label_weights, y_other.shape[1])
    if kind is not None and len(kind) != len(y_other):
        raise InputError(f"kind has {len(kind)} codes for {len(y_other)} references; it needs one of each")
    references = prepare(y_other) if prepared is None else prepared
    workspace = Workspace() if workspace is None else workspace
    return LabelPairs(y_anchor, y_other, own, kind, references, dtype, workspace, anchors, label_weights)


__all__ = ["LabelPairs", "label_pairs"]
