"""What maps items as they are in a file to h and z: a frozen encoder, the scale of features, encoder and head."""

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from mlcl_core.data import FeatureScale, MultiLabelData
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.network import Network, encoder_options
from mlcl_core.models import ENCODERS, Encoder, PictureTransformer, TextTransformer, located


@dataclass(frozen=True, eq=False)
class EncoderParts:
    """The way of an item through a run, up to z.

    Attributes:
        kind: What it takes: ``features`` (rows of numbers as in the file), ``picture`` or ``text``.
        name: The encoder of the network, a key of ``ENCODERS``.
        options: As ``build_encoder`` takes them.
        shape: Of an item of the encoder; empty where it is pretrained.
        source: Name of the pretrained encoder, frozen or tuned; None: there is none.
        max_length: Tokens of a text that are read.
        front: The frozen encoder before the network; None: there is none.
        scale: By which features (of the file, or of the frozen encoder) are standardised; None: they are not.
        encoder, head: Of the network, items to h and h to z.
    """

    kind: str
    name: str
    options: dict[str, bool | int | float | str]
    shape: tuple[int, ...]
    source: str | None
    max_length: int
    front: TextTransformer | PictureTransformer | None
    scale: FeatureScale | None
    encoder: Encoder
    head: nn.Module

    @property
    def folder(self) -> Path | None:
        """The folder of the pretrained encoder that the run began with."""
        return None if self.source is None else located(self.source)


def encoder_parts(config: TrainConfig, loaded: MultiLabelData, data: MultiLabelData, network: Network) -> EncoderParts:
    """The parts of a network that was trained on some data.

    Args:
        config: The whole configuration.
        loaded: The items as they were loaded.
        data: The same as the network takes them.
        network: With the weights that count.

    Raises:
        InputError: The pretrained encoder is not there any more, or cannot be opened.
    """
    record, source = ENCODERS[config.model.encoder], config.pretrained.name
    front: TextTransformer | PictureTransformer | None = None
    if source is not None and not record.pretrained:
        folder = located(source)
        assert folder is not None
        is_text = loaded.kind == "text"
        front = TextTransformer(folder, pooling=config.pretrained.pooling) if is_text else PictureTransformer(folder)
        front = front.eval()
    return EncoderParts(
        kind=loaded.kind,
        name=record.name,
        options=encoder_options(config),
        shape=() if record.pretrained else tuple(data.items.shape[1:]),
        source=source,
        max_length=config.pretrained.max_length,
        front=front,
        scale=data.scale,
        encoder=network.encoder,
        head=network.head,
    )


__all__ = ["EncoderParts", "encoder_parts"]
