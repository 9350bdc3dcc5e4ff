"""JSCL and JSPCL of Lin et al.: every item attracts, and label overlap decides what counts in the normaliser."""

from dataclasses import dataclass, replace
from math import log
from typing import Annotated, Any, ClassVar, Literal

from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.core.inputs import numbers
from mlcl_core.losses.core.loss import Loss, LossInputs
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.shared_options import SHARED_OPTIONS
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.options import Param
from mlcl_core.pairs import Rule
from mlcl_core.pairs.label_pairs import LabelPairs
from mlcl_core.pairs.relations import check_label_type


def all_labelled(pairs: LabelPairs) -> tuple[Float[Tensor, "n m"], Bool[Tensor, "n m"]]:
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
    summary="All items attract alike, and only those that share labels count in the normaliser.",
    group="own form",
    positives="Positive: the other items, whatever their labels, with equal weights; those that share labels push, "
    "by their overlap.",
    source="JSCL in Lin et al., Findings of ACL 2023, as its code has it",
    normalise="count",
    attract=all_labelled,
    compete=overlap,
    reach=lambda params, c, m: log(c),
)


@dataclass(frozen=True)
class OnLogits(Loss):
    """A loss on embeddings that takes the logits for them; it has no pairs of embeddings to explain.

    Args:
        loss: The loss.
    """

    name: ClassVar[str] = "jaccard_denominator"
    needs: ClassVar[frozenset[str]] = frozenset({"logits"})
    loss: WeightedSupCon

    def value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " n"]:
        """The loss of a batch, from its logits.

        Raises:
            InputError: Logits missing or not of the labels' shape.
        """
        logits, y = inputs.logits, inputs.y
        if logits is not None:
            logits = numbers("logits", logits)
            check_label_type(y)
        if logits is None or logits.shape != y.shape:
            shape = "none" if logits is None else tuple(logits.shape)
            raise InputError(f"jaccard_denominator needs logits of the labels' shape {tuple(y.shape)}; given: {shape}")
        return self.loss.value(replace(inputs, z=logits))


def build_jaccard_denominator(
    *,
    space: Annotated[
        Literal["embeddings", "logits"],
        Param("Where the points are: in the embeddings (JSCL), or in the logits (JSPCL), whose pairs are not shown."),
    ] = "embeddings",
    **options: Any,
) -> Loss:
    r"""Make the loss in which all other items attract an anchor, and the Jaccard overlap weighs its normaliser.

    .. math:: L_i = -\frac{1}{n-1} \sum_{j \ne i} \left(s_{ij} - \log \sum_{k \ne i} J_{ik} e^{s_{ik}}\right)

    .. math:: J_{ik} = \frac{|S \cap T_k|}{|S \cup T_k|}

    An item that shares labels with the anchor pulls and pushes; one that shares none only pulls. The paper prints J
    inside the logarithm's numerator, where it would be a constant without a gradient; this is what its code computes.

    Args:
        space: Where the points are: ``embeddings`` (JSCL) or ``logits`` (JSPCL).
        **options: Those of ``weighted_supcon`` that need no rule; the published code takes the similarity ``dot``.

    Edge cases:
        An item without labels takes no part; an anchor that shares no label with another item contributes nothing;
        values can be negative.

    Notes:
        Items without labels do not count in n either. The published code has 1e-20 in place of an empty normaliser.

    Relations:
        The weighted softmax loss with w = 1 and b = J. Where all label sets are equal it is SupCon with one class.

    References:
        Lin et al., Findings of ACL 2023 (JSCL, JSPCL).
    """
    loss = WeightedSupCon(rule=OVERLAP_COMPETES, rule_params=OVERLAP_COMPETES.check({}), **options)
    return loss if space == "embeddings" else OnLogits(loss)


JACCARD_DENOMINATOR = LossRecord(
    name="jaccard_denominator",
    title="Jaccard in the denominator (JSCL, JSPCL)",
    summary="Items attract each other, disjoint ones too; those that share labels with the anchor also compete, by "
    "their overlap.",
    source="JSCL and JSPCL in Lin et al., Findings of ACL 2023, as their code has them",
    build=build_jaccard_denominator,
    handed_on=SHARED_OPTIONS,
    when_to_use="To see what the published code of JSCL does, beside what its paper says; it pulls disjoint items "
    "together.",
)
