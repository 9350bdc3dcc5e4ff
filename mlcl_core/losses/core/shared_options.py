"""Options that several losses share, declared once; those that the configuration has too are in
:mod:`mlcl_core.loss_parameters`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from mlcl_core.loss_parameters import NoPositive, NoPositiveWithColumns, Reduction, Temperature
from mlcl_core.options import Param, declared_options

Similarity = Annotated[
    Literal["cosine", "dot"],
    Param("How near two items are: the cosine, or the dot product, where length matters too."),
]
BaseTemperature = Annotated[float, Param("The loss is multiplied by temperature over it; 0: not.", ge=0, le=100)]
Path = Annotated[
    Literal["auto", "plain", "tiles", "fused"],
    Param(
        "How it is computed: as is fastest in the precision asked for (auto); by whole matrices (plain); by tiles; by "
        "fused kernels for bfloat16 on a GPU, which is an error where they cannot serve.",
        title="How it is computed (path)",
    ),
]
NoLabels = Annotated[
    Literal["drop", "keep"],
    Param("An item without labels: takes no part (drop), or is an item like any other, as published (keep)."),
]
NoSharedLabel = Annotated[
    Literal["drop", "zero"], Param("An anchor that shares no label: left out of the mean, or counted as 0.")
]


@dataclass(frozen=True)
class SharedOptions:
    """Options of the weighted softmax loss that make sense under any rule."""

    temperature: Temperature = 0.1
    similarity: Similarity = "cosine"
    reduction: Reduction = "mean"
    no_positive: NoPositiveWithColumns = "drop"
    base_temperature: BaseTemperature = 0.0
    path: Path = "auto"


@dataclass(frozen=True)
class PrototypeOptions:
    """Options of the losses with a learnt prototype per label; prototypes never leave the normaliser."""

    temperature: Temperature = 0.1
    reduction: Reduction = "mean"
    no_positive: NoPositive = "drop"


SHARED_OPTIONS = declared_options(SharedOptions)
PROTOTYPE_OPTIONS = declared_options(PrototypeOptions)
NEEDS_PROTOTYPES = frozenset({"embeddings", "prototypes"})

__all__ = [
    "NEEDS_PROTOTYPES",
    "PROTOTYPE_OPTIONS",
    "SHARED_OPTIONS",
    "BaseTemperature",
    "NoLabels",
    "NoSharedLabel",
    "Path",
    "SharedOptions",
    "Similarity",
]
