"""ICL of Lin et al.: inside each item, the labels that it has attract each other, and so do those that it lacks."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from mlcl_core.losses.core.inputs import unit
from mlcl_core.losses.core.kernel import coefficients, per_anchor
from mlcl_core.losses.core.label_embeddings import checked_label_z
from mlcl_core.losses.core.local_anchors import reduce
from mlcl_core.losses.core.loss import Loss, LossInputs
from mlcl_core.losses.core.record import LossRecord
from mlcl_core.losses.core.shared_options import NoLabels, SharedOptions
from mlcl_core.options import Param
from mlcl_core.pairs import PairWeights
from mlcl_core.pairs.slow import slow


@dataclass(frozen=True)
class IntraLabel(SharedOptions, Loss):
    r"""Pull together, inside one item, the embeddings of the labels that it has, and those of the labels it lacks.

    .. math:: L_{il} = -\frac{1}{|P_{il}|} \sum_{y_{im} = y_{il}} \log \frac{e^{s_{lm}}}{\sum_{k \ne l} e^{s_{lk}}}

    .. math:: P_{il} = \{m \ne l : y_{im} = y_{il}\}

    Args:
        temperature: tau > 0.
        similarity: ``cosine``, or the ``dot`` product (published).
        reduction: ``mean`` over the points (i, l), ``sum``, or ``none``: one value per point, items first.
        no_positive: A point with no other label like it in its item: left out of the mean, or counted as 0.
        base_temperature: The loss is multiplied by temperature over it; 0: not.
        no_labels: An item without labels contributes nothing (``drop``), or its labels attract each other as lacking
            ones do (``keep``, the published code).

    Edge cases:
        An item without labels contributes nothing, unless no_labels is keep; nor does the only label that an item has,
        or the only one that it lacks.

    Notes:
        One label in all: 0. The published code adds a constant for labels without a positive, and divides once more by
        c. An embedding shorter than 1e-12 has no direction: its cosines and its gradient are 0 (not with ``dot``).

    Relations:
        It never compares items: there are no pair weights and no forces between items to show. Memory: n c c.

    References:
        Lin et al., Findings of ACL 2023 (ICL); the label embeddings are SpanEmo's.
    """

    name: ClassVar[str] = "intra_label"
    needs: ClassVar[frozenset[str]] = frozenset({"label_z"})
    slow_reason: ClassVar[str] = "no form by tiles: arrays of items x labels x labels at once, left to autograd"
    # a point competes inside its own item only: there are no columns to drop
    no_positive: Annotated[
        Literal["drop", "zero"], Param("A point with no other label like it: left out of the mean, or counted as 0.")
    ] = "drop"
    no_labels: NoLabels = "drop"

    def value(self, inputs: LossInputs) -> Float[Tensor, ""] | Float[Tensor, " p"]:
        """The loss of a batch, from its label embeddings.

        Raises:
            InputError: Label embeddings missing or of another shape; references or prototypes.
        """
        label_z, y, local_anchors = checked_label_z(self.name, inputs), inputs.y, inputs.local_anchors
        if local_anchors is not None:
            label_z, y = label_z[local_anchors.rows], y[local_anchors.rows]
        (n, c), dtype = y.shape, label_z.dtype
        slow(self.slow_reason)
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


INTRA_LABEL = LossRecord(
    name=IntraLabel.name,
    title="Intra-label loss (ICL)",
    summary="Inside each item, the embeddings of the labels that it has attract each other, and so do those of the "
    "labels that it lacks. It compares label embeddings, not items, so no pairs of items can be opened.",
    source="ICL in Lin et al., Findings of ACL 2023",
    build=IntraLabel,
    when_to_use="When label embeddings are read off an input that holds the label words (SpanEmo) and items have "
    "several labels; beside a classification loss (loss.logit=bce): by itself it never compares two items.",
)
