"""What every encoder is, and the record that describes one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jaxtyping import Bool, Float
from torch import Tensor, nn

from mlcl_core.options import Option


class Encoder(nn.Module, ABC):
    """Items -> features h, in two steps, so that heads can look at the places of the last layer.

    ``feature_dim`` is the width of h, ``token_width`` that of a token.
    """

    feature_dim: int

    @property
    @abstractmethod
    def token_width(self) -> int:
        """Numbers in a token."""

    @abstractmethod
    def feature_maps(self, x: Tensor) -> Any:
        """The last layer."""

    @abstractmethod
    def pool(self, maps: Any) -> Float[Tensor, "n features"]:
        """Features h from the last layer."""

    @abstractmethod
    def tokens(self, maps: Any) -> Float[Tensor, "n t width"]:
        """The last layer as tokens, one a place."""

    def missing(self, maps: Any) -> Bool[Tensor, "n t"] | None:
        """Which tokens are none, where items have different numbers of them; None: all are there."""
        return None

    def forward(self, x: Tensor) -> Float[Tensor, "n features"]:
        """Features h."""
        return self.pool(self.feature_maps(x))


@dataclass(frozen=True)
class EncoderRecord:
    """One encoder: ``build(input_shape, **options)`` makes it; ``kind`` is the kind of item it takes.

    ``pretrained``: it is built of the folder of a pretrained model, ``build(folder, **options)``.
    """

    name: str
    title: str
    kind: str
    summary: str
    build: Callable[..., Encoder]
    params: Mapping[str, Option] = field(default_factory=dict)
    pretrained: bool = False
