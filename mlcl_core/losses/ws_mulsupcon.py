"""ws-MulSupCon: label by label, among items with one label and among those with several; frequent labels weigh less."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.anchors_and_references import AnchorsAndReferences, anchors_and_references
from mlcl_core.losses.core.kernel import per_anchor, share
from mlcl_core.losses.core.label_counts import LabelCounts, label_counts, needed_counts
from mlcl_core.losses.core.loss import LossInputs
from mlcl_core.losses.core.pair_terms import PairTerms
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.row_loss import RowLoss
from mlcl_core.losses.core.shared_options import NoSharedLabel
from mlcl_core.options import Param
from mlcl_core.pairs import PairWeights
from mlcl_core.pairs.relations import PairCounts, exact_float, pair_counts


@dataclass(frozen=True)
class WsMulSupCon(RowLoss):
    r"""Pull each anchor to the items of each of its labels, those with one label and those with several apart.

    .. math:: L = (1 - \lambda) \sum_{a, b} \frac{1}{R_{ab}} \sum_{i \in a} \sum_{l \in S}
        \frac{w^a_l}{|P^b_{il}|} \sum_{j \in P^b_{il}} J_{ij} \left(\log \sum_{k \in C_b} e^{s_{ik}} - s_{ij}\right)
        + \lambda L_0

    a and b are the items with one label and those with several. C_b are the references of stratum b and those without
    labels, which are negatives there; P^b_il are those of them that carry label l; R_ab is the number of (anchor,
    label) rows with such a reference; J = |S and T| / |S or T|. L_0 is SupCon among the items without labels, against
    all others. w_l = 1 - n_l / sum_k n_k, by the labels of the training items: of all of them for an anchor with one
    label, of those with several labels for an anchor with several.

    Args:
        temperature: tau > 0.
        reduction: ``mean``: the loss above. The value of an anchor (``none``) is its part of it times the number of
            anchors with a positive, so that the loss is their mean; ``sum`` adds these values up.
        no_positive: An anchor without a positive is left out of the mean (``drop``) or counted as 0 (``zero``).
        healthy: lambda; 0.7 or 0.75 in the published code, by data set.
        weighting: ``published``: w_l as above, which needs label counts; ``equal``: every label weighs 1.
        counts: The label counts given to ``with_label_counts``; None: none yet.

    Edge cases:
        Items without labels attract each other, unless healthy is 0. Where no two of them meet, the other terms weigh 1
        in place of 1 - lambda. A label that no other item of the stratum carries adds nothing.

    Notes:
        A label that all labels of the training items are weighs 0. An anchor with labels has two normalisers; the share
        of a pair is the sum of its shares. Explained with references, these stand for the batch whose rows are counted.
        The published code gives NaN where a term has anchors and no row.

    Relations:
        With ``weighting="equal"`` and one label an item it is ``weighted_supcon`` with the rule ``any_shared``.

    References:
        "Weighted Stratification in Multi-Label Contrastive Learning for Long-Tailed Medical Image Classification",
        MICCAI 2025, after the published code (output_func MulSupCon_iwash), which takes momentum keys and a queue of
        256 as references and temperature 0.1.
    """

    name: ClassVar[str] = "ws_mulsupcon"
    takes_references: ClassVar[bool] = True
    no_positive: NoSharedLabel = "drop"
    healthy: Annotated[
        float, Param("Share of the term in which items without labels attract each other.", ge=0, le=1)
    ] = 0.7
    weighting: Annotated[
        Literal["published", "equal"],
        Param("What a label weighs: less, the more often it occurs in training (published), or what any other does."),
    ] = "published"
    counts: LabelCounts | None = field(default=None, repr=False)

    @property
    def needs(self) -> frozenset[str]:  # type: ignore[override]  # depends on an option here
        """Embeddings, and label counts for the published weights."""
        return frozenset({"embeddings", "label_counts"} if self.weighting == "published" else {"embeddings"})

    def with_label_counts(self, counts: Tensor, items: int, of_several: Tensor | None = None) -> "WsMulSupCon":
        """The same loss with these label counts."""
        return replace(self, counts=label_counts(counts, items, of_several))

    def weigh(self, pairs: AnchorsAndReferences) -> PairWeights:
        """The weight of each pair in its anchor's value; the references stand for the batch."""
        groups = self._groups(pairs, pairs.items_as_anchors())
        attract, compete, positive = (
            torch.stack([getattr(group, name) for group in groups]) for name in ("attract", "compete", "positive")
        )
        return PairWeights(attract.sum(0), compete.amax(0), positive.any(0))

    def row_values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Each anchor's value where the references stand for the batch."""
        return self._values(s, pairs, pairs.items_as_anchors())

    def batch_values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, weights: PairWeights, inputs: LossInputs
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        """Each anchor's value in its batch, the rows of all processes counted."""
        return self._values(s, pairs, anchors_and_references(inputs.z, inputs.y, inputs.references, inputs.candidates))

    def explain_pairs(self, pairs: AnchorsAndReferences, prototypes: Tensor | None) -> PairTerms:
        """The terms of each pair, with its share of the normalisers of its anchor."""
        terms = super().explain_pairs(pairs, prototypes)
        shares = [share(terms.scaled_cosine, one.compete) for one in self._groups(pairs, pairs.items_as_anchors())]
        return replace(terms, probability=torch.stack(shares).sum(0))

    def _values(
        self, s: Float[Tensor, "n m"], pairs: AnchorsAndReferences, batch: AnchorsAndReferences
    ) -> tuple[Float[Tensor, " n"], Bool[Tensor, " n"]]:
        values, counted = 0 * s.sum(1), torch.zeros_like(s[:, :0].any(1))
        for group in self._groups(pairs, batch):
            has_positive = group.positive.any(1)
            values = values + per_anchor(s, group, has_positive.to(s.dtype), "outside")
            counted = counted | has_positive
        return values, counted

    def _groups(self, pairs: AnchorsAndReferences, batch: AnchorsAndReferences) -> list[PairWeights]:
        """The weights of each pair by its normaliser: references with one label, with several, and of items without.

        ``batch``: all anchors, whose rows are counted.
        """
        rows = [rows_of(batch, a, b).any(1) for a in STRATA for b in STRATA]
        bare = without_labels(batch).any(1) & (self.healthy > 0)
        anchors = torch.stack([bare, *rows]).any(0).sum().double()
        labelled = anchors * (1 - self.healthy * bare.any().double())
        counts = pair_counts(pairs.y, pairs.reference_y)
        groups = [self._of_stratum(pairs, counts, batch, b, labelled) for b in STRATA]
        positive = without_labels(pairs) & (self.healthy > 0)
        each = self.healthy * anchors / (bare.sum().clamp_min(1) * positive.sum(1, keepdim=True).clamp_min(1))
        compete = others_of(pairs) & ~pairs.y.any(1, keepdim=True)
        return [*groups, PairWeights((positive * each).to(pairs.z.dtype), compete.to(pairs.z.dtype), positive)]

    def _of_stratum(
        self,
        pairs: AnchorsAndReferences,
        counts: PairCounts,
        batch: AnchorsAndReferences,
        b: "Stratum",
        factor: Float[Tensor, ""],
    ) -> PairWeights:
        """The weights of the references of one stratum in ``factor`` times the mean over the rows of each stratum."""
        y, other, dtype = pairs.y, pairs.reference_y, pairs.z.dtype
        each = pairs.z.new_zeros(y.shape)
        for a in STRATA:
            weight = factor * self._label_weights(y, a) / rows_of(batch, a, b).sum().clamp_min(1)
            carriers = carriers_of(pairs, a, b)
            each = each + torch.where(carriers > 0, weight / carriers.clamp_min(1), 0).to(dtype)
        with torch.autocast(device_type=each.device.type, enabled=False):
            carried = each @ exact_float(other).to(dtype).T
        jaccard = counts.shared.to(dtype) / counts.union.to(dtype).clamp_min(1)
        among = others_of(pairs) & b.of(other)
        compete = others_of(pairs) & y.any(1, keepdim=True) & (b.of(other) | ~other.any(1))
        return PairWeights(carried * jaccard * among, compete.to(dtype), among & (counts.shared > 0))

    def _label_weights(self, y: Bool[Tensor, "n c"], a: "Stratum") -> Float64[Tensor, " c"]:
        if self.weighting == "equal":
            return torch.ones(y.shape[1], dtype=torch.float64, device=y.device)
        return rarity(needed_counts(self.name, self.counts, y.shape[1]), a.several, y.device)


