"""MulCon: the embeddings of labels that are there attract those of the same label in other items."""

from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mlcl_core.errors import InputError
from mlcl_core.losses.label_embeddings import checked_label_z
from mlcl_core.losses.machine import machine_options
from mlcl_core.losses.part import Part
from mlcl_core.losses.record import LossRecord
from mlcl_core.losses.weighted_supcon import WeightedSupCon
from mlcl_core.pairs import RULES, Option


@dataclass(frozen=True)
class LabelLevel:
    r"""Pull the embedding of a label in one item to those of the same label in other items.

    .. math:: L_{il} = -\frac{1}{|P_{il}|} \sum_{j : l \in T} \log
        \frac{e^{s_{il, jl}}}{\sum_{(k, m) \ne (i, l)} e^{s_{il, km}}}, \qquad l \in S

    The points are the pairs (i, l) of an item and a label that it has; other labels of the same item compete too.

    Args:
        temperature: tau > 0.
        similarity: ``cosine``, or the ``dot`` product.
        reduction: ``mean`` over points, ``sum``, or ``none``: one value per point, items first.
        no_positive: A point whose label no other item has: left out of the mean (``drop``) or counted as 0 (``zero``,
            the published code); ``drop_columns`` takes it out of the other points' normalisers too.
        base_temperature: The loss is multiplied by temperature over it; 0 leaves it alone.
        negatives: How many pairs (i, l) of a label that is not there join as mere candidates: those with the highest
            logits where logits are given, else the first.

    Edge cases:
        An item without labels has no points. No points, or no label twice: 0 with gradient 0.

    Relations:
        ``weighted_supcon`` with the rule ``any_shared`` on the points, each with its one label. It sees pairs of
        label embeddings, not of items: there are no pair weights and no forces between items to show.

    References:
        Dao et al., "Multi-Label Image Classification with Contrastive Learning" (MulCon), 2021.
    """

    temperature: float = 0.2
    similarity: str = "cosine"
    reduction: str = "mean"
    no_positive: str = "drop"
    base_temperature: float = 0.0
    negatives: int = 0
    needs: frozenset[str] = frozenset({"label_z"})

    def __call__(
        self,
        z: Float[Tensor, "n d"] | None,
        y: Bool[Tensor, "n c"],
        *,
        references: tuple[Tensor, Tensor] | None = None,
        prototypes: Tensor | None = None,
        logits: Tensor | None = None,
        label_z: Tensor | None = None,
        part: Part | None = None,
        **_: Any,
    ) -> Float[Tensor, ""] | Float[Tensor, " p"]:
        """Loss of a batch, or a ``part`` of it, from its label embeddings, which need not be normalised.

        ``z`` is not looked at.

        Raises:
            InputError: Label embeddings missing or of another shape; references or prototypes; logits that don't fit.
        """
        label_z = checked_label_z("label_level", label_z, y, references=references, prototypes=prototypes)
        loss = WeightedSupCon(
            rule=RULES["any_shared"],
            rule_params=RULES["any_shared"].check({}),
            temperature=self.temperature,
            similarity=self.similarity,
            reduction=self.reduction,
            no_positive=self.no_positive,
            base_temperature=self.base_temperature,
        )
        item, label = y.nonzero(as_tuple=True)
        points, labels = label_z[item, label], F.one_hot(label, max(y.shape[1], 1)).bool()
        if part is not None:
            mine = torch.zeros(len(y), dtype=torch.bool, device=y.device)
            mine[part.rows] = True
            part = replace(part, rows=mine[item].nonzero()[:, 0])
        absent = self._absent(y, logits)
        if len(absent) == 0:
            return loss(points, labels, part=part)
        nothing = labels.new_zeros(len(absent), labels.shape[1])
        candidates = label_z.flatten(0, 1)[absent], nothing
        return loss(points, labels, references=candidates, candidates="both", part=part)

    def _absent(self, y: Bool[Tensor, "n c"], logits: Tensor | None) -> Int64[Tensor, " k"]:
        zeros = (~y).flatten().nonzero()[:, 0]
        if logits is None or self.negatives == 0:
            return zeros[: self.negatives]
        if logits.shape != y.shape:
            raise InputError(f"label_level: logits {tuple(logits.shape)} must have the labels' shape {tuple(y.shape)}")
        hardest = logits.detach().flatten()[zeros].topk(min(self.negatives, len(zeros))).indices
        return zeros[hardest]


def build_label_level(*, negatives: float | int, **options: Any) -> LabelLevel:
    """Make the loss from checked options.

    Raises:
        InputError: A number of negatives that is not whole.
    """
    if negatives != int(negatives):
        raise InputError(f"loss label_level: negatives is {negatives}; it must be a whole number")
    return LabelLevel(negatives=int(negatives), **options)


LABEL_LEVEL = LossRecord(
    name="label_level",
    title="Label-level contrastive loss (MulCon)",
    formula=r"L_{il} = -\frac{1}{|P_{il}|} \sum_{j : l \in T} "
    r"\log \frac{e^{s_{il,jl}}}{\sum_{(k,m) \ne (i,l)} e^{s_{il,km}}}",
    summary="Each item has one embedding per label; the embedding of a label that it has is pulled to the same label's "
    "in other items. It compares label embeddings, not items, so no pairs of items can be opened.",
    source="MulCon: Dao et al. 2021",
    needs=frozenset({"label_z"}),
    build=build_label_level,
    options={
        **machine_options(temperature=0.2),
        "negatives": Option(
            0, "How many embeddings of absent labels join as mere candidates.", minimum=0, maximum=10_000
        ),
    },
    helps="When the model looks at each label by itself (label attention), so that two labels of an item need not "
    "share one place; beside a classification loss (loss.logit=bce), as published.",
    edge_cases="An item without labels has no points; a label that one item alone has contributes nothing.",
)
