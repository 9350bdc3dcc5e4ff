"""What the registry holds of each loss."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mlcl_core.docstrings import formula_of, section_of
from mlcl_core.losses.core.loss import Loss
from mlcl_core.options import Option, declared_options


@dataclass(frozen=True)
class LossRecord:
    """One loss of the field: its name, its texts, and how it is built.

    Its options, formula and edge cases are read from ``build``: the parameters that are declared there, and its
    docstring.

    Args:
        name: Key in LOSSES.
        title: What lists call it.
        summary: What it does, in a sentence or two.
        source: Where it is published.
        build: The loss's class, or a function that makes a loss from checked options.
        handed_on: Options that ``build`` takes by ``**options`` and hands on, as they are declared elsewhere.
        described_by: The docstring that holds formula and edge cases, where it is not that of ``build``.
        when_to_use: When it helps.
        experimental: Whether its definition is known from an abstract only.
        group: Key in ``GROUPS``: where lists of methods have it, if it opens pairs of items.
        positives: For those lists, in plain words: which pairs are positive, and how they are weighed.
    """

    name: str
    title: str
    summary: str
    source: str
    build: Callable[..., Loss]
    when_to_use: str
    handed_on: Mapping[str, Option] = field(default_factory=dict)
    described_by: object | None = None
    experimental: bool = False
    group: str = "own form"
    positives: str = ""

    @cached_property
    def options(self) -> dict[str, Option]:
        """Every option that ``build`` takes, the loss's own ones first."""
        return {**declared_options(self.build), **self.handed_on}

    @cached_property
    def needs(self) -> frozenset[str]:
        """What the loss works on as it is by default; see :attr:`Loss.needs`."""
        return self.build(**{name: option.default for name, option in self.options.items()}).needs

    @property
    def formula(self) -> str:
        """LaTeX."""
        return formula_of(self.described_by or self.build)

    @property
    def edge_cases(self) -> str:
        """Its value where the formula is not defined."""
        return section_of(self.described_by or self.build, "Edge cases")


__all__ = ["LossRecord"]
