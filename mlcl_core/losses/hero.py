"""HeroCon's supervised term: label by label, each positive against the negatives that differ most."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.losses.core.kernel import log_sum
from mlcl_core.losses.core.pair_terms import PairTerms
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.pairs import Option, PairWeights
from mlcl_core.pairs.label_pairs import self_pairs
from mlcl_core.pairs.relations import exact_float, pair_counts

VARIANTS = ("mlcpc", "vggcpc", "cnncpc")


@dataclass(frozen=True)
class Hero(RowLoss):
    r"""For each label, raise every pair of its carriers above those who lack it, the more so the more these differ.

    .. math:: L = \sum_l \frac{1}{|P_l|^2} \sum_{i, j \in P_l} \log
        \frac{\sum_{k \in N_l} (h_{ik} / \kappa) e^{s_{ik}} + g_{ij} e^{s_{ij}}}{m_l \, g_{ij} e^{s_{ij}}}, \qquad
        h_{ij} = |S \triangle T|, \quad g_{ij} = 1 - h_{ij} / c

    P_l carries label l, N_l lacks it. An item is its own positive (i = j), as published.

    Args:
        temperature: tau > 0; 1 in the published code.
        reduction: ``sum`` over anchors (published: it is the sum over labels above), ``mean`` over anchors with a label
            that counts, or ``none``: anchor i's part of the sum.
        no_positive: An anchor without such a label is left out of the mean (``drop``) or counts as 0 (``zero``).
        variant: ``mlcpc`` (the linear model): m = number of negatives + 1, kappa = 1. ``vggcpc``: m = number of
            negatives, kappa = 1. ``cnncpc``: m likewise, kappa = mean number of labels an item has.

    Edge cases:
        An item without labels is nobody's positive and has none. A label that everybody has: mlcpc gives 0 for it, the
        other variants leave it out (the published cnncpc is infinite there). Values can be negative: m is a constant
        that lowers them.

    Relations:
        A normaliser for each label and positive, so not the weighted machine. What is shown of a pair: ``attract``,
        the sum of 1 / |P_l|^2 over shared labels, and ``compete``, h / kappa. An item's force on itself is left out.

    References:
        Zheng et al., "Contrastive Learning with Complex Heterogeneity", KDD 2022, supervised term.
    """

    force_imbalance_reason: ClassVar[str] = "each item is its own positive too, and that pair cannot move"
    whole: ClassVar[str] = (
        "a normaliser for each label and positive: one label after the other, arrays of pairs for each"
    )
    temperature: float = 1.0
    reduction: str = "sum"
    variant: str = "mlcpc"

    @property
    def record(self) -> LossRecord:
        """Where its options are declared."""
        return HERO

    def pair_weights(
        self,
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        *,
        self_index: Int64[Tensor, " n"] | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> PairWeights:
        """What shared labels hand out, and how much the two differ."""
        counts, carriers = pair_counts(y_anchor, y_other), exact_float(y_other).sum(0)
        each = torch.where(self._counting(y_other), carriers.clamp_min(1).to(dtype) ** -2, 0)
        with torch.autocast(device_type=each.device.type, enabled=False):
            attract = (exact_float(y_anchor).to(dtype) * each) @ exact_float(y_other).to(dtype).T
        compete = (counts.union - counts.shared).to(dtype) / self._kappa(y_other)
        positive = attract > 0
        if self_index is not None:
            for pairs in (attract, compete, positive):
                pairs[self_pairs(self_index)] = 0
        return PairWeights(attract, compete, positive)

    def row_values(
        self,
        s: Float[Tensor, "n m"],
        y_anchor: Bool[Tensor, "n c"],
        y_other: Bool[Tensor, "m c"],
        weights: PairWeights,
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Each anchor's part of the sum over labels and pairs."""
        counts = pair_counts(y_anchor, y_other)
        differing = (counts.union - counts.shared).to(s.dtype)
        log_own = (1 - differing / max(y_other.shape[1], 1)).clamp_min(torch.finfo(s.dtype).tiny).log() + s
        differing = differing / self._kappa(y_other)
        counting = self._counting(y_other)
        # so that backward() works where no label counts
        values = 0 * s.sum(1)
        for label in counting.nonzero()[:, 0].tolist():
            rows, carries = y_anchor[:, label].nonzero()[:, 0], y_other[:, label]
            against = log_sum(s[rows], differing[rows] * ~carries)
            # log(1 + e^x), which logaddexp gives too, but with a second derivative of NaN where nobody is against
            pairs = -F.logsigmoid(log_own[rows][:, carries] - against[:, None])
            number = int(carries.sum())
            factor = len(carries) - number + (self.variant == "mlcpc")
            value = pairs.sum(1) / number - s.new_tensor(factor).log()
            values = values.index_add(0, rows, value / number)
        return values, (y_anchor & counting).any(1)

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
        """Open every pair; an item's similarity to itself cannot change, so no force is shown there.

        The remainder of an anchor's forces is then what its own pair would take.
        """
        terms = super().explain(z_anchor, y_anchor, z_other, y_other, self_index=self_index)
        if self_index is None:
            return terms
        force = terms.force.clone()
        force[self_pairs(self_index)] = 0
        return replace(terms, force=force)

    def _kappa(self, y_other: Bool[Tensor, "m c"]) -> float:
        if self.variant != "cnncpc" or not bool(y_other.any()):
            return 1.0
        return float(y_other.sum()) / len(y_other)

    def _counting(self, y_other: Bool[Tensor, "m c"]) -> Bool[Tensor, " c"]:
        """Labels that somebody has, and somebody lacks where the loss divides by their number."""
        return y_other.any(0) if self.variant == "mlcpc" else y_other.any(0) & ~y_other.all(0)


HERO = LossRecord(
    name="hero",
    title="Supervised term of HeroCon",
    formula=r"L = \sum_l \frac{1}{|P_l|^2} \sum_{i,j \in P_l} \log "
    r"\frac{\sum_{k \in N_l} h_{ik} e^{s_{ik}} + g_{ij} e^{s_{ij}}}{m_l \, g_{ij} e^{s_{ij}}}",
    summary="Label by label: two items that have it are compared with all that lack it, and those whose labels differ "
    "most push hardest.",
    source="Zheng et al. (HeroCon), KDD 2022, supervised term",
    needs=frozenset({"embeddings"}),
    build=Hero,
    options={
        "temperature": Option(1.0, "Divides the cosine; 1 in the published code.", minimum=1e-3, maximum=100),
        "reduction": Option(
            "sum", "The sum (published), its mean over anchors, or each anchor's part.", choices=("mean", "sum", "none")
        ),
        "no_positive": Option(
            "drop", "An anchor without a label that counts: left out of the mean, or 0.", choices=("drop", "zero")
        ),
        "variant": Option("mlcpc", "Which of the three published models' constants it has.", choices=VARIANTS),
    },
    when_to_use="When how many labels two items differ in says how far apart they should be.",
    edge_cases="An item without labels takes part as a negative only; every item is its own positive, as published; a "
    "label that every item has adds nothing.",
)
