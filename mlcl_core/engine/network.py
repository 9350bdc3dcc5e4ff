"""The network that a configuration and a loss ask for: encoder, projection head, and what the loss needs beside z."""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.prepare import shape_of
from mlcl_core.errors import InputError
from mlcl_core.losses import Loss
from mlcl_core.models import (
    ENCODERS,
    Encoder,
    LabelHead,
    MixtureHead,
    ProjectionHead,
    TextTransformer,
    build_encoder,
    located,
    mixture_mean,
)

# Outputs of the network beside z that a loss may need: one for each item, and prototypes, one for each label.
PER_ITEM = ("logits", "label_z", "mixture")
OF_NETWORK = (*PER_ITEM, "prototypes")
# The same outputs in words.
LEARNT_ALONG = {
    "logits": "a linear classifier on h, one logit for each label",
    "label_z": "an embedding of each item for each label, by attention over the encoder's last layer",
    "mixture": "a Gaussian mixture for each item, one component for each label, in place of a point",
    "prototypes": "a prototype for each label, which the maps show as named stars",
}


class Outputs(NamedTuple):
    """Outputs of the network for some items, not normalised; None where the loss does not need the output."""

    h: Float[Tensor, "n h"]
    z: Float[Tensor, "n d"]
    logits: Float[Tensor, "n c"] | None
    label_z: Float[Tensor, "n c e"] | None
    prototypes: Float[Tensor, "c d"] | None
    mixture: Float[Tensor, "n c packed"] | None = None

    def some(self, rows: Tensor) -> "Outputs":
        """The outputs for some of the items, by their rows."""
        chosen = {name: value[rows] for name in ("h", "z", *PER_ITEM) if (value := getattr(self, name)) is not None}
        return self._replace(**chosen)

    def for_loss(self, loss: Loss) -> dict[str, Any]:
        """The outputs that the loss takes beside z and labels, in float32."""
        wanted = {name: getattr(self, name) for name in OF_NETWORK if name in loss.needs}
        return {name: None if value is None else value.float() for name, value in wanted.items()}


class Network(nn.Module):
    """Encoder (items to h), projection head (h to z) and, if the loss needs them, further outputs.

    These are a classifier (h to logits), label embeddings, and prototypes (one learnt z for each label). If the loss
    needs mixtures, the head gives mixtures and z is their mean.
    """

    def __init__(
        self,
        encoder: Encoder,
        head: nn.Module,
        classifier: nn.Module | None = None,
        label_head: nn.Module | None = None,
        prototypes: nn.Parameter | None = None,
    ):
        """Take the modules as they are."""
        super().__init__()
        self.encoder, self.head, self.classifier = encoder, head, classifier
        self.label_head, self.prototypes = label_head, prototypes

    def forward(self, x: Tensor) -> Outputs:
        """All outputs for some items in one pass."""
        maps = self.encoder.feature_maps(x)
        h = self.encoder.pool(maps)
        logits = None if self.classifier is None else self.classifier(h)
        label_z = None
        if self.label_head is not None:
            label_z = self.label_head(self.encoder.tokens(maps), self.encoder.missing(maps))
        z = self.head(h)
        mixture = z if isinstance(self.head, MixtureHead) else None
        z = z if mixture is None else mixture_mean(mixture)
        return Outputs(h, z, logits, label_z, self.prototypes, mixture)


def build_network(config: TrainConfig, data: MultiLabelData, loss: Loss) -> Network:
    """Make the network, its weights drawn from the configuration's seed; torch's global generator is not used.

    Args:
        config: The whole configuration.
        data: As :func:`mlcl_core.engine.prepare.prepare` gives it; before that, the width of a frozen encoder's
            features is unknown, and the network only shows whether the rest of the configuration fits.
        loss: What it is for.

    Raises:
        InputError: The encoder does not take this kind of item, or a text has more tokens than it has positions.
    """
    record = ENCODERS[config.model.encoder]
    kind, shape = shape_of(config, data)
    if record.kind != kind:
        fitting = ", ".join(name for name, other in ENCODERS.items() if other.kind == kind)
        raise InputError(f"model.encoder {record.name!r} takes {record.kind}; {data.name} needs one of: {fitting}")
    source = located(config.pretrained.name or "") if record.pretrained else shape
    assert source is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        encoder = build_encoder(record.name, source, **encoder_options(config))
        if isinstance(encoder, TextTransformer) and data.kind == "tokens":
            encoder.refuse_long(data.tensor.shape[1])
        labels, dims = data.labels.shape[1], config.model.projection_dim
        sizes = encoder.feature_dim, config.model.projection_hidden, dims
        head = MixtureHead(*sizes, labels) if "mixture" in loss.needs else ProjectionHead(*sizes)
        classifier = nn.Linear(encoder.feature_dim, labels) if "logits" in loss.needs else None
        label_head = LabelHead(encoder.token_width, dims, labels) if "label_z" in loss.needs else None
        prototypes = nn.Parameter(torch.randn(labels, dims) / dims**0.5) if "prototypes" in loss.needs else None
    return Network(encoder, head, classifier, label_head, prototypes)


def encoder_options(config: TrainConfig) -> dict[str, Any]:
    """The options of the encoder, as :func:`mlcl_core.models.build_encoder` takes them."""
    record = ENCODERS[config.model.encoder]
    section = config.pretrained if record.pretrained else config.model
    return {name: getattr(section, name) for name in record.params if name in type(section).model_fields}
