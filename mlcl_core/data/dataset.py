"""The record that describes a data set to forms, to the command line and to `load_data`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mlcl_core.data.multilabel import MultiLabelData
from mlcl_core.options import Option


@dataclass(frozen=True)
class DatasetRecord:
    """One data set that comes with the Lab: ``load(seed=..., **params)`` makes it, offline and in about a second."""

    name: str
    title: str
    summary: str
    source: str
    licence: str
    load: Callable[..., MultiLabelData]
    params: Mapping[str, Option] = field(default_factory=dict)
