"""Features of a frozen encoder, split by split, with the labels of the items."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.data import MultiLabelData
from mlcl_core.data.multilabel import SPLITS
from mlcl_core.engine.measure import encode
from mlcl_core.engine.network import Network

OnProgress = Callable[[int, int], None]
"""Takes how much is done, and how much there is."""


def quiet(done: int, of: int) -> None:
    """Progress that is told to no one."""


@dataclass(frozen=True, eq=False)
class Features:
    """Features h before the projection head, and labels, by split: ``train``, ``validation``, ``test``."""

    h: Mapping[str, Float[Tensor, "n d"]]
    labels: Mapping[str, Bool[Tensor, "n c"]]


def features_of(
    network: Network, data: MultiLabelData, device: torch.device, splits: Sequence[str] = SPLITS
) -> Features:
    """Encode the items of some splits without augmentation; as :func:`features_by`."""
    return features_by(lambda ids: encode(network, data, ids, device).h, data, device, splits)


def features_by(
    of: Callable[[Tensor], Tensor], data: MultiLabelData, device: torch.device, splits: Sequence[str] = SPLITS
) -> Features:
    """Features by any function of rows of the data; they lie on the device, or on the CPU where it has no float64."""
    home = device if device.type in ("cpu", "cuda") else torch.device("cpu")
    rows = {split: data.indices(split) for split in splits}
    return Features(
        {split: of(ids).to(home) for split, ids in rows.items()},
        {split: data.labels[ids].to(home) for split, ids in rows.items()},
    )


__all__ = ["Features", "OnProgress", "features_by", "features_of", "quiet"]
