"""Encoders, the projection head and the linear probe. To add an encoder: its file, one line here, its test."""

from pathlib import Path
from typing import Any

from mlcl_core.errors import InputError
from mlcl_core.models.convolutional import CONVOLUTIONAL, ConvolutionalEncoder
from mlcl_core.models.encoder import Encoder, EncoderRecord
from mlcl_core.models.head import ProjectionHead
from mlcl_core.models.label_head import LabelHead
from mlcl_core.models.linear_probe import LinearProbe, fit_linear_probe
from mlcl_core.models.memory import MemoryQueue
from mlcl_core.models.mixture_head import MixtureHead, mixture_mean
from mlcl_core.models.mlp import MLP, MLPEncoder
from mlcl_core.models.momentum import MomentumEncoder
from mlcl_core.models.passes import to_device
from mlcl_core.models.picture_transformer import PICTURE_TRANSFORMER, PictureTransformer
from mlcl_core.models.pretrained import PRETRAINED, PretrainedRecord, checked_folder, located
from mlcl_core.models.text_transformer import TEXT_TRANSFORMER, TextTransformer, padded, tokenised, tokeniser
from mlcl_core.models.thresholds import THRESHOLDS, best_threshold
from mlcl_core.options import checked_options

ENCODERS: dict[str, EncoderRecord] = {
    record.name: record for record in (CONVOLUTIONAL, MLP, TEXT_TRANSFORMER, PICTURE_TRANSFORMER)
}

__all__ = [
    "ENCODERS",
    "PRETRAINED",
    "THRESHOLDS",
    "ConvolutionalEncoder",
    "Encoder",
    "EncoderRecord",
    "LabelHead",
    "LinearProbe",
    "MLPEncoder",
    "MemoryQueue",
    "MixtureHead",
    "MomentumEncoder",
    "PictureTransformer",
    "PretrainedRecord",
    "ProjectionHead",
    "TextTransformer",
    "best_threshold",
    "build_encoder",
    "checked_folder",
    "fit_linear_probe",
    "located",
    "mixture_mean",
    "padded",
    "to_device",
    "tokenised",
    "tokeniser",
]


def build_encoder(name: str, source: tuple[int, ...] | Path, **options: Any) -> Encoder:
    """Make an encoder by name for items of a shape (without the batch axis), or of the folder of a pretrained model.

    Its weights come from torch's global generator, as all of torch's layers do: seed it, or fork it, around the call.

    Args:
        name: A key of ``ENCODERS``.
        source: ``data.items.shape[1:]``; where ``ENCODERS[name].pretrained``, a folder as ``located`` gives it.
        **options: As in ``ENCODERS[name].params``.

    Returns:
        A module with the attribute ``feature_dim``, the width of h.

    Raises:
        InputError: An unknown name or option, an impossible value, or a shape that the encoder can't take.
    """
    if name not in ENCODERS:
        raise InputError(f"there is no encoder {name!r}; encoders are {', '.join(ENCODERS)}")
    record = ENCODERS[name]
    if record.pretrained != isinstance(source, Path):
        wanted = "the folder of a pretrained model" if record.pretrained else "the shape of an item"
        raise InputError(f"encoder {name} is made of {wanted}")
    return record.build(
        source if isinstance(source, Path) else tuple(source),
        **checked_options(f"encoder {name}", record.params, options),
    )
