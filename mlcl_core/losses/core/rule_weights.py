"""The weights that a pair rule gives anchors and references, tile by tile."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences
from mlcl_core.losses.core.kernel import refuse_zero_weights
from mlcl_core.losses.core.tiles import tiles
from mlcl_core.pairs import Rule, TileWeights, Workspace
from mlcl_core.pairs.relations import PreparedReferences, exact_float, prepare

# A weight whose |log| is smaller is not rounded to 0, in float32 either.
LOG_SMALLEST = 80.0


@dataclass(frozen=True)
class RuleWeights:
    """A rule on some pairs.

    Args:
        rule: The pair rule.
        params: Its parameters, checked.
        placement: Where the weight stands in the loss; some placements refuse positives of weight 0.
        pairs: Anchors and references.
        columns: References that remain, the weights of all others being 0; None: all.
        label_weights: How much each label weighs, for a rule that asks.
    """

    rule: Rule
    params: Mapping[str, Any]
    placement: str
    pairs: AnchorsAndReferences
    columns: Bool[Tensor, " m"] | None = None
    label_weights: Float[Tensor, " c"] | None = None

    @cached_property
    def prepared(self) -> PreparedReferences:
        """Counts over all references, once for every tile."""
        return prepare(self.pairs.reference_y)

    @property
    def num_labels(self) -> Float[Tensor, " n"]:
        """|S| of each anchor."""
        return self.prepared.sizes[0] if self._among_themselves else exact_float(self.pairs.y).sum(1)

    @cached_property
    def reach(self) -> float:
        """The largest |log| of a weight above 0 that is possible; infinite where a positive may weigh 0."""
        return self.rule.log_reach(self.params, self.pairs.y.shape[1], len(self.pairs.reference_y))

    @property
    def _among_themselves(self) -> bool:
        return self.pairs.y is self.pairs.reference_y

    def tile(self, rows: slice, workspace: Workspace) -> TileWeights:
        """The weights of the anchors in a slice.

        Raises:
            InputError: A positive of weight 0 where the placement takes its logarithm.
        """
        pairs = self.pairs
        weights = self.rule.tile(
            pairs.y[rows],
            pairs.reference_y,
            own=pairs.own(rows),
            kind=pairs.kind,
            prepared=self.prepared,
            dtype=pairs.z.dtype,
            params=self.params,
            workspace=workspace,
            anchors=self.prepared.rows(rows) if self._among_themselves else None,
            label_weights=self.label_weights,
        )
        if self.reach > LOG_SMALLEST:
            refuse_zero_weights(weights, self.placement)
        return weights if self.columns is None else weights.without(self.columns)

    def has_negative(self, workspace: Workspace) -> Bool[Tensor, ""]:
        """Whether some pair, other than of an anchor with its own item, is not positive."""
        found = torch.zeros((), dtype=torch.bool, device=self.pairs.y.device)
        for rows in tiles(len(self.pairs.y), len(self.pairs.reference_y), self.pairs.z, workspace):
            weights = self.tile(rows, workspace)
            negative = 1 - weights.positive
            weights.zero_self_pairs(negative)
            found |= negative.any()
            if found.device.type == "cpu" and bool(found):
                break
        return found

    def columns_with_positive(self) -> Bool[Tensor, " m"]:
        """Which references remain when the columns of anchors without a positive are dropped; the rest all remain."""
        pairs, workspace = self.pairs, Workspace()
        assert pairs.self_index is not None
        m = len(pairs.reference_y)
        # one more, for anchors whose own item is not among the references
        kept = torch.ones(m + 1, dtype=torch.bool, device=pairs.reference_y.device)
        columns = pairs.self_index.masked_fill(pairs.self_index < 0, m)
        for rows in tiles(len(pairs.y), m, pairs.z, workspace):
            kept[columns[rows]] = self.tile(rows, workspace).positive.sum(1) > 0
        return kept[:m]


__all__ = ["RuleWeights"]
