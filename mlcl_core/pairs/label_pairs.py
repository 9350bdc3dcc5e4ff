"""What a rule is given: the label rows of anchors and references, with counts that are made on first use."""

from dataclasses import dataclass, field
from functools import cached_property

import torch
from jaxtyping import Bool, Float, Int64, Shaped, UInt8
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.pairs.kind import Kind
from mlcl_core.pairs.relations import PairCounts, PreparedReferences, check_labels, exact_float, pair_counts, prepare
from mlcl_core.pairs.workspace import Workspace


@dataclass(frozen=True)
class LabelPairs:
    """Label rows of anchors (``y_anchor``) and references (``y_other``), and what rules derive from them.

    ``self_index`` and ``kind`` are those of :meth:`mlcl_core.pairs.Rule.weights`; ``references`` holds the counts over
    all references; ``dtype`` is the float type of the weights; arrays come from ``workspace``.
    """

    y_anchor: Bool[Tensor, "n c"]
    y_other: Bool[Tensor, "m c"]
    self_index: Int64[Tensor, " n"] | None
    kind: UInt8[Tensor, " m"] | None
    references: PreparedReferences
    dtype: torch.dtype
    workspace: Workspace = field(default_factory=Workspace)

    def empty(self) -> Float[Tensor, "n m"]:
        """An uninitialised array with an element for every pair; tiles of one height share its memory."""
        return self.workspace.like(self.references.label, len(self.y_anchor), len(self.y_other), self.dtype)

    @cached_property
    def includes_self(self) -> Bool[Tensor, " n"] | None:
        """Whether each anchor's own item is among the references; None: nothing is excluded."""
        return None if self.self_index is None else self.self_index >= 0

    @cached_property
    def is_prototype(self) -> Bool[Tensor, " m"] | None:
        """Which references are label prototypes; None where none is."""
        if self.kind is None:
            return None
        found = self.kind == Kind.PROTOTYPE
        return found if bool(found.any()) else None

    def zero_self_pairs(self, x: Shaped[Tensor, "n m"]) -> None:
        """Set the pair of each anchor with itself to 0, in place: for sums over an anchor's references."""
        rows, columns = self_pairs(self.self_index)
        if rows is not None:
            x[rows, columns] = 0

    @cached_property
    def counts(self) -> PairCounts:
        """Numbers of shared and own labels of each pair."""
        return pair_counts(self.y_anchor, self.y_other, self.references, self.workspace)

    @property
    def shares_label(self) -> Float[Tensor, "n m"]:
        """1 where the two share a label, else 0; a new array at each call, which may be changed in place."""
        return torch.gt(self.counts.shared, 0, out=self.empty())

    @cached_property
    def positives_per_label(self) -> Float[Tensor, "n c"]:
        """|P_il|: references that carry label l, the anchor itself not counted; 0 where the anchor lacks l."""
        anchor = exact_float(self.y_anchor)
        carriers = self.references.carriers[None, :].expand_as(anchor)
        if self.includes_self is None:
            return anchor * carriers
        return anchor * (carriers - anchor * self.includes_self[:, None])


def self_pairs(self_index: Int64[Tensor, " n"] | None) -> tuple[Tensor, Tensor] | tuple[None, None]:
    """Rows and columns of the pairs of an anchor with itself."""
    if self_index is None:
        return None, None
    rows = (self_index >= 0).nonzero()[:, 0]
    return rows, self_index[rows]


def label_pairs(
    y_anchor: Bool[Tensor, "n c"],
    y_other: Bool[Tensor, "m c"],
    *,
    self_index: Int64[Tensor, " n"] | None,
    kind: UInt8[Tensor, " m"] | None,
    prepared: PreparedReferences | None,
    dtype: torch.dtype,
    workspace: Workspace | None = None,
) -> LabelPairs:
    """Check label rows and kinds, and count over the references where ``prepared`` does not hold the counts.

    Raises:
        InputError: Label matrices that cannot be compared, or another number of kinds than references.
    """
    check_labels(y_anchor, y_other)
    if kind is not None and len(kind) != len(y_other):
        raise InputError(f"kind has {len(kind)} codes for {len(y_other)} references; it needs one of each")
    references = prepare(y_other) if prepared is None else prepared
    return LabelPairs(
        y_anchor, y_other, self_index, kind, references, dtype, Workspace() if workspace is None else workspace
    )


__all__ = ["LabelPairs", "label_pairs", "self_pairs"]
