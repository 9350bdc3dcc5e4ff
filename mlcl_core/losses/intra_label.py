"""ICL of Lin et al.: inside each item, labels that are there gather apart from labels that are not."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.losses.core.inputs import unit
from mlcl_core.losses.core.kernel import coefficients, per_anchor
from mlcl_core.losses.core.label_embeddings import checked_label_z
from mlcl_core.losses.core.local_anchors import LocalAnchors, reduce
from mlcl_core.losses.core.record import Checked, LossRecord
from mlcl_core.losses.core.shared_options import NO_LABELS, machine_options
from mlcl_core.pairs import PairWeights
from mlcl_core.pairs.slow import slow


@dataclass(frozen=True)
class IntraLabel(Checked):
    r"""Pull together, inside one item, the embeddings of the labels that it has, and those of the labels it lacks.

    .. math:: L_{il} = -\frac{1}{|P_{il}|} \sum_{m \in P_{il}} \log
        \frac{e^{s_{lm}}}{\sum_{k \ne l} e^{s_{lk}}}, \qquad
        P_{il} = \{m \ne l : y_{im} = y_{il}\}

    Args:
        temperature: tau > 0.
        similarity: ``cosine``, or the ``dot`` product (published).
        reduction: ``mean`` over the points (i, l), ``sum``, or ``none``: one value per point, items first.
        no_positive: A point with no other label like it in its item: left out of the mean, or counted as 0.
        base_temperature: The loss is multiplied by temperature over it; 0 leaves it alone.
        no_labels: An item without labels contributes nothing (``drop``), or its labels attract each other as lacking
            ones do (``keep``, the published code).

    Edge cases:
        The only label that an item has, or the only one that it lacks, has no positive. One label in all: 0. The
        published code adds a constant for these, and divides once more by c. An embedding shorter than 1e-12 has no
        direction: its cosines and its gradient are 0 (not with ``dot``).

    Relations:
        It never compares items; there are no pair weights and no forces between items to show. Memory: n c c.

    References:
        Lin et al., Findings of ACL 2023 (ICL); the label embeddings are SpanEmo's.
    """

    temperature: float = 0.1
    similarity: str = "cosine"
    reduction: str = "mean"
    no_positive: str = "drop"
    base_temperature: float = 0.0
    no_labels: str = "drop"
    needs: frozenset[str] = frozenset({"label_z"})

    @property
    def record(self) -> LossRecord:
        """Where its options are declared."""
        return INTRA_LABEL

    def __call__(
        self,
        z: Float[Tensor, "n d"] | None,
        y: Bool[Tensor, "n c"],
        *,
        references: tuple[Tensor, Tensor] | None = None,
        prototypes: Tensor | None = None,
        label_z: Tensor | None = None,
        local_anchors: LocalAnchors | None = None,
        **_: Any,
    ) -> Float[Tensor, ""] | Float[Tensor, " p"]:
        """Loss of a batch, or the share of its ``local_anchors``, from its label embeddings; ``z`` is not looked at.

        Raises:
            InputError: Label embeddings missing or of another shape; references or prototypes.
        """
        label_z = checked_label_z("intra_label", label_z, y, references=references, prototypes=prototypes)
        if local_anchors is not None:
            label_z, y = label_z[local_anchors.rows], y[local_anchors.rows]
        (n, c), dtype = y.shape, label_z.dtype
        slow("no form by tiles: arrays of items x labels x labels at once, left to autograd")
        with torch.autocast(device_type=label_z.device.type, enabled=False):
            points = label_z if self.similarity == "dot" else unit(label_z)
            s = (points @ points.transpose(1, 2) / self.temperature).reshape(n * c, c)
            other = ~torch.eye(c, dtype=torch.bool, device=y.device)
            positive = (y[:, :, None] == y[:, None, :]) & other
            if self.no_labels == "drop":
                positive = positive & y.any(1)[:, None, None]
            positive = positive.reshape(n * c, c)
            weights = PairWeights(positive.to(dtype), other.to(dtype).repeat(n, 1), positive)
            each, has_positive = coefficients(
                weights, s.new_ones(n * c), placement="outside", normalise="count", epsilon=0.0
            )
            scale = self.temperature / self.base_temperature if self.base_temperature else 1.0
            values = per_anchor(s, weights, each * scale, "outside")
        return reduce(values, has_positive, self, local_anchors)


def _options() -> dict[str, Any]:
    options = machine_options()
    # every embedding competes inside its own item only: there are no columns that others could lose
    no_positive = options["no_positive"]
    options["no_positive"] = type(no_positive)(
        "drop", "A point with no other label like it: left out of the mean, or counted as 0.", choices=("drop", "zero")
    )
    return {**options, "no_labels": NO_LABELS}


INTRA_LABEL = LossRecord(
    name="intra_label",
    title="Intra-label loss (ICL)",
    formula=r"L_{il} = -\frac{1}{|P_{il}|} \sum_{y_{im} = y_{il}} \log \frac{e^{s_{lm}}}{\sum_{k \ne l} e^{s_{lk}}}",
    summary="Inside each item, the embeddings of the labels that it has attract each other, and so do those of the "
    "labels that it lacks. It compares label embeddings, not items, so no pairs of items can be opened.",
    source="ICL in Lin et al., Findings of ACL 2023",
    needs=frozenset({"label_z"}),
    build=IntraLabel,
    options=_options(),
    when_to_use="When label embeddings are read off an input that holds the label words (SpanEmo) and items have "
    "several labels; beside a classification loss (loss.logit=bce): by itself it never compares two items.",
    edge_cases="An item without labels contributes nothing, unless no_labels is keep; nor does the only label that an "
    "item has, or the only one that it lacks.",
)
