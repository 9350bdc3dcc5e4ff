"""The contrastive loss of Su et al., made for nearest neighbours: Euclidean distances, pull by common labels."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.autograd import Function

from mlcl_core.losses.core.derivatives import dense_gradients, graph_wanted, traced
from mlcl_core.losses.core.kernel import coefficients, per_anchor
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.pairs import RULES, Option, PairWeights


@dataclass(frozen=True)
class ContrastiveKnn(RowLoss):
    r"""Pull items the closer the more labels they share, by Euclidean distance.

    .. math:: L_i = -\sum_{j \ne i} \beta_{ij} \log \frac{e^{-d_{ij} / \tau}}{\sum_{k \ne i} e^{-d_{ik} / \tau}}, \qquad
        \beta_{ij} = \frac{|S \cap T|}{\sum_k |S \cap T_k|}, \quad d_{ij} = \lVert z_i - z_j \rVert

    Args:
        temperature: tau > 0, in units of distance.
        reduction: ``mean`` over anchors that share a label with somebody, ``sum``, or ``none``.
        no_positive: An anchor that shares no label is left out of the mean (``drop``) or counts as 0 (``zero``).

    Edge cases:
        An anchor without labels, or with labels that nobody else has: 0. Items in the same place: distance 0, whose
        gradient is taken as 0.

    Relations:
        The softmax form of ``weighted_supcon`` with the rule ``label_dot``, and -d for the cosine; lengths matter, a
        common shift or rotation does not. Forces are by similarity s = -d / tau.

    References:
        Su, Wang, Dai, ACL 2022; written down from memory of the paper, whose code was not found.
    """

    whole: ClassVar[str] = "distances by differences, pair by pair, without a matrix product; all pairs at once"
    temperature: float = 1.0

    @property
    def record(self) -> LossRecord:
        """Where its options are declared."""
        return CONTRASTIVE_KNN

    def pair_weights(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> PairWeights:
        """Number of common labels of each pair; the loss divides by their sum."""
        return RULES["label_dot"].weights(y_anchor, y_other, self_index=self_index, dtype=dtype)

    def similarity(self, z: Float[Tensor, "n d"], others: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """Minus the distance over the temperature."""
        return -distances(z, others) / self.temperature

    def row_values(
        self,
        s: Float[Tensor, "n m"],
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        weights: PairWeights,
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Cross-entropy of the softmax of -d / tau against beta."""
        each, has_positive = coefficients(
            weights, s.new_ones(len(s)), placement="outside", normalise="weight_sum", epsilon=0.0
        )
        return per_anchor(s, weights, each, "outside"), has_positive


def distances(z: Float[Tensor, "n d"], others: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Euclidean distance of every pair; its derivatives are 0 where it is 0."""
    return _spread(z, others) if traced(z, others) else _Distances.apply(z, others)


def _spread(z: Float[Tensor, "n d"], others: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """The same by whole arrays of n x m x d, which autograd follows as often as anybody likes."""
    squared = (z[:, None] - others).square().sum(2)
    nowhere = squared == 0
    return squared.masked_fill(nowhere, 1).sqrt().masked_fill(nowhere, 0)


class _Distances(Function):
    """torch.cdist, whose gradient has no derivative there."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, others: Tensor) -> Tensor:
        # by differences: the quick way over products is off by 1e-3 for near items, in float32
        d = torch.cdist(z, others, compute_mode="donot_use_mm_for_euclid_dist")
        ctx.save_for_backward(z, others, d)
        return d

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, Tensor | None]:
        z, others, d = ctx.saved_tensors
        needed = ctx.needs_input_grad
        if graph_wanted(upstream):
            grads = dense_gradients(_spread, (z, others), needed, upstream)
            return grads[0], grads[1]
        way_back = torch.ops.aten._cdist_backward
        grad_z = way_back(upstream.contiguous(), z, others, 2.0, d) if needed[0] else None
        grad_others = way_back(upstream.T.contiguous(), others, z, 2.0, d.T.contiguous()) if needed[1] else None
        return grad_z, grad_others


CONTRASTIVE_KNN = LossRecord(
    name="contrastive_knn",
    title="Contrastive loss for nearest neighbours",
    formula=r"L_i = -\sum_{j \ne i} \frac{|S \cap T|}{\sum_k |S \cap T_k|} "
    r"\log \frac{e^{-d_{ij}/\tau}}{\sum_{k \ne i} e^{-d_{ik}/\tau}}",
    summary="Items pull each other the stronger the more labels they share, and near means a small Euclidean distance, "
    "as a nearest-neighbour vote measures it.",
    source="Su, Wang, Dai, ACL 2022; written down from memory",
    needs=frozenset({"embeddings"}),
    build=ContrastiveKnn,
    options={
        "temperature": Option(
            1.0, "Divides the distance: the smaller, the more the nearest items count.", minimum=1e-3, maximum=100
        ),
        "reduction": Option("mean", "How anchors are joined.", choices=("mean", "sum", "none")),
        "no_positive": Option(
            "drop", "An anchor that shares no label: left out of the mean, or counted as 0.", choices=("drop", "zero")
        ),
    },
    when_to_use="When predictions come from the labels of the nearest training items, by Euclidean distance.",
    edge_cases="An anchor that shares no label with another item contributes nothing; between items in the same place "
    "the gradient is 0.",
)
