"""MulSupCon_LD: label by label, each label of the anchor worth what a recovered label distribution gives it."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.losses.core.kernel import coefficients, per_anchor
from mlcl_core.losses.core.pair_terms import PairTerms
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.pairs import RULES, Option, PairWeights
from mlcl_core.pairs.relations import exact_float


@dataclass(frozen=True)
class LabelDistribution(RowLoss):
    r"""Pull each anchor to the items of each of its labels, the more the nearer the anchor already is to that label.

    .. math:: L_i = -\sum_{l \in S} \frac{d_{il}}{|P_{il}|} \sum_{j \in P_{il}} \log p_{ij}, \qquad
        d_{il} \propto \exp\Big(-\frac{1}{2 \sigma^2} \frac{1}{|P_{il}|} \sum_{j \in P_{il}}
        \lVert z_i - z_j \rVert^2\Big), \quad \sum_{l \in S} d_{il} = 1

    P_il are the others that carry label l, p the softmax over all others. The distribution d is recovered from where
    the anchor stands, by a radial basis function of its mean squared distance to each label's items; no gradient
    goes through it. The second derivative holds d constant too: it is that of L with d for numbers, not the derivative
    of the gradient, through which d moves.

    Args:
        temperature: tau > 0.
        reduction: ``mean`` over anchors with a positive, ``sum``, or ``none``.
        no_positive: An anchor without a positive is left out of the mean (``drop``) or counts as 0 (``zero``).
        sigma: Width of the basis function; large: every label is worth the same.

    Edge cases:
        A label that nobody else carries gets no share, the others share its part. No labels, or nobody who shares
        one: 0.

    Relations:
        With a very large sigma ``weighted_supcon`` with the rule ``mulsupcon``, ``rows="per_anchor"``, where somebody
        else carries each label. Without embeddings (``pair_weights``) every label is worth the same.

    References:
        After the abstract of Chen et al. 2025, arXiv 2501.19145 (MulSupCon_RLD); the equations are ours.
    """

    takes_references: ClassVar[bool] = True
    sigma: float = 0.5

    @property
    def record(self) -> LossRecord:
        """Where its options are declared."""
        return LABEL_DISTRIBUTION

    def pair_weights(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> PairWeights:
        """What labels alone say: every label of the anchor is worth the same."""
        weights = RULES["mulsupcon"].weights(y_anchor, y_other, self_index=self_index, dtype=dtype)
        total = weights.attract.sum(1, keepdim=True)
        return replace(weights, attract=weights.attract / torch.where(total > 0, total, 1))

    def weights_at(
        self,
        s: Float[Tensor, "n m"],
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        weights: PairWeights,
    ) -> PairWeights:
        """The weights with the label distribution recovered from where the anchors stand."""
        cosine, label = s.detach() * self.temperature, exact_float(y_other).to(s.dtype)
        with torch.autocast(device_type=s.device.type, enabled=False):
            others = weights.compete @ label  # how many others carry each label
            near = (cosine * weights.compete) @ label / others.clamp_min(1)
            carried = y_anchor & (others > 0)
            # 2 - 2 cos is the squared distance of unit vectors
            logits = torch.where(carried, (near - 1) / self.sigma**2, -torch.inf)
            has_any = carried.any(1, keepdim=True)
            share = torch.where(has_any, logits, 0).softmax(1) * carried
            attract = (share / others.clamp_min(1)) @ label.T * weights.positive
        return replace(weights, attract=attract)

    def row_values(
        self,
        s: Float[Tensor, "n m"],
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        weights: PairWeights,
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Cross-entropy of the softmax against the weights of each anchor, which sum to 1."""
        weights = self.weights_at(s, y_anchor, y_other, weights)
        each, has_positive = coefficients(
            weights, s.new_ones(len(s)), placement="outside", normalise="none", epsilon=0.0
        )
        return per_anchor(s, weights, each, "outside"), has_positive

    def explain(
        self,
        z_anchor: Float[Tensor, "n d"],
        y_anchor: Bool[Tensor, "n c"],
        z_other: Float[Tensor, "m d"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        **_: Any,
    ) -> PairTerms:
        """Open every pair, with the weights that these embeddings give."""
        terms = super().explain(z_anchor, y_anchor, z_other, y_other, self_index=self_index)
        labels_only = PairWeights(terms.attract, terms.compete, terms.positive)
        return replace(terms, attract=self.weights_at(terms.scaled_cosine, y_anchor, y_other, labels_only).attract)


LABEL_DISTRIBUTION = LossRecord(
    name="label_distribution",
    title="MulSupCon with a label distribution",
    formula=r"L_i = -\sum_{l \in S} \frac{d_{il}}{|P_{il}|} \sum_{j \in P_{il}} \log p_{ij}, \quad "
    r"d_{il} \propto \exp\left(-\overline{\lVert z_i - z_j \rVert^2} / 2\sigma^2\right)",
    summary="Each label of an item pulls it to the items that carry it; which of its labels pull hardest is read off "
    "where the item stands: the label it is nearest to describes it best.",
    source="After the abstract of Chen et al. 2025, arXiv 2501.19145 (MulSupCon_LD)",
    needs=frozenset({"embeddings"}),
    build=LabelDistribution,
    options={
        "temperature": Option(0.1, "Divides the cosine.", minimum=1e-3, maximum=100),
        "reduction": Option("mean", "How anchors are joined.", choices=("mean", "sum", "none")),
        "no_positive": Option(
            "drop", "An anchor that shares no label: left out of the mean, or counted as 0.", choices=("drop", "zero")
        ),
        "sigma": Option(
            0.5,
            "Width of the basis function: small, the nearest label takes all; large, all labels alike.",
            minimum=1e-2,
            maximum=1000,
        ),
    },
    when_to_use="When an item's labels describe it to different degrees, and the degrees were not written down.",
    edge_cases="A label that no other item carries gets no share; an item without labels contributes nothing.",
    experimental=True,
)
