"""Items and labels of a training as its steps take them: on the device, in two views."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Int64, Shaped
from torch import Tensor

from mlcl_core.data import CounterRandom, MultiLabelData, augment, row_numbers, step_key
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.device import free_memory, home_of
from mlcl_core.models import to_device

SHARE = 0.25  # of the device's free memory, that labels and items may take together
ROWS_AT_ONCE = 4096  # on their way to the device: sparse rows become dense there
# Bytes of labels that are kept dense on a CPU: rows of a sparse matrix take .3 ms a batch.
DENSE_LABELS = 2**26


@dataclass(frozen=True)
class BatchIds:
    """Which items a step trains on, and what their views are drawn from.

    Attributes:
        step: Steps done before.
        ids: The items of the whole batch, on the host.
        rows: Those of them that this process encodes.
        on_device: ``ids``.
        key, numbers: As :class:`CounterRandom` takes them, on the device: of the first view of each of the ``rows``.
    """

    step: int
    ids: Int64[Tensor, " n"]
    rows: slice
    on_device: Int64[Tensor, " n"]
    key: Int64[Tensor, ""]
    numbers: Int64[Tensor, " k"]


class Items:
    """Views and labels of batches of items.

    On a CPU the items are taken as they are, and labels up to ``DENSE_LABELS`` are kept dense. On any other device,
    labels and then items that fit ``room`` lie there as a whole, copied once; of others, those of a batch are copied
    while a GPU still computes the step before. Items of a kind that encoders take on the host stay there.

    Args:
        data: The items as the network takes them.
        device: Where views and labels are wanted.
        room: Bytes that labels and items may take there; None: ``SHARE`` of what is free.
    """

    def __init__(self, data: MultiLabelData, device: torch.device, room: int | None = None):
        """Decide what lies on the device, and copy it there."""
        self._kind, self._device = data.kind, device
        dense = DENSE_LABELS if room is None and device.type == "cpu" else 0
        room = int(SHARE * free_memory(device)) if room is None else room
        self._labels = _Rows(data.labels.__getitem__, data.labels.shape, torch.bool, device, max(room, dense))
        some, shape, dtype = data.some, tuple(data.items.shape), data.some(slice(0)).dtype
        home = home_of(data.kind, device)
        room = room - self._labels.bytes_kept if home == device else 0
        self._items = _Rows(some, shape, dtype, home, room)

    def batch(self, ids: Int64[Tensor, " n"], step: int, rows: slice, config: TrainConfig) -> BatchIds:
        """A batch in numbers; one copy to the device."""
        numbers = row_numbers(ids)[rows]
        sent = to_device(torch.cat([step_key(config.seed, step)[None], ids, numbers]), self._device)
        return BatchIds(step, ids, rows, sent[1 : 1 + len(ids)], sent[0], sent[1 + len(ids) :])

    def views(self, batch: BatchIds, config: TrainConfig) -> Shaped[Tensor, "two_k *shape"]:
        """Two views of each item of a batch that this process encodes, view after view, where the encoder takes them.

        A view depends on the seed, the step, the item and how often it stands before in the batch; views that are drawn
        one after the other (``training.view_draw``), on the whole batch. So a resumed run sees the same views.
        """
        if config.training.view_draw == "sequential":
            items = self._items.some(batch.ids, batch.on_device)
            generator = torch.Generator().manual_seed(config.seed * 1_000_003 + batch.step)
            views = [augment(items, self._kind, generator=generator, rows=batch.rows, **config.views) for _ in range(2)]
            return torch.cat(views)
        items = self._items.some(batch.ids[batch.rows], batch.on_device[batch.rows])
        random = CounterRandom(batch.key, torch.cat([batch.numbers, batch.numbers + 1]))
        return augment(torch.cat([items, items]), self._kind, generator=random, rows=slice(None), **config.views)

    def labels(self, batch: BatchIds) -> Bool[Tensor, "n c"]:
        """Labels of the whole batch, on the device."""
        return self._labels.some(batch.ids, batch.on_device)


class _Rows:
    """Rows of a matrix on the device: all of them, or those that are asked for.

    Attributes:
        bytes_kept: What lies on the device as a whole.
    """

    def __init__(
        self,
        some: Callable[[Any], Tensor],
        shape: tuple[int, ...],
        dtype: torch.dtype,
        device: torch.device,
        room: int,
    ):
        """Copy all rows to the device where they fit ``room``."""
        self._some, self._device = some, device
        self._whole: Tensor | None = None
        # beside the stream of the steps, which the host runs ahead of
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        size = torch.Size(shape).numel() * dtype.itemsize
        if size <= room:
            self._whole = torch.empty(shape, dtype=dtype, device=device)
            for start in range(0, shape[0], ROWS_AT_ONCE):
                self._whole[start : start + ROWS_AT_ONCE] = some(slice(start, start + ROWS_AT_ONCE)).to(device)
        self.bytes_kept = 0 if self._whole is None else size

    def some(self, ids: Int64[Tensor, " k"], on_device: Int64[Tensor, " k"]) -> Shaped[Tensor, "k *shape"]:
        """Several rows."""
        if self._whole is not None:
            return self._whole.index_select(0, on_device)
        if self._stream is None:
            return to_device(self._some(ids), self._device)
        with torch.cuda.stream(self._stream):
            rows = to_device(self._some(ids), self._device)
        stream = torch.cuda.current_stream(self._device)
        stream.wait_stream(self._stream)
        rows.record_stream(stream)  # their memory must not be reused before the step that reads them is through
        return rows


__all__ = ["BatchIds", "Items"]
