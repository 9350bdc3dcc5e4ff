"""The record that describes an encoder, and the two choices that encoders have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import nn

from mlcl_core.pairs.rule import Option

FEATURES = Option(256, "Width of h, which the probe sees; for pictures a multiple of 16.", minimum=2, maximum=8192)


@dataclass(frozen=True)
class EncoderRecord:
    """One encoder: ``build(input_shape, **options)`` makes it; ``kind`` is the kind of item it takes."""

    name: str
    title: str
    kind: str
    summary: str
    build: Callable[..., nn.Module]
    params: Mapping[str, Option] = field(default_factory=dict)
