"""The record that describes the views of one kind of item, and the random numbers that views are made from."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from mlcl_core.options import Option, declared_options


class Random(ABC):
    """Random numbers for the rows of a batch of which views are made."""

    @abstractmethod
    def uniform(self, *shape: int) -> Tensor:
        """Uniform in [0, 1), rows x shape."""

    def kept(self, lost: float, *shape: int) -> Tensor:
        """False with probability ``lost``, above 0; rows x shape."""
        return self.uniform(*shape) >= lost

    @abstractmethod
    def normal(self, *shape: int) -> Tensor:
        """Standard normal, rows x shape."""


@dataclass(frozen=True)
class RowRandom(Random):
    """Random numbers for some ``rows`` of n items: drawn for all n, so that they don't depend on which rows are asked.

    Args:
        generator: The only source of randomness.
        n: Items in all.
        rows: The items whose numbers are returned.
        device: Where the numbers are wanted; they are drawn on the generator's device.
    """

    generator: torch.Generator
    n: int
    rows: slice
    device: torch.device

    def uniform(self, *shape: int) -> Tensor:
        """Uniform in [0, 1), rows x shape."""
        drawn = torch.rand(self.n, *shape, generator=self.generator, device=self.generator.device)
        return drawn[self.rows].to(self.device)

    def normal(self, *shape: int) -> Tensor:
        """Standard normal, rows x shape."""
        drawn = torch.randn(self.n, *shape, generator=self.generator, device=self.generator.device)
        return drawn[self.rows].to(self.device)


def unchanged(items: Tensor) -> Tensor:
    """The items themselves."""
    return items


@dataclass(frozen=True)
class ViewRecord:
    """How random views of one kind of item are made.

    Args:
        name: The kind of item, the key in ``VIEWS``.
        make: ``make(x, random, **strengths)`` gives a view of each row of x, of the same shape; ``random`` is a
            :class:`Random`. A strength is declared in its signature by :class:`mlcl_core.options.Param`; all 0 leaves x
            as it is.
        to_input: Items -> what an encoder takes and ``make`` changes.
        on_host: The encoder takes them on the host, and copies to the device what it needs.
    """

    name: str
    make: Callable[..., Tensor]
    to_input: Callable[[Tensor], Tensor] = unchanged
    on_host: bool = False

    @cached_property
    def strengths(self) -> Mapping[str, Option]:
        """The strengths that the signature of ``make`` declares."""
        return declared_options(self.make)
