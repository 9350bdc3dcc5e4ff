"""The weights that a pair rule gives anchors and references, tile by tile."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences
from mlcl_core.losses.core.kernel import refuse_zero_weights
from mlcl_core.losses.core.tiles import tiles
from mlcl_core.pairs import Rule, TileWeights, Workspace
from mlcl_core.pairs.relations import PreparedReferences, prepare


@dataclass(frozen=True)
class RuleWeights:
    """A rule on some pairs.

    Args:
        rule: The pair rule.
        params: Its parameters, checked.
        placement: Where the weight stands in the loss; some placements refuse positives of weight 0.
        pairs: Anchors and references.
        columns: References that remain, the weights of all others being 0; None: all.
    """

    rule: Rule
    params: Mapping[str, Any]
    placement: str
    pairs: AnchorsAndReferences
    columns: Bool[Tensor, " m"] | None = None

    @cached_property
    def prepared(self) -> PreparedReferences:
        """Counts over all references, once for every tile."""
        return prepare(self.pairs.reference_y)

    def tile(self, rows: slice, workspace: Workspace) -> TileWeights:
        """The weights of the anchors in a slice.

        Raises:
            InputError: A positive of weight 0 where the placement takes its logarithm.
        """
        pairs = self.pairs
        weights = self.rule.tile(
            pairs.y[rows],
            pairs.reference_y,
            self_index=None if pairs.self_index is None else pairs.self_index[rows],
            kind=pairs.kind,
            prepared=self.prepared,
            dtype=pairs.z.dtype,
            params=self.params,
            workspace=workspace,
        )
        refuse_zero_weights(weights, self.placement)
        return weights if self.columns is None else weights.without(self.columns)

    def has_negative(self, workspace: Workspace) -> bool:
        """Whether some pair, other than of an anchor with its own item, is not positive."""
        for rows in tiles(len(self.pairs.y), len(self.pairs.reference_y), self.pairs.z, workspace):
            weights = self.tile(rows, workspace)
            negative = 1 - weights.positive
            weights.zero_self_pairs(negative)
            if bool(negative.any()):
                return True
        return False

    def columns_with_positive(self) -> Bool[Tensor, " m"]:
        """Which references remain when the columns of anchors without a positive are dropped; the rest all remain."""
        pairs, workspace = self.pairs, Workspace()
        assert pairs.self_index is not None
        kept = torch.ones(len(pairs.reference_y), dtype=torch.bool, device=pairs.reference_y.device)
        for rows in tiles(len(pairs.y), len(pairs.reference_y), pairs.z, workspace):
            own = pairs.self_index[rows]
            kept[own[own >= 0]] = (self.tile(rows, workspace).positive.sum(1) > 0)[own >= 0]
        return kept


__all__ = ["RuleWeights"]
