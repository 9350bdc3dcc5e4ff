"""Encoders, the projection head and the linear probe. To add an encoder: its file, one line here, its test."""

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
from mlcl_core.pairs.rule import checked_options

ENCODERS: dict[str, EncoderRecord] = {record.name: record for record in (CONVOLUTIONAL, MLP)}

__all__ = [
    "ENCODERS",
    "ConvolutionalEncoder",
    "Encoder",
    "EncoderRecord",
    "LabelHead",
    "LinearProbe",
    "MLPEncoder",
    "MemoryQueue",
    "MixtureHead",
    "MomentumEncoder",
    "ProjectionHead",
    "build_encoder",
    "fit_linear_probe",
    "mixture_mean",
]


def build_encoder(name: str, input_shape: tuple[int, ...], **options: Any) -> Encoder:
    """Make an encoder by name for items of ``input_shape`` (without the batch axis).

    Its weights come from torch's global generator, as all of torch's layers do: seed it, or fork it, around the call.

    Args:
        name: A key of ``ENCODERS``.
        input_shape: ``data.items.shape[1:]``.
        **options: As in ``ENCODERS[name].params``.

    Returns:
        A module with the attribute ``features``, the width of h.

    Raises:
        InputError: An unknown name or option, an impossible value, or a shape that the encoder can't take.
    """
    if name not in ENCODERS:
        raise InputError(f"there is no encoder {name!r}; encoders are {', '.join(ENCODERS)}")
    record = ENCODERS[name]
    return record.build(tuple(input_shape), **checked_options(f"encoder {name}", record.params, options))
