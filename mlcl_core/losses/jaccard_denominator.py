"""JSCL and JSPCL of Lin et al.: everybody attracts, and label overlap decides who counts in the normaliser."""

from dataclasses import dataclass
from typing import Any

from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.losses.core.record import Loss, LossRecord
from mlcl_core.losses.core.shared_options import machine_options
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.pairs import Option, Rule
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.relations import check_label_type


def everybody(pairs: LabelPairs) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
    r"""Call every pair positive in which both items have labels.

    .. math:: w_{ij} = 1, \quad b_{ij} = |S \cap T| / |S \cup T|
    """
    positive = (pairs.counts.s > 0) & (pairs.counts.t > 0)
    return positive.to(pairs.dtype), positive


def overlap(pairs: LabelPairs) -> Float[Tensor, "n m"]:
    """Jaccard overlap of each pair, 0 for two items without labels."""
    return pairs.counts.shared.to(pairs.dtype) / pairs.counts.union.to(pairs.dtype).clamp_min(1)


OVERLAP_COMPETES = Rule(
    name="jaccard_denominator",
    title="Overlap competes",
    summary="Everybody attracts alike, and only those who share labels count in the normaliser.",
    source="JSCL in Lin et al., Findings of ACL 2023, as its code has it",
    normalise="count",
    attract=everybody,
    compete=overlap,
)


@dataclass(frozen=True)
class OnLogits:
    """A loss on embeddings that takes the logits for them; it has no pairs of embeddings to show.

    Args:
        loss: The loss.
    """

    loss: WeightedSupCon
    needs: frozenset[str] = frozenset({"logits"})

    def __call__(
        self, z: Float[Tensor, "n d"] | None, y: Bool[Tensor, "n c"], *, logits: Tensor | None = None, **inputs: Any
    ) -> Float[Tensor, ""] | Float[Tensor, " n"]:
        """Loss of a batch from its logits; ``z`` is not looked at.

        Raises:
            InputError: Logits missing or not of the labels' shape.
        """
        if logits is not None:
            logits = numbers("logits", logits)
            check_label_type(y)
        if logits is None or logits.shape != y.shape:
            shape = "none" if logits is None else tuple(logits.shape)
            raise InputError(f"jaccard_denominator needs logits of the labels' shape {tuple(y.shape)}; given: {shape}")
        return self.loss(logits, y, **inputs)


def build_jaccard_denominator(*, space: str, **options: Any) -> Loss:
    r"""Make the loss in which all others attract an anchor, and the Jaccard overlap weighs its normaliser.

    .. math:: L_i = -\frac{1}{|P(i)|} \sum_{j \in P(i)} \left(s_{ij} - \log \sum_{k \ne i} J_{ik} e^{s_{ik}}\right),
        \qquad P(i) = \{j \ne i\}, \quad J_{ik} = \frac{|S \cap T_k|}{|S \cup T_k|}

    Who shares labels with the anchor pulls and pushes; who shares none only pulls. The paper prints J inside the
    logarithm's numerator, where it would be a constant without a gradient; this is what its code computes.

    Args:
        space: Where the points are: ``embeddings`` (JSCL) or ``logits`` (JSPCL).
        **options: Those of ``weighted_supcon`` that need no rule; the published code takes the similarity ``dot``.

    Edge cases:
        An item without labels takes no part. An anchor that shares no label with anybody has an empty normaliser and
        contributes nothing (the published code lets 1e-20 stand in for it). Values can be negative.

    Relations:
        The weighted machine with w = 1 and b = J. Where all label sets are equal it is SupCon with one class.

    References:
        Lin et al., Findings of ACL 2023 (JSCL, JSPCL).
    """
    loss = WeightedSupCon(rule=OVERLAP_COMPETES, rule_params=OVERLAP_COMPETES.check({}), **options)
    return loss if space == "embeddings" else OnLogits(loss)


JACCARD_DENOMINATOR = LossRecord(
    name="jaccard_denominator",
    title="Jaccard in the denominator (JSCL, JSPCL)",
    formula=r"L_i = -\frac{1}{n-1} \sum_{j \ne i} \left(s_{ij} - \log \sum_{k \ne i} J_{ik} e^{s_{ik}}\right)",
    summary="Items attract each other, disjoint ones too; those that share labels with the anchor also compete, by "
    "their overlap.",
    source="JSCL and JSPCL in Lin et al., Findings of ACL 2023, as their code has them",
    needs=frozenset({"embeddings"}),
    build=build_jaccard_denominator,
    options={
        **machine_options(),
        "space": Option(
            "embeddings",
            "Where the points are: in the embeddings (JSCL), or in the logits (JSPCL), whose pairs are not shown.",
            choices=("embeddings", "logits"),
        ),
    },
    when_to_use="To see what the published code of JSCL does, beside what its paper says; it pulls disjoint items "
    "together.",
    edge_cases="An item without labels takes no part; an anchor that shares no label with another item contributes "
    "nothing; values can be negative.",
)