@dataclass(frozen=True)
class Stratum:
    """The items with one label, or those with several."""

    several: bool

    def of(self, y: Bool[Tensor, "n c"]) -> Bool[Tensor, " n"]:
        """Which items are in it."""
        return y.sum(1) > 1 if self.several else y.sum(1) == 1


STRATA = (Stratum(several=False), Stratum(several=True))


def others_of(pairs: AnchorsAndReferences) -> Bool[Tensor, "n m"]:
    """Every pair but that of an anchor with its own item."""
    others = pairs.y.new_ones(len(pairs.y), len(pairs.reference_y))
    if (own := pairs.own()) is not None:
        own.zero(others)
    return others


def without_labels(pairs: AnchorsAndReferences) -> Bool[Tensor, "n m"]:
    """The pairs of two items without labels."""
    return others_of(pairs) & ~pairs.y.any(1, keepdim=True) & ~pairs.reference_y.any(1)


def carriers_of(pairs: AnchorsAndReferences, a: Stratum, b: Stratum) -> Float[Tensor, "n c"]:
    """|P^b_il| of each row of an anchor of stratum a: references of stratum b with label l, but for its own item."""
    carriers = exact_float(pairs.reference_y & b.of(pairs.reference_y)[:, None]).sum(0)
    own = torch.zeros_like(carriers[:1])
    if a == b and (found := pairs.own()) is not None:
        own = found.columns.new_ones(len(pairs.y), 1) if found.included is None else found.included
    return (pairs.y & a.of(pairs.y)[:, None]) * (carriers - own.to(carriers.dtype))


