"""HeroCon's supervised term: label by label, each positive against the negatives that differ most."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from mlcl_core.loss_parameters import TEMPERATURE
from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences
from mlcl_core.losses.core.kernel import log_sum
from mlcl_core.losses.core.pair_terms import PairTerms
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.options import Param
from mlcl_core.pairs import PairWeights
from mlcl_core.pairs.relations import exact_float, pair_counts

VARIANTS = ("mlcpc", "vggcpc", "cnncpc")


@dataclass(frozen=True)
class Hero(RowLoss):
    r"""For each label, raise each pair of its carriers above the items that lack it, the more so the more these differ.

    .. math:: L = \sum_l \frac{1}{|P_l|^2} \sum_{i,j \in P_l} \log
        \frac{\sum_{k \in N_l} (h_{ik} / \kappa) e^{s_{ik}} + g_{ij} e^{s_{ij}}}{m_l \, g_{ij} e^{s_{ij}}}

    .. math:: h_{ij} = |S \triangle T|, \quad g_{ij} = 1 - h_{ij} / c

    P_l carries label l, N_l lacks it. An item is its own positive (i = j), as published.

    Args:
        temperature: tau > 0; 1 in the published code.
        reduction: ``sum`` over anchors (published: it is the sum over labels above), ``mean`` over anchors with a label
            that counts, or ``none``: the share of anchor i in the sum.
        no_positive: An anchor without such a label is left out of the mean (``drop``) or counted as 0 (``zero``).
        variant: ``mlcpc`` (the linear model): m = number of negatives + 1, kappa = 1. ``vggcpc``: m = number of
            negatives, kappa = 1. ``cnncpc``: m likewise, kappa = mean number of labels an item has.

    Edge cases:
        An item without labels takes part as a negative only; every item is its own positive, as published; a label that
        every item has adds nothing.

    Notes:
        A label that every item has: ``mlcpc`` gives 0 for it, the other variants leave it out (the published ``cnncpc``
        is infinite there). Values can be negative: m is a constant that lowers them.

    Relations:
        Each label and positive has a normaliser of its own, so it is not the weighted softmax loss. Shown of a pair are
        ``attract``, the sum of 1 / |P_l|^2 over shared labels, and ``compete``, h / kappa. The force of an item on
        itself is left out.

    References:
        Zheng et al., "Contrastive Learning with Complex Heterogeneity", KDD 2022, supervised term.
    """

    name: ClassVar[str] = "hero"
    force_imbalance_reason: ClassVar[str] = "each item is its own positive too, and that pair cannot move"
    slow_reason: ClassVar[str] = (
        "a normaliser for each label and positive: one label after the other, arrays of pairs for each"
    )
    temperature: Annotated[float, replace(TEMPERATURE, help="Divides the cosine; 1 in the published code.")] = 1.0
    reduction: Annotated[
        Literal["mean", "sum", "none"],
        Param("The sum (published), its mean over anchors, or each anchor's share of it."),
    ] = "sum"
    no_positive: Annotated[
        Literal["drop", "zero"], Param("An anchor without a label that counts: left out of the mean, or 0.")
    ] = "drop"
    variant: Annotated[str, Param("Which of the three published models' constants it has.", choices=VARIANTS)] = "mlcpc"

    def weigh(self, pairs: AnchorsAndReferences) -> PairWeights:
        """What shared labels give each pair, and how much the two items differ."""
        y_anchor, y_reference, dtype = pairs.y, pairs.reference_y, pairs.z.dtype
        counts, carriers = pair_counts(y_anchor, y_reference), exact_float(y_reference).sum(0)
        each = torch.where(self._counting(y_reference), carriers.clamp_min(1).to(dtype) ** -2, 0)
        with torch.autocast(device_type=each.device.type, enabled=False):
            attract = (exact_float(y_anchor).to(dtype) * each) @ exact_float(y_reference).to(dtype).T
        compete = (counts.union - counts.shared).to(dtype) / self._kappa(y_reference)
        positive = attract > 0
        if (own := pairs.own()) is not None:
            for of_pairs in (attract, compete, positive):
                own.zero(of_pairs)
        return PairWeights(attract, compete, positive)

    def row_values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Each anchor's share of the sum over labels and pairs."""
        y_anchor, y_reference = pairs.y, pairs.reference_y
        counts = pair_counts(y_anchor, y_reference)
        differing = (counts.union - counts.shared).to(s.dtype)
        log_own = (1 - differing / max(y_reference.shape[1], 1)).clamp_min(torch.finfo(s.dtype).tiny).log() + s
        differing = differing / self._kappa(y_reference)
        # so that backward() works where no label counts
        values = 0 * s.sum(1)
        for label, (rows, carriers) in enumerate(zip(*_carriers(y_anchor, y_reference), strict=True)):
            factor = len(y_reference) - len(carriers) + (self.variant == "mlcpc")
            if len(carriers) == 0 or factor == 0:
                continue
            negatives = log_sum(s[rows], differing[rows] * ~y_reference[:, label])
            # log(1 + e^x), as logaddexp has it, but its second derivative is NaN where there are no negatives
            of_pairs = -F.logsigmoid(log_own[rows][:, carriers] - negatives[:, None])
            value = of_pairs.sum(1) / len(carriers) - s.new_full((), factor).log()
            values = values.index_add(0, rows, value / len(carriers))
        return values, (y_anchor & self._counting(y_reference)).any(1)

    def explain_pairs(self, pairs: AnchorsAndReferences, prototypes: Tensor | None) -> PairTerms:
        """The terms of each pair; the similarity of an item to itself cannot change, so its force there is 0.

        The sum of an anchor's forces is then what its own pair would have.
        """
        terms = super().explain_pairs(pairs, prototypes)
        if (own := pairs.own()) is None:
            return terms
        force = terms.force.clone()
        own.zero(force)
        return replace(terms, force=force)

    def _kappa(self, y: Bool[Tensor, "m c"]) -> float | Float64[Tensor, ""]:
        if self.variant != "cnncpc" or len(y) == 0:
            return 1.0
        total = y.sum().double()
        return (total / len(y)).masked_fill(total == 0, 1.0)

    def _counting(self, y: Bool[Tensor, "m c"]) -> Bool[Tensor, " c"]:
        """Labels with a carrier, and with an item that lacks them where the loss divides by the number of these."""
        return y.any(0) if self.variant == "mlcpc" else y.any(0) & ~y.all(0)


def _carriers(*labels: Bool[Tensor, "_ c"]) -> list[tuple[Int64[Tensor, " _"], ...]]:
    """For each label matrix, the rows that carry each label; how many they are has to come to the host, once."""
    numbers = torch.stack([y.sum(0) for y in labels]).tolist()
    return [
        torch.nonzero_static(y.T, size=sum(of_labels))[:, 1].split(of_labels)
        for y, of_labels in zip(labels, numbers, strict=True)
    ]


HERO = LossRecord(
    name=Hero.name,
    title="Supervised term of HeroCon",
    summary="Label by label: two items that have it are compared with all that lack it, and those whose labels differ "
    "most push hardest.",
    group="own form",
    positives="Positive: items that share a label with the anchor. Weight: a part for each shared label, the "
    "smaller the more items carry it; items push by how much their labels differ.",
    source="Zheng et al. (HeroCon), KDD 2022, supervised term",
    build=Hero,
    when_to_use="When how many labels two items differ in says how far apart they should be.",
)
