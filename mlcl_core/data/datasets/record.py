"""The record that describes a data set to forms, to the command line and to :func:`mlcl_core.data.load_data`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from mlcl_core.data.multilabel import MultiLabelData
from mlcl_core.options import Option, declared_options


@dataclass(frozen=True)
class DatasetRecord:
    """A data set that comes with the Lab.

    Args:
        name: The key in ``DATASETS``.
        title, summary: A few words and a sentence or two, for forms.
        source, licence: Where the items and labels come from, and under which terms.
        load: ``load(seed=..., **params)`` gives the data, offline and in about a second. A parameter is declared in its
            signature by :class:`mlcl_core.options.Param`.
    """

    name: str
    title: str
    summary: str
    source: str
    licence: str
    load: Callable[..., MultiLabelData]

    @cached_property
    def params(self) -> Mapping[str, Option]:
        """The parameters that the signature of ``load`` declares."""
        return declared_options(self.load)
