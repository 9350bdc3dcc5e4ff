"""Training as a generator of events: no files, no processes, no global state but torch's thread count."""

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from torch import Tensor

from mlcl_core.data import MultiLabelData, augment, epoch_batches
from mlcl_core.engine.build import build_network, check_config, contrastive_part, training_loss
from mlcl_core.engine.checkpoint import Checkpoint, pack, unpack
from mlcl_core.engine.config import LIVE_SETTINGS, TrainConfig
from mlcl_core.engine.device import choose_device, choose_precision, device_title
from mlcl_core.engine.evaluate import evaluate
from mlcl_core.engine.events import (
    BatchTaken,
    CheckpointDue,
    EpochDone,
    Event,
    Finished,
    FrameTaken,
    Probing,
    Started,
    StepDone,
)
from mlcl_core.engine.measure import Watch, encode
from mlcl_core.engine.schedule import frame_due, learning_rate
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.losses import Loss

# Entries of each matrix kept of a batch: all pairs of 1,000 items in two views; of a larger batch, the first anchors.
BATCH_ENTRIES = 4_000_000
LARGEST_PICTURE = 64


class Trainer:
    """One training run in memory. ``events`` trains; between two of its events settings may change.

    Args:
        config: The whole configuration.
        checkpoint: Where to go on; None: at the beginning.
        data: The items, when they are loaded already.

    Raises:
        InputError: Anything that :func:`mlcl_core.engine.build.check_config` refuses.
    """

    def __init__(self, config: TrainConfig, checkpoint: Checkpoint | None = None, data: MultiLabelData | None = None):
        """Build everything; nothing is trained yet."""
        if config.training.threads:
            torch.set_num_threads(config.training.threads)
        self.config = config
        self.data = check_config(config, data)
        self.device = choose_device(config.training.device)
        self.loss = training_loss(config.loss)
        # its state is a singleton of the process, and a second run may want another device or precision
        AcceleratorState._reset_state(reset_partial_state=True)
        precision = choose_precision(config.training.precision, self.device)
        self.accelerator = Accelerator(
            cpu=self.device.type == "cpu", mixed_precision="bf16" if precision == "bfloat16" else "no"
        )
        network = build_network(config, self.data, self.loss)
        self.network, self.optimiser = self.accelerator.prepare(network, self._make_optimiser(network))
        self.watch = Watch(self.data, config.watch.items, config.data.seed, contrastive_part(self.loss))
        self.train_ids = self.data.indices("train")
        self.epoch_steps = len(epoch_batches(self.train_ids, config.training.batch_size, seed=config.seed, epoch=0))
        self.total = self.epoch_steps * config.training.epochs
        self.step = 0
        # for whoever drives the training: how long it has been at it, kept with the checkpoint
        self.seconds = 0.0
        self._last: tuple[Tensor, ...] | None = None
        self._last_settings = self.settings
        self.resumed = checkpoint is not None
        if checkpoint is not None:
            unpack(checkpoint, self._plain, self.optimiser)
            self.step, self.seconds = checkpoint.values["step"], checkpoint.values["seconds"]
            self.change(checkpoint.values["settings"])

    # ---- between events

    @property
    def settings(self) -> dict[str, float]:
        """The live settings in force."""
        return {
            "loss.temperature": self.config.loss.temperature,
            "optimiser.learning_rate": self.config.optimiser.learning_rate,
        }

    def change(self, settings: Mapping[str, Any]) -> None:
        """Change live settings from the next step on.

        Raises:
            InputError: As :meth:`changed`; nothing is changed then.
        """
        self.config, self.loss = self.changed(settings)

    def changed(self, settings: Mapping[str, Any]) -> tuple[TrainConfig, Loss]:
        """The configuration and loss that :meth:`change` would put in force.

        Raises:
            InputError: A setting that cannot change while it trains, or an impossible value.
        """
        fixed = sorted(set(settings) - set(LIVE_SETTINGS))
        if fixed:
            raise InputError(f"{', '.join(fixed)} cannot change while it trains; {', '.join(LIVE_SETTINGS)} can")
        config = self.config.with_settings(settings)
        return config, training_loss(config.loss)

    def checkpoint(self) -> Checkpoint:
        """Everything that is needed to go on from here, bit for bit on one CPU thread."""
        return pack(self.step, self._plain, self.optimiser, self.settings, self.seconds)

    def batch_taken(self) -> BatchTaken | None:
        """The batch just trained on, opened; None before the first step or when the loss looks at no pairs."""
        contrastive = contrastive_part(self.loss)
        if self._last is None or contrastive is None:
            return None
        ids, view, z, y, x = self._last
        settings = self._last_settings
        contrastive = contrastive.with_temperature(settings["loss.temperature"])
        rows = max(1, min(len(z), BATCH_ENTRIES // len(z)))
        own = torch.arange(rows, device=z.device)
        terms = contrastive.explain(z[:rows], y[:rows], z, y, self_index=own)
        small = self.data.kind == "picture" and max(x.shape[-2:]) <= LARGEST_PICTURE
        pictures = ((1 - x.clamp(0, 1)) * 255).to(torch.uint8).cpu() if small else None
        return BatchTaken(
            step=self.step,
            ids=ids,
            view=view,
            z=torch.nn.functional.normalize(z, dim=1).cpu(),
            y=y.cpu(),
            w=terms.attract.cpu(),
            s=terms.similarity.cpu(),
            force=terms.force.cpu(),
            pictures=pictures,
            settings=settings,
        )

    # ---- training

    def events(self) -> Iterator[Event]:
        """Train to the end. A step tells batch, frame and epoch's end, then StepDone, then that a checkpoint is due."""
        config = self.config
        yield Started(self.step, self.total, device_title(self.device, torch.get_num_threads()), len(self.train_ids))
        if not self.resumed:
            yield self.frame_taken()
            yield CheckpointDue(0)
        while self.step < self.total:
            epoch, position = divmod(self.step, self.epoch_steps)
            batches = epoch_batches(self.train_ids, config.training.batch_size, seed=config.seed, epoch=epoch)
            for ids in batches[position:]:
                done = self._train_on(ids)
                if self.step % config.watch.batch_every == 0 or self.step == 1:
                    batch = self.batch_taken()
                    if batch is not None:
                        yield batch
                if frame_due(self.step, self.total, config.watch.frame_every):
                    yield self.frame_taken()
                # before StepDone, where a run may stop: it would not be told when the run is resumed after this step
                if self.step % self.epoch_steps == 0:
                    yield EpochDone(self.step, epoch + 1)
                yield done
                if self.step % config.watch.checkpoint_every == 0 or self.step == self.total:
                    yield CheckpointDue(self.step)
        yield Probing(self.step)
        yield self.finished()

    def frame_taken(self) -> FrameTaken:
        """Look at the watched items now."""
        h, z, logits = encode(self._plain, self.data, self.watch.ids, self.device)
        metrics = self.watch.measure(self.loss, h, z, logits)
        return FrameTaken(self.step, self.watch.ids, z, h, metrics, self.settings)

    def finished(self) -> Finished:
        """Fit the linear probe on the trained and on the untrained encoder."""
        test, probe = evaluate(self._plain, self.data, self.device, self.config.seed)
        fresh = build_network(self.config, self.data, self.loss).to(self.device)
        untrained, _ = evaluate(fresh, self.data, self.device, self.config.seed)
        return Finished(self.step, test, untrained, probe)

    def _train_on(self, ids: Tensor) -> StepDone:
        begun = perf_counter()
        rate = learning_rate(self.step, self.total, self.config.optimiser)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        x, y = self._views(ids)
        with self.accelerator.autocast():
            _, z, logits = self.network(x)
        z = z.float()
        loss = self.loss(z, y, logits=None if logits is None else logits.float())
        self.optimiser.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        if self.config.optimiser.clip:
            self.accelerator.clip_grad_norm_(self.network.parameters(), self.config.optimiser.clip)
        self.optimiser.step()
        self.step += 1
        value = float(loss.detach())
        if value != value or abs(value) == float("inf"):
            raise RunFailed(
                f"the loss became {value} at step {self.step}; a smaller learning rate or a larger temperature may help"
            )
        view = torch.arange(2).repeat_interleave(len(ids))
        self._last = (ids.repeat(2), view, z.detach(), y, x.detach())
        self._last_settings = self.settings
        return StepDone(self.step, value, rate, perf_counter() - begun, len(ids))

    def _views(self, ids: Tensor) -> tuple[Tensor, Tensor]:
        # a generator of the step's own: a resumed run draws what the uninterrupted one drew
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + self.step)
        items, y = self.data.items[ids].to(self.device), self.data.labels[ids].to(self.device)
        views = [augment(items, self.data.kind, generator=generator, **self.config.views) for _ in range(2)]
        return torch.cat(views), torch.cat([y, y])

    def _make_optimiser(self, network: torch.nn.Module) -> torch.optim.Optimizer:
        options = self.config.optimiser
        # no decay on biases and norms: they have one dimension
        decayed = [p for p in network.parameters() if p.ndim > 1]
        others = [p for p in network.parameters() if p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": options.weight_decay}, {"params": others, "weight_decay": 0.0}]
        if options.name == "sgd":
            return torch.optim.SGD(groups, lr=options.learning_rate, momentum=options.momentum)
        return torch.optim.AdamW(groups, lr=options.learning_rate)

    @property
    def _plain(self) -> Any:
        return self.accelerator.unwrap_model(self.network)


def train(config: TrainConfig) -> Iterator[Event]:
    """Train a configuration from the beginning: an iterator of events, no files, no processes.

    Raises:
        InputError: The configuration or its data is refused, before anything is trained.
        RunFailed: The loss became NaN or infinite.
    """
    return Trainer(config).events()
