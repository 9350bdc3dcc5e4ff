"""MulSupCon_LD: label by label, each label of the anchor worth its share of a recovered label distribution."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences
from mlcl_core.losses.core.kernel import coefficients, per_anchor
from mlcl_core.losses.core.pair_terms import PairTerms
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.losses.core.shared_options import NoSharedLabel
from mlcl_core.options import Param
from mlcl_core.pairs import RULES, PairWeights
from mlcl_core.pairs.relations import exact_float


@dataclass(frozen=True)
class LabelDistribution(RowLoss):
    r"""Pull each anchor to the items of each of its labels, the more the nearer the anchor already is to that label.

    .. math:: L_i = -\sum_{l \in S} \frac{d_{il}}{|P_{il}|} \sum_{j \in P_{il}} \log p_{ij}, \quad
        d_{il} \propto \exp\left(-\overline{\lVert z_i - z_j \rVert^2} / 2\sigma^2\right)

    P_il are the references that carry label l, p the softmax over all references, and the mean in the exponent is over
    P_il; the d_il of an anchor sum to 1. The distribution d is recovered from where the anchor is, by a radial basis
    function of its mean squared distance to each label's items; no gradient goes through it. The second derivative
    holds d constant too: it is that of L with d as constants, not the derivative of the gradient, in which d varies.

    Args:
        temperature: tau > 0.
        reduction: ``mean`` over anchors with a positive, ``sum``, or ``none``.
        no_positive: An anchor without a positive is left out of the mean (``drop``) or counted as 0 (``zero``).
        sigma: Width of the basis function; large: every label is worth the same.

    Edge cases:
        A label that no other item carries gets no share; an item without labels contributes nothing.

    Notes:
        The other labels share what such a label does not get. No item that shares a label: 0.

    Relations:
        With a very large sigma ``weighted_supcon`` with the rule ``mulsupcon``, ``rows="per_anchor"``, where every
        label has another carrier. Without embeddings (``pair_weights``) every label is worth the same.

    References:
        After the abstract of Chen et al. 2025, arXiv 2501.19145 (MulSupCon_RLD); the equations are ours.
    """

    name: ClassVar[str] = "label_distribution"
    takes_references: ClassVar[bool] = True
    no_positive: NoSharedLabel = "drop"
    sigma: Annotated[
        float,
        Param(
            "Width of the basis function: small, the nearest label takes all; large, all labels alike.",
            ge=1e-2,
            le=1000,
        ),
    ] = 0.5

    def weigh(self, pairs: AnchorsAndReferences) -> PairWeights:
        """The weights by labels alone: every label of the anchor is worth the same."""
        weights = RULES["mulsupcon"].weights(
            pairs.y, pairs.reference_y, self_index=pairs.self_index, dtype=pairs.z.dtype
        )
        total = weights.attract.sum(1, keepdim=True)
        return replace(weights, attract=weights.attract / torch.where(total > 0, total, 1))

    def weights_at(self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights) -> PairWeights:
        """The weights with the label distribution recovered from the scores."""
        cosine, label = s.detach() * self.temperature, exact_float(pairs.reference_y).to(s.dtype)
        with torch.autocast(device_type=s.device.type, enabled=False):
            carriers = weights.compete @ label  # of each label, the anchor's own item left out
            near = (cosine * weights.compete) @ label / carriers.clamp_min(1)
            carried = pairs.y & (carriers > 0)
            # 2 - 2 cos is the squared distance of unit vectors
            logits = torch.where(carried, (near - 1) / self.sigma**2, -torch.inf)
            has_any = carried.any(1, keepdim=True)
            share = torch.where(has_any, logits, 0).softmax(1) * carried
            attract = (share / carriers.clamp_min(1)) @ label.T * weights.positive
        return replace(weights, attract=attract)

    def row_values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Cross-entropy of the softmax against the weights of each anchor, which sum to 1."""
        weights = self.weights_at(s, pairs, weights)
        each, has_positive = coefficients(
            weights, s.new_ones(len(s)), placement="outside", normalise="none", epsilon=0.0
        )
        return per_anchor(s, weights, each, "outside"), has_positive

    def explain_pairs(self, pairs: AnchorsAndReferences, prototypes: Tensor | None) -> PairTerms:
        """The terms of each pair, with the weights at these embeddings."""
        terms = super().explain_pairs(pairs, prototypes)
        by_labels = PairWeights(terms.attract, terms.compete, terms.positive)
        return replace(terms, attract=self.weights_at(terms.scaled_cosine, pairs, by_labels).attract)


LABEL_DISTRIBUTION = LossRecord(
    name=LabelDistribution.name,
    title="MulSupCon with a label distribution",
    summary="Each label of an item pulls it to the items that carry it; which of its labels pull hardest is read off "
    "where the item stands: the label it is nearest to describes it best.",
    group="own form",
    positives="Positive: items that share a label with the anchor. Weight: the anchor's labels hand out pull to the "
    "items that have them; the label that fits the anchor's place best hands out the largest part.",
    source="After the abstract of Chen et al. 2025, arXiv 2501.19145 (MulSupCon_LD)",
    build=LabelDistribution,
    when_to_use="When an item's labels describe it to different degrees, and the degrees were not written down.",
    experimental=True,
)