def rows_of(pairs: AnchorsAndReferences, a: Stratum, b: Stratum) -> Bool[Tensor, "n c"]:
    """The (anchor, label) rows of stratum a with a positive in stratum b."""
    return carriers_of(pairs, a, b) > 0


@lru_cache(maxsize=64)
def rarity(counts: LabelCounts, several: bool, device: torch.device) -> Float64[Tensor, " c"]:
    """1 - n_l / sum_k n_k of all items, or of those with several labels; kept, so that no step waits for a copy.

    Raises:
        InputError: The counts of the items with several labels are missing.
    """
    found = counts.of_several if several else counts.counts
    if found is None:
        raise InputError(
            "ws_mulsupcon also needs the label counts of the items with several labels: "
            "call with_label_counts(counts, items, of_several)"
        )
    found = found.to(device)
    return 1 - found / found.sum().clamp_min(1)


WS_MULSUPCON = LossRecord(
    name=WsMulSupCon.name,
    title="Weighted, stratified MulSupCon (ws-MulSupCon)",
    summary="Each label of an item pulls it to the items that carry it, those with one label and those with several "
    "apart: against each group, a label pulls the less, the more often it occurs in training.",
    group="own form",
    positives="Positive: items that share a label with the anchor. Weight: by label and overlap, frequent labels "
    "less; items with a single label and items with several are weighed apart.",
    source="ws-MulSupCon (Weighted Stratification in Multi-Label Contrastive Learning), MICCAI 2025",
    build=WsMulSupCon,
    when_to_use="When labels have a long tail, and some items carry a single label where others carry several, as in "
    "medical images.",
)
