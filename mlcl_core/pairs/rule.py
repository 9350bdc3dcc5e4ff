"""What a pair rule is: labels in, attract and compete weights out; and the part that all rules share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64, Shaped, UInt8
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.options import Option, checked_options
from mlcl_core.pairs.kind import Kind
from mlcl_core.pairs.relations import PairCounts, PreparedReferences, check_labels, exact_float, pair_counts, prepare
from mlcl_core.pairs.workspace import Workspace


@dataclass(frozen=True)
class PairWeights:
    """What a rule says of every pair (anchors x references).

    ``attract`` w: how strongly i pulls j (0 on pairs that are no positives); ``compete`` b: how much j counts in the
    normaliser of i (0 for the anchor itself, else 1 unless the rule says otherwise); ``positive``: whether j is a
    positive of i.
    """

    attract: Float[Tensor, "n m"]
    compete: Float[Tensor, "n m"]
    positive: Bool[Tensor, "n m"]

    def has_competitor(self) -> Bool[Tensor, " n"]:
        """Whether anything counts in the anchor's normaliser."""
        return self.compete.sum(1) > 0


@dataclass(frozen=True)
class TileWeights:
    """The same for a tile of anchors, as the kernel takes it: ``compete`` None stands for 1 everywhere.

    ``positive`` is 1 or 0 in a float type: written and summed three to six times faster than booleans, on the CPU. An
    anchor's own item has attract 0 and is no positive; whoever sums over ``compete`` clears it by ``zero_self_pairs``.
    ``self_rows`` and ``self_columns`` are the places of the anchors' own items (None: nothing is excluded).
    """

    attract: Float[Tensor, "n m"]
    positive: Float[Tensor, "n m"]
    compete: Float[Tensor, "n m"] | None
    self_rows: Int64[Tensor, " k"] | None
    self_columns: Int64[Tensor, " k"] | None

    def zero_self_pairs(self, x: Shaped[Tensor, "n m"]) -> None:
        """Set the pairs of each anchor with its own item to 0, in place."""
        if self.self_rows is not None:
            x[self.self_rows, self.self_columns] = 0

    def has_competitor(self) -> Bool[Tensor, " n"] | None:
        """Whether anything counts in the anchor's normaliser; None where the rule leaves that to the positives."""
        if self.compete is None:
            return None
        total = self.compete.sum(1)
        if self.self_rows is not None:
            # exact where it matters: beside zeros alone the sum is the own entry itself
            total[self.self_rows] -= self.compete[self.self_rows, self.self_columns]
        return total > 0

    def without(self, kept: Bool[Tensor, " m"]) -> "TileWeights":
        """The same with the columns that are not kept out of everything."""
        compete = torch.ones_like(self.attract) if self.compete is None else self.compete
        return TileWeights(self.attract * kept, self.positive * kept, compete * kept, self.self_rows, self.self_columns)

    def whole(self) -> PairWeights:
        """With ``compete`` written out."""
        compete = torch.ones_like(self.attract) if self.compete is None else self.compete.clone()
        self.zero_self_pairs(compete)
        return PairWeights(self.attract, compete, self.positive > 0)


@dataclass(frozen=True)
class LabelPairs:
    """The label rows of anchors and references, with what rules ask of them."""

    y_anchor: Bool[Tensor, "n c"]
    y_other: Bool[Tensor, "m c"]
    self_index: Int64[Tensor, " n"] | None
    kind: UInt8[Tensor, " m"] | None
    references: PreparedReferences
    dtype: torch.dtype
    workspace: Workspace = field(default_factory=Workspace)

    def new(self) -> Float[Tensor, "n m"]:
        """An array for every pair, of any content: for results that many tiles ask for."""
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
        """Set the pairs of each anchor with its own item to 0, in place: for sums over an anchor's references."""
        rows, columns = self_pairs(self.self_index)
        if rows is not None:
            x[rows, columns] = 0

    @cached_property
    def counts(self) -> PairCounts:
        """Shared and own labels of each pair."""
        return pair_counts(self.y_anchor, self.y_other, self.references, self.workspace)

    @property
    def sharing(self) -> Float[Tensor, "n m"]:
        """1 where the two share a label, else 0; made anew each time, to be worked on in place."""
        return torch.gt(self.counts.shared, 0, out=self.new())

    @cached_property
    def positives_per_label(self) -> Float[Tensor, "n c"]:
        """|P_il|: references that carry label l, the anchor's own item not counted; 0 where the anchor lacks l."""
        anchor = exact_float(self.y_anchor)
        own = anchor if self.includes_self is None else anchor * self.includes_self[:, None]
        none_own = self.references.carriers[None, :].expand_as(anchor)
        return anchor * (none_own if self.includes_self is None else none_own - own)


