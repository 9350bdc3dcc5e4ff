"""Items and labels of a training as its steps take them: on the device, in two views."""

import torch
from jaxtyping import Bool
from torch import Tensor

from mlcl_core.data import MultiLabelData, augment
from mlcl_core.engine.config import TrainConfig


class Items:
    """Views and labels of batches of items.

    Args:
        data: The items as the network takes them.
        device: Where views and labels are wanted.
    """

    def __init__(self, data: MultiLabelData, device: torch.device):
        """Take the data as they are."""
        self._data, self._device = data, device

    def views(self, ids: Tensor, step: int, rows: slice, config: TrainConfig) -> list[Tensor]:
        """Two views of the items in ``rows`` of a batch, drawn for the whole batch, on the device.

        The draw is seeded by the step, so that a resumed run draws the same views.
        """
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        items, kind = self._data.some(ids).to(self._device), self._data.kind
        return [augment(items, kind, generator=generator, rows=rows, **config.views) for _ in range(2)]

    def labels(self, ids: Tensor) -> Bool[Tensor, "n c"]:
        """Labels of a batch, on the device."""
        return self._data.labels[ids].to(self._device)


__all__ = ["Items"]
