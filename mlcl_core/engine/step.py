"""One training step: views, network, loss, backward pass, optimiser, and the memory of keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.batch_record import TrainedBatch
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.items import Items
from mlcl_core.engine.network import PER_ITEM, build_network
from mlcl_core.engine.optimiser import build_optimiser
from mlcl_core.engine.process_group import ProcessGroup
from mlcl_core.losses import Loss
from mlcl_core.models import ENCODERS, MemoryQueue, MomentumEncoder
from mlcl_core.pairs.slow import slow_paths


class TrainingStep:
    """What a training changes at each step, and the step itself.

    Attributes:
        network: The network that is trained.
        optimiser: Its optimiser.
        momentum: The momentum encoder; None without one.
        memory: Its queue of keys; None without a momentum encoder.
        items: Views and labels of batches.
        last: What the loss received in the last step; None before the first.

    Args:
        config: The whole configuration.
        data: The items as the network takes them.
        loss: What the network is for.
        accelerator: Accelerate for the device and precision.
        group: The processes that share each batch.
    """

    def __init__(
        self, config: TrainConfig, data: MultiLabelData, loss: Loss, accelerator: Accelerator, group: ProcessGroup
    ):
        """Build network, optimiser and memory."""
        self.device, self._accelerator, self._group = accelerator.device, accelerator, group
        # not wrapped for several processes: the group sums the gradients, whichever parameters a loss leaves out; and
        # accelerate's own placement imports torch.distributed.tensor, which takes two seconds
        self.network = build_network(config, data, loss).to(self.device)
        self.optimiser = accelerator.prepare_optimizer(build_optimiser(self.network, config.optimiser))
        self.momentum: MomentumEncoder | None = None
        self.memory: MemoryQueue | None = None
        if config.loss.momentum:
            self.momentum = MomentumEncoder(self.network.encoder, self.network.head).to(self.device)
            queue = MemoryQueue(config.loss.queue_size, config.model.projection_dim, data.labels.shape[1])
            self.memory = queue.to(self.device)
        self.items = Items(data, self.device)
        self.last: TrainedBatch | None = None

    @property
    def modules(self) -> dict[str, nn.Module]:
        """The modules that a checkpoint keeps, by name."""
        found = {"network": self.network, "momentum": self.momentum, "memory": self.memory}
        return {name: module for name, module in found.items() if module is not None}

    def __call__(
        self, ids: Tensor, step: int, config: TrainConfig, loss: Loss, learning_rate: float
    ) -> tuple[Tensor, tuple[str, ...]]:
        """Train on one batch.

        Args:
            ids: Its items.
            step: Steps done before.
            config: The configuration in force.
            loss: The loss in force.
            learning_rate: That of this step.

        Returns:
            The loss of the batch, on the device; and why a slower path was taken, empty where none was.

        Raises:
            RunFailed: Another process has ended.
        """
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        with self._dropout(step, config):
            batch = self._batch(ids, step, config, loss)
            with slow_paths() as slow:
                value = loss(batch.z, batch.y, **batch.inputs)
            self.optimiser.zero_grad(set_to_none=True)
            self._accelerator.backward(value)
        self._group.all_reduce_gradients(self.network.parameters())
        if config.optimiser.clip:
            self._accelerator.clip_grad_norm_(self.network.parameters(), config.optimiser.clip)
        self.optimiser.step()
        if self.momentum is not None and self.memory is not None:
            self.momentum.follow(self.network.encoder, self.network.head, config.loss.momentum)
            assert batch.keys is not None
            self.memory.push(*batch.keys, ids)
        self.last = batch
        return self._group.all_reduce(value.detach()), tuple(slow)

    @contextmanager
    def _dropout(self, step: int, config: TrainConfig) -> Iterator[None]:
        """Dropout of a pretrained encoder draws from the seed of the step, so that a resumed run draws the same."""
        if not ENCODERS[config.model.encoder].pretrained:
            yield
            return
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed((config.seed * 1_000_003 + step) * 1009 + self._group.rank)
            yield

    def _batch(self, ids: Tensor, step: int, config: TrainConfig, loss: Loss) -> TrainedBatch:
        """Encode two views of each item; with a momentum encoder the second view gives the keys.

        Each process encodes its slice of the batch; all have the embeddings of the whole batch afterwards.
        """
        n, settings = len(ids), config.live_settings
        views, y = self.items.views(ids, step, self._group.slice(n), config), self.items.labels(ids)
        if self.momentum is None or self.memory is None:
            z, inputs = self._encoded(torch.cat(views), n, 2, loss)
            view = torch.arange(2).repeat_interleave(n)
            return TrainedBatch(step, ids, ids.repeat(2), view, z, y.repeat(2, 1), inputs, None, settings)
        z, inputs = self._encoded(views[0], n, 1, loss)
        with self._accelerator.autocast():
            keys = self._group.gather(self.momentum(views[1]).float(), n, 1)
        queue_z, queue_y, queue_ids = self.memory.contents()
        queue_ids = queue_ids.cpu()
        inputs["references"] = torch.cat([keys, queue_z]), torch.cat([y, queue_y])
        inputs["candidates"] = config.loss.candidates
        columns = torch.cat([ids, ids, queue_ids])
        view = torch.cat([torch.zeros_like(ids), torch.ones_like(ids), torch.full_like(queue_ids, 2)])
        return TrainedBatch(step, ids, columns, view, z, y, inputs, (keys, y), settings)

    def _encoded(self, x: Tensor, n: int, views: int, loss: Loss) -> tuple[Tensor, dict[str, Any]]:
        """z of the whole batch and further inputs of the loss; ``x``: this process's items of n, views stacked."""
        with self._accelerator.autocast():
            seen = self.network(x)
        inputs: dict[str, Any] = seen.for_loss(loss)
        for name in (name for name in PER_ITEM if name in inputs):
            inputs[name] = self._group.gather(inputs[name], n, views)
        if (local_anchors := self._group.local_anchors(n, views, self.device)) is not None:
            inputs["local_anchors"] = local_anchors
        return self._group.gather(seen.z.float(), n, views), inputs


__all__ = ["TrainingStep"]
