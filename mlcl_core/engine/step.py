"""One training step: views, network, loss, backward pass, optimiser, and the memory of keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.batch_record import TrainedBatch
from mlcl_core.engine.compiled import compilation_told, compiled
from mlcl_core.engine.compute import Compute
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.graph import GraphedCall
from mlcl_core.engine.items import Items
from mlcl_core.engine.network import PER_ITEM, build_network
from mlcl_core.engine.optimiser import build_optimiser, set_learning_rate
from mlcl_core.errors import RunFailed
from mlcl_core.losses import Loss
from mlcl_core.models import ENCODERS, MemoryQueue, MomentumEncoder, to_device
from mlcl_core.pairs.slow import slow_paths


@dataclass(frozen=True)
class Learnt:
    """What network and loss gave in a step, without gradients.

    Attributes:
        loss: The loss of the batch.
        z: Embeddings of the anchors.
        inputs: Keyword arguments of the loss.
        slow: Why the loss took a slower path.
    """

    loss: Tensor
    z: Tensor
    inputs: dict[str, Any]
    slow: tuple[str, ...]


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
        compute: Where and how all of it is computed.
    """

    def __init__(self, config: TrainConfig, data: MultiLabelData, loss: Loss, compute: Compute):
        """Build network, optimiser and memory."""
        self.device, self._group, self._half = compute.device, compute.group, compute.half
        # not wrapped for several processes: the group sums the gradients, whichever parameters a loss leaves out
        self.network = build_network(config, data, loss).to(self.device)
        self._forward = compiled(self.network) if config.training.compile else self.network
        self.optimiser = build_optimiser(self.network, config.optimiser, on_device=self.device.type == "cuda")
        self.momentum: MomentumEncoder | None = None
        self.memory: MemoryQueue | None = None
        if config.loss.momentum:
            self.momentum = MomentumEncoder(self.network.encoder, self.network.head).to(self.device)
            queue = MemoryQueue(config.loss.queue_size, config.model.projection_dim, data.labels.shape[1])
            self.memory = queue.to(self.device)
        self.items, self._labelled = Items(data, self.device), data.labels.sizes() > 0
        self.last: TrainedBatch | None = None
        self._graph: GraphedCall[Learnt] | None = GraphedCall() if compute.graphed else None

    @property
    def modules(self) -> dict[str, nn.Module]:
        """The modules that a checkpoint keeps, by name."""
        found = {"network": self.network, "momentum": self.momentum, "memory": self.memory}
        return {name: module for name, module in found.items() if module is not None}

    def __call__(
        self, ids: Tensor, step: int, config: TrainConfig, loss: Loss, learning_rate: float
    ) -> tuple[Tensor, tuple[str, ...]]:
        """Train on one batch. Nothing waits for the device, unless the loss or the encoder does.

        Args:
            ids: Its items.
            step: Steps done before.
            config: The configuration in force.
            loss: The loss in force.
            learning_rate: That of this step.

        Returns:
            The loss of the batch, on the device, which the next step may overwrite; and why a slower path was taken,
            empty where none was.

        Raises:
            RunFailed: Another process has ended, the network cannot be compiled, or ``training.graph`` is on and the
                step cannot be recorded.
        """
        set_learning_rate(self.optimiser, learning_rate)
        with compilation_told(), self._dropout(step, config):
            if self.momentum is None or self.memory is None:
                learnt, self.last = self._on_batch(ids, step, config, loss)
            else:
                learnt, self.last = self._on_keys(ids, step, config, loss, self.momentum, self.memory)
        return learnt.loss, (*learnt.slow, *self._why_not_recorded(config))

    def _on_batch(self, ids: Tensor, step: int, config: TrainConfig, loss: Loss) -> tuple[Learnt, TrainedBatch]:
        """Learn from two views of each item, both anchors.

        Each process encodes its slice of the batch; all have the embeddings of the whole batch afterwards.
        """
        batch = self.items.batch(ids, step, self._group.slice(len(ids)), config)
        y = self.items.labels(batch).repeat(2, 1)
        learnt = self._learn(config, loss, self.items.views(batch, config), y, 2)
        view = torch.arange(2).repeat_interleave(len(ids))
        return learnt, TrainedBatch(step, ids, ids.repeat(2), view, learnt.z, y, learnt.inputs, config, loss)

    def _on_keys(
        self,
        ids: Tensor,
        step: int,
        config: TrainConfig,
        loss: Loss,
        momentum: MomentumEncoder,
        memory: MemoryQueue,
    ) -> tuple[Learnt, TrainedBatch]:
        """Learn from the first views, as anchors, and keys of the second views, which enter the queue."""
        n = len(ids)
        batch = self.items.batch(ids, step, self._group.slice(n), config)
        y = self.items.labels(batch)
        first, second = self.items.views(batch, config).tensor_split(2)
        with self._autocast():
            keys = self._group.gather(momentum(second).float(), n, 1)
        queue_z, queue_y, queue_ids = memory.contents()
        references = torch.cat([keys, queue_z]), torch.cat([y, queue_y])
        learnt = self._learn(config, loss, first, y, 1, *references)
        momentum.follow(self.network.encoder, self.network.head, config.loss.momentum)
        self._push(memory, keys, y, ids)
        columns = torch.cat([ids, ids, queue_ids])
        view = torch.cat([torch.zeros_like(ids), torch.ones_like(ids), torch.full_like(queue_ids, 2)])
        return learnt, TrainedBatch(step, ids, columns, view, learnt.z, y, learnt.inputs, config, loss)

    def _push(self, memory: MemoryQueue, keys: Tensor, y: Tensor, ids: Tensor) -> None:
        """Let the keys of items with labels enter the queue."""
        rows = self._labelled[ids].nonzero()[:, 0]
        if len(rows) < len(ids):
            there = to_device(rows, self.device)
            keys, y, ids = keys.index_select(0, there), y.index_select(0, there), ids[rows]
        memory.push(keys, y, ids)

    def _learn(self, config: TrainConfig, loss: Loss, x: Tensor, y: Tensor, views: int, *references: Tensor) -> Learnt:
        """One pass, by the recorded graph where there is one."""

        def call(*inputs: Tensor) -> Learnt:
            return self._pass(config, loss, views, *inputs)

        return call(x, y, *references) if self._graph is None else self._graph(call, loss, x, y, *references)

    def _pass(self, config: TrainConfig, loss: Loss, views: int, x: Tensor, y: Tensor, *references: Tensor) -> Learnt:
        """Forward and backward pass and the optimiser's step; ``x``: this process's items, views stacked."""
        n = len(y) // views
        with self._autocast():
            seen = self._forward(x)
        inputs: dict[str, Any] = seen.for_loss(loss)
        for name in (name for name in PER_ITEM if name in inputs):
            inputs[name] = self._group.gather(inputs[name], n, views)
        if (local_anchors := self._group.local_anchors(n, views, self.device)) is not None:
            inputs["local_anchors"] = local_anchors
        if references:
            inputs |= {"references": references, "candidates": config.loss.candidates}
        z = self._group.gather(seen.z.float(), n, views)
        # losses compute in float32 all the same, except where they say that they need not
        with slow_paths() as slow, self._autocast():
            value = loss(z, y, **inputs)
        self.optimiser.zero_grad(set_to_none=True)
        value.backward()
        self._group.all_reduce_gradients(self.network.parameters())
        if config.optimiser.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), config.optimiser.clip)
        self.optimiser.step()
        # without the graph of autograd, which a recording could not cross
        inputs = {name: x.detach() if isinstance(x, Tensor) else x for name, x in inputs.items()}
        return Learnt(self._group.all_reduce(value.detach()), z.detach(), inputs, tuple(slow))

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._half)

    def _why_not_recorded(self, config: TrainConfig) -> list[str]:
        """Why the step was not recorded as a CUDA graph where it should be; empty where it was or shall not be.

        Raises:
            RunFailed: It cannot be recorded, and the configuration asks for no less.
        """
        if self._graph is None or not self._graph.obstacle:
            return []
        reason = f"training.graph {config.training.graph}: the step is no CUDA graph, as {self._graph.obstacle}"
        if self._graph.for_good and config.training.graph == "on":
            raise RunFailed(f"{reason}; training.graph=auto or off would train all the same")
        return [reason]

    @contextmanager
    def _dropout(self, step: int, config: TrainConfig) -> Iterator[None]:
        """Dropout of a pretrained encoder draws from the seed of the step, so that a resumed run draws the same."""
        if not ENCODERS[config.model.encoder].pretrained:
            yield
            return
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed((config.seed * 1_000_003 + step) * 1009 + self._group.rank)
            yield


__all__ = ["TrainingStep"]