def self_pairs(self_index: Int64[Tensor, " n"] | None) -> tuple[Tensor, Tensor] | tuple[None, None]:
    """Rows and columns of the pairs of an anchor with its own item."""
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
    """Put label rows, self-exclusion, kinds and the counts over all references together."""
    check_labels(y_anchor, y_other)
    if kind is not None and len(kind) != len(y_other):
        raise InputError(f"kind has {len(kind)} codes for {len(y_other)} references; it needs one of each")
    references = prepare(y_other) if prepared is None else prepared
    return LabelPairs(
        y_anchor, y_other, self_index, kind, references, dtype, Workspace() if workspace is None else workspace
    )


EMPTY_MATCH = Option(False, "Two items without labels are positives of each other, as some published codes count them.")


@dataclass(frozen=True)
class Rule:
    """One way to decide which pairs are positive and how much each weighs.

    ``attract`` is the rule proper: label pairs and its parameters in, (w, positive) out, self not yet excluded;
    ``positive`` as booleans, or as ``pairs.sharing`` has it, in new arrays.
    ``compete``, called alike, gives b, how much each reference counts in the normaliser; None (of it, or by it): 1.
    ``normalise`` names the per-anchor normalisation that the rule's own paper uses. ``when_to_use``: when it helps;
    ``edge_cases``: what it answers where a definition leaves off.
    """

    name: str
    title: str
    formula: str
    summary: str
    source: str
    normalise: str
    attract: Callable[..., tuple[Float[Tensor, "n m"], Shaped[Tensor, "n m"]]]
    params: Mapping[str, Option] = field(default_factory=dict)
    when_to_use: str = ""
    edge_cases: str = ""
    compete: Callable[..., Float[Tensor, "n m"] | None] | None = None

    def check(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The whole set of parameters; unknown names and impossible values raise :class:`InputError`."""
        return checked_options(f"rule {self.name}", {**self.params, "empty_match": EMPTY_MATCH}, params)

    def weights(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        kind: UInt8[Tensor, " m"] | None = None,
        prepared: PreparedReferences | None = None,
        dtype: torch.dtype = torch.float32,
        **params: Any,
    ) -> PairWeights:
        """Weigh every pair of an anchor and a reference, from their labels alone.

        Args:
            y_anchor, y_other: Which of the ``c`` labels each item carries.
            self_index: Column of each anchor's own item, -1 where it is not among the references; that pair is
                neither positive nor in the normaliser. None: nothing is excluded.
            kind: What each reference is, codes of :class:`Kind`; None: all are items. Most rules treat all alike.
            prepared: ``prepare(y_other)``, when the anchors are only a tile of all.
            dtype: Float type of the weights.
            **params: The rule's parameters, and ``empty_match``.

        Returns:
            Weights that are finite and at least 0, whatever the labels.

        Raises:
            InputError: An unknown parameter, an impossible value, or labels that do not fit.
        """
        return self.tile(
            y_anchor,
            y_other,
            self_index=self_index,
            kind=kind,
            prepared=prepared,
            dtype=dtype,
            params=self.check(params),
        ).whole()

    def tile(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None,
        kind: UInt8[Tensor, " m"] | None = None,
        prepared: PreparedReferences | None,
        dtype: torch.dtype,
        params: Mapping[str, Any],
        workspace: Workspace | None = None,
    ) -> TileWeights:
        """What :meth:`weights` gives, for the kernel: ``params`` are checked already, ones are not written out.

        The arrays are in ``workspace``, until that is cleared.
        """
        values = dict(params)
        empty_match = values.pop("empty_match")
        pairs = label_pairs(
            y_anchor, y_other, self_index=self_index, kind=kind, prepared=prepared, dtype=dtype, workspace=workspace
        )
        attract, positive = self.attract(pairs, **values)
        compete = None if self.compete is None else self.compete(pairs, **values)
        positive = positive.to(dtype)
        if empty_match:
            both_empty = (pairs.counts.s == 0) & (pairs.counts.t == 0)
            attract = torch.where(both_empty, torch.ones_like(attract), attract)
            positive = torch.where(both_empty, torch.ones_like(positive), positive)
        weights = TileWeights(attract, positive, compete, *self_pairs(self_index))
        weights.zero_self_pairs(attract)
        weights.zero_self_pairs(positive)
        return weights
