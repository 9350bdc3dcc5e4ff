"""The record that describes a sampler to forms, to the command line and to the engine."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor

from mlcl_core.options import Option, checked_options, declared_options


@dataclass(frozen=True)
class Sampler:
    """A way to deal the items of an epoch into batches.

    Args:
        name: The key in ``SAMPLERS``.
        title, summary: A few words and a sentence or two, for forms.
        make: ``make(indices, batch_size, *, seed, epoch, labels, positive, **params)`` gives the batches, as
            :func:`mlcl_core.data.samplers.uniform.uniform` does. A parameter is declared in its signature by
            :class:`mlcl_core.options.Param`.
        needs_positive: Whether ``positive`` must be given.
        takes_time: Whether a batch, or the first of an epoch, takes a noticeable part of a step; it is then dealt while
            the steps before it are trained.
    """

    name: str
    title: str
    summary: str
    make: Callable[..., Iterable[Tensor]]
    needs_positive: bool = False
    takes_time: bool = False

    @cached_property
    def params(self) -> Mapping[str, Option]:
        """The parameters that the signature of ``make`` declares."""
        return declared_options(self.make)

    def check(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Fill the parameters up with defaults; unknown names and impossible values raise :class:`InputError`."""
        return checked_options(f"sampler {self.name}", self.params, params)
