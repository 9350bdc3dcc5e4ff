"""The contrastive loss of Su et al. for nearest neighbours: Euclidean distances, attraction by common labels."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.autograd import Function

from mlcl_core.loss_parameters import TEMPERATURE
from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences
from mlcl_core.losses.core.derivatives import dense_gradients, graph_wanted, traced
from mlcl_core.losses.core.kernel import coefficients, per_anchor
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.losses.core.shared_options import NoSharedLabel
from mlcl_core.pairs import RULES, PairWeights


@dataclass(frozen=True)
class ContrastiveKnn(RowLoss):
    r"""Pull items the closer the more labels they share, by Euclidean distance.

    .. math:: L_i = -\sum_{j \ne i} \frac{|S \cap T|}{\sum_k |S \cap T_k|}
        \log \frac{e^{-d_{ij}/\tau}}{\sum_{k \ne i} e^{-d_{ik}/\tau}}

    .. math:: d_{ij} = \lVert z_i - z_j \rVert

    Args:
        temperature: tau > 0, in units of distance.
        reduction: ``mean`` over anchors that share a label with another item, ``sum``, or ``none``.
        no_positive: An anchor that shares no label is left out of the mean (``drop``) or counted as 0 (``zero``).

    Edge cases:
        An anchor that shares no label with another item contributes nothing; between items in the same place the
        gradient is 0.

    Relations:
        The softmax form of ``weighted_supcon`` with the rule ``label_dot``, and -d for the cosine; lengths matter, a
        common shift or rotation does not. Forces are by the score s = -d / tau.

    References:
        Su, Wang, Dai, ACL 2022; written down from memory of the paper, whose code was not found.
    """

    name: ClassVar[str] = "contrastive_knn"
    slow_reason: ClassVar[str] = "distances by differences, pair by pair, without a matrix product; all pairs at once"
    temperature: Annotated[
        float, replace(TEMPERATURE, help="Divides the distance: the smaller, the more the nearest items count.")
    ] = 1.0
    no_positive: NoSharedLabel = "drop"

    def weigh(self, pairs: AnchorsAndReferences) -> PairWeights:
        """Number of common labels of each pair; the loss divides by their sum."""
        return RULES["label_dot"].weights(pairs.y, pairs.reference_y, self_index=pairs.self_index, dtype=pairs.z.dtype)

    def scores(self, pairs: AnchorsAndReferences) -> Float[Tensor, "n m"]:
        """Minus the distance over the temperature."""
        return -distances(pairs.z, pairs.reference_z) / self.temperature

    def row_values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Cross-entropy of the softmax of -d / tau against the shares of the weights."""
        each, has_positive = coefficients(
            weights, s.new_ones(len(s)), placement="outside", normalise="weight_sum", epsilon=0.0
        )
        return per_anchor(s, weights, each, "outside"), has_positive


def distances(z: Float[Tensor, "n d"], references: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Euclidean distance of each pair; its derivatives are 0 where it is 0."""
    return _by_differences(z, references) if traced(z, references) else _Distances.apply(z, references)


def _by_differences(z: Float[Tensor, "n d"], references: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """The same by whole arrays of n x m x d, with derivatives of any order."""
    squared = (z[:, None] - references).square().sum(2)
    same_place = squared == 0
    return squared.masked_fill(same_place, 1).sqrt().masked_fill(same_place, 0)


class _Distances(Function):
    """torch.cdist, with a second derivative where distances are 0."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, references: Tensor) -> Tensor:
        # the faster form by matrix products is off by 1e-3 for near items, in float32
        d = torch.cdist(z, references, compute_mode="donot_use_mm_for_euclid_dist")
        ctx.save_for_backward(z, references, d)
        return d

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, Tensor | None]:
        z, references, d = ctx.saved_tensors
        needed = ctx.needs_input_grad
        if graph_wanted(upstream):
            grads = dense_gradients(_by_differences, (z, references), needed, upstream)
            return grads[0], grads[1]
        cdist_backward = torch.ops.aten._cdist_backward
        grad_z = cdist_backward(upstream.contiguous(), z, references, 2.0, d) if needed[0] else None
        grad_references = (
            cdist_backward(upstream.T.contiguous(), references, z, 2.0, d.T.contiguous()) if needed[1] else None
        )
        return grad_z, grad_references


CONTRASTIVE_KNN = LossRecord(
    name=ContrastiveKnn.name,
    title="Contrastive loss for nearest neighbours",
    summary="Items pull each other the stronger the more labels they share, and near means a small Euclidean distance, "
    "as a nearest-neighbour vote measures it.",
    group="own form",
    positives="Positive: items that share a label with the anchor. Weight: the number of labels they share; near "
    "means a small Euclidean distance.",
    source="Su, Wang, Dai, ACL 2022; written down from memory",
    build=ContrastiveKnn,
    when_to_use="When predictions come from the labels of the nearest training items, by Euclidean distance.",
)
