"""The base class of encoders, and the record that describes one."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jaxtyping import Bool, Float
from torch import Tensor, nn

from mlcl_core.options import Option, declared_options


class Encoder(nn.Module, ABC):
    """Items -> features h, in two steps, so that heads can use the positions of the last layer.

    ``feature_dim`` is the width of h, ``token_width`` that of a token.
    """

    feature_dim: int

    @property
    @abstractmethod
    def token_width(self) -> int:
        """Width of a token."""

    @abstractmethod
    def feature_maps(self, x: Tensor) -> Any:
        """The output of the last layer."""

    @abstractmethod
    def pool(self, feature_maps: Any) -> Float[Tensor, "n features"]:
        """Features h from the output of the last layer."""

    @abstractmethod
    def tokens(self, feature_maps: Any) -> Float[Tensor, "n t width"]:
        """The output of the last layer as tokens, one for each position."""

    def missing(self, feature_maps: Any) -> Bool[Tensor, "n t"] | None:
        """Which tokens are padding, where items have different numbers of them; None: no token is."""
        return None

    def forward(self, x: Tensor) -> Float[Tensor, "n features"]:
        """Features h."""
        return self.pool(self.feature_maps(x))


@dataclass(frozen=True)
class EncoderRecord:
    """One encoder.

    Args:
        name: Key in ``ENCODERS``.
        title, summary: Texts for forms and tables.
        kind: The kind of item that it encodes.
        build: ``build(input_shape, **params)`` makes the encoder; its signature declares the parameters by
            :class:`mlcl_core.options.Param`.
        pretrained: The encoder is built from the folder of a pretrained model: ``build(folder, **params)``.
    """

    name: str
    title: str
    kind: str
    summary: str
    build: Callable[..., Encoder]
    pretrained: bool = False

    @cached_property
    def params(self) -> dict[str, Option]:
        """The parameters of the encoder."""
        signature: Any = self.build.__init__ if isinstance(self.build, type) else self.build  # type: ignore[misc]
        return declared_options(signature)
