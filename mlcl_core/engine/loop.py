"""Training as a generator of events: no files, no processes, no global state but torch's thread count."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from mlcl_core.data import MultiLabelData, augment, epoch_batches
from mlcl_core.engine.build import (
    OF_NETWORK,
    PER_ITEM,
    build_network,
    check_config,
    contrastive_part,
    fitted,
    explainable_part,
    training_loss,
    training_sampler,
)
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
from mlcl_core.engine.prepare import Cache, Tell, prepare
from mlcl_core.engine.process_group import make_accelerator
from mlcl_core.engine.schedule import frame_due, learning_rate
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.losses import Loss, PairLoss
from mlcl_core.models import ENCODERS, MemoryQueue, MomentumEncoder
from mlcl_core.pairs.slow import slow_paths

# Entries of each matrix kept of a batch: all pairs of 1,000 items in two views; of a larger batch, the first anchors.
BATCH_ENTRIES = 4_000_000
LARGEST_PICTURE = 64


class Trainer:
    """One training run in memory. ``events`` trains; between two of its events settings may change.

    Args:
        config: The whole configuration.
        checkpoint: Where to go on; None: at the beginning.
        data: The items, when they are loaded already.
        cache: Where the features of a frozen encoder are kept; None: nowhere.
        tell: Called with how much of how much is done of what, in every phase but training itself.
        interruptible: The context of all work that may be broken into by an exception, ``frame``, ``batch`` or
            ``probe``: the state is then that of the last step, whole.

    Raises:
        InputError: Anything that :func:`mlcl_core.engine.build.check_config` refuses.
    """

    def __init__(
        self,
        config: TrainConfig,
        checkpoint: Checkpoint | None = None,
        data: MultiLabelData | None = None,
        *,
        cache: Cache | None = None,
        tell: Tell | None = None,
        interruptible: Callable[[str], AbstractContextManager[None]] | None = None,
    ):
        """Build everything; nothing is trained yet."""
        self.tell: Tell = tell or (lambda done, of, what: None)
        self.interruptible = interruptible or (lambda what: nullcontext())
        self.tell(0, 3, "starting: loading the data")
        if config.training.threads:
            torch.set_num_threads(config.training.threads)
        self.config = config
        self.data = check_config(config, data)
        with slow_paths() as slow:
            self.device = choose_device(config.training.device)
            precision = choose_precision(config.training.precision, self.device)
        self.slow = tuple(slow)
        self.loss = self._made_loss(config)
        self.accelerator, self.team = make_accelerator(self.device, precision)
        self.device = self.accelerator.device
        half = precision == "bfloat16"
        self.data = prepare(config, self.data, self.device, cache=cache, tell=tell, half=half)
        self.tell(1, 3, "starting: building the network")
        network = build_network(config, self.data, self.loss)
        # not wrapped for several processes: the team adds gradients up, whichever part of the network a loss leaves
        # out; and accelerate's own placement imports torch.distributed.tensor, two seconds before the first frame
        self.network = network.to(self.device)
        self.optimiser = self.accelerator.prepare_optimizer(self._make_optimiser(network))
        self.momentum, self.memory = self._make_keys()
        self.tell(2, 3, "starting: looking at the labels")
        self.watch = Watch(self.data, config.watch.items, config.data.seed, contrastive_part(self.loss))
        self.train_ids = self.data.indices("train")
        # whatever the sampler, it deals as many
        self.epoch_steps = len(epoch_batches(self.train_ids, config.training.batch_size, seed=config.seed, epoch=0))
        self.total = self.epoch_steps * config.training.epochs
        if (fewest := min(config.training.batch_size, len(self.train_ids))) < self.team.size:
            raise InputError(f"{self.team.size} processes share a batch of {fewest}; it must have an item for each")
        self.step = 0
        # for whoever drives the training: how long it has been at it, kept with the checkpoint
        self.seconds = 0.0
        self._last: _Taken | None = None
        self._in_step = False
        self._last_settings = self.settings
        # what the step just done has not told yet: for whoever breaks into its frame
        self.untold: list[Event] = []
        self.resumed = checkpoint is not None
        if checkpoint is not None:
            unpack(checkpoint, self._modules, self.optimiser)
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
        return config, self._made_loss(config)

    def checkpoint(self) -> Checkpoint:
        """Everything that is needed to go on from here, bit for bit on one CPU thread."""
        return pack(self.step, self._modules, self.optimiser, self.settings, self.seconds)

    def batch_taken(self) -> BatchTaken | None:
        """The batch just trained on, opened; None before the first step or when the loss looks at no pairs."""
        opened, taken = explainable_part(self.loss), self._last
        if taken is None or opened is None:
            return None
        settings = self._last_settings
        opened = opened.with_temperature(settings["loss.temperature"])
        z, y, own = taken.z.detach(), taken.y, len(taken.z)
        others_z, others_y = taken.inputs.get("references", (z[:0], y[:0]))
        z, y = torch.cat([z, others_z.detach()]), torch.cat([y, others_y])
        rows = max(1, min(own, BATCH_ENTRIES // len(z)))
        # the batch itself is no candidate where candidates are references only: its columns stay empty then
        first = own if taken.inputs.get("candidates") == "references" else 0
        self_index = torch.arange(rows, device=z.device) if first == 0 else None
        made = {name: taken.inputs[name].detach() for name in OF_NETWORK if name in taken.inputs}
        if isinstance(opened, PairLoss):
            extra = {"prototypes": made["prototypes"]} if "prototypes" in opened.needs else {}
            terms = opened.explain(z[:rows], y[:rows], z[first:], y[first:], self_index=self_index, **extra)
        else:
            terms = opened.explain_batch(y, anchors=rows, **made)

        def columns(x: Tensor) -> Tensor:
            return torch.cat([x.new_zeros(rows, first), x[:, : len(z) - first]], 1).cpu()

        return BatchTaken(
            step=self.step,
            ids=taken.ids,
            view=taken.view,
            z=torch.nn.functional.normalize(z, dim=1).cpu(),
            y=y.cpu(),
            w=columns(terms.attract),
            s=columns(terms.scaled_cosine),
            force=columns(terms.force),
            pictures=self._pictures(taken),
            settings=settings,
        )

    def _pictures(self, taken: "_Taken") -> Tensor | None:
        """The views of a batch as pictures, one a column; what waits in a queue as the item it was made of."""
        if self.data.kind != "picture" or max(self.data.tensor.shape[-2:]) > LARGEST_PICTURE:
            return None
        # made again, of the whole batch: this process may have seen a part of it only
        views = self._views(taken.items, taken.step, slice(None))
        pictures = ((1 - torch.cat(views).clamp(0, 1)) * 255).to(torch.uint8).cpu()
        return torch.cat([pictures, self.data.tensor[taken.ids[len(pictures) :]]])

    # ---- training

    def events(self, *, look: bool | None = None) -> Iterator[Event]:
        """Train to the end. A step tells batch, frame and epoch's end, then StepDone, then that a checkpoint is due.

        Args:
            look: Whether a frame is taken before the first step; None: at the beginning of a run, not where it goes on.
        """
        config = self.config
        title = device_title(self.device, torch.get_num_threads(), self.team.size)
        yield Started(self.step, self.total, title, len(self.train_ids), self.slow)
        if look if look is not None else not self.resumed:
            yield self._look()
        if not self.resumed:
            yield CheckpointDue(0)
        for epoch, done in self._steps():
            # before StepDone, where a run may stop: it would not be told when the run is resumed after this step
            self.untold = [EpochDone(self.step, epoch + 1)] if self.step % self.epoch_steps == 0 else []
            self.untold.append(done)
            if self.step % config.watch.batch_every == 0 or self.step == 1:
                batch = self.batch_taken()
                if batch is not None:
                    yield batch
            if frame_due(self.step, self.total, config.watch.frame_every):
                yield self._look()
            while self.untold:
                yield self.untold.pop(0)
            if self.step % config.watch.checkpoint_every == 0 or self.step == self.total:
                yield CheckpointDue(self.step)
        yield Probing(self.step)
        with self.interruptible("probe"):
            finished = self.finished()
        yield finished

    def _look(self) -> FrameTaken:
        with self.interruptible("frame"):
            return self.frame_taken()

    def follow(self) -> None:
        """Train along with a first process that has the events: what every other process of a team does.

        It ends with the training, or when :meth:`leave` is called there.
        """
        for _ in self._steps():
            pass

    def leave(self) -> None:
        """Tell the other processes of a team, where there are any, that training ends before its last step."""
        # in the middle of a step they wait for something else, and are told by this process's end
        if self.team.rank == 0 and self.step < self.total and not self._in_step:
            with suppress(RunFailed):
                self._say(go_on=False)

    def _steps(self) -> Iterator[tuple[int, StepDone]]:
        """Train to the end, or until the first process leaves: the epoch and what was done, step by step."""
        while self.step < self.total:
            epoch, position = divmod(self.step, self.epoch_steps)
            batches = iter(islice(self._batches(epoch), position, None))
            while True:
                with self.interruptible("batch"):
                    ids = next(batches, None)
                if ids is None:
                    break
                if not self._say(go_on=True):
                    return
                yield epoch, self._train_on(ids)

    def _batches(self, epoch: int) -> Iterable[Tensor]:
        """The items of an epoch's steps, by the sampler of the configuration."""
        make, positive = training_sampler(self.config, self.loss)
        size, labels = self.config.training.batch_size, self.data.labels
        return make(self.train_ids, size, seed=self.config.seed, epoch=epoch, labels=labels, positive=positive)

    def _say(self, *, go_on: bool) -> bool:
        """Before each step the first process says whether there is one, and with which live settings."""
        if self.team.size == 1:
            return go_on
        names = list(self.settings)
        said = torch.tensor([float(go_on), *self.settings.values()], dtype=torch.float64, device=self.device)
        going, *values = self.team.first_says(said).tolist()
        told = dict(zip(names, values, strict=True))
        if told != self.settings:
            self.change(told)
        return bool(going)

    def frame_taken(self) -> FrameTaken:
        """Look at the watched items now."""
        what = f"training: the frame of step {self.step:,}"
        seen = encode(self.network, self.data, self.watch.ids, self.device, tell=partial(self._told, what))
        metrics = self.watch.measure(self.loss, seen)
        return FrameTaken(self.step, self.watch.ids, seen.z, seen.h, metrics, self.settings, seen.prototypes)

    def finished(self) -> Finished:
        """Fit the linear probe on the trained and on the untrained encoder."""
        test, probe = evaluate(
            self.network, self.data, self.device, self.config.seed, tell=partial(self._told, "probing: trained")
        )
        fresh = build_network(self.config, self.data, self.loss).to(self.device)
        untrained, _ = evaluate(
            fresh, self.data, self.device, self.config.seed, tell=partial(self._told, "probing: untrained")
        )
        return Finished(self.step, test, untrained, probe)

    def _told(self, what: str, done: int, of: int) -> None:
        self.tell(done, of, what)

    def _train_on(self, ids: Tensor) -> StepDone:
        begun, self._in_step = perf_counter(), True
        rate = learning_rate(self.step, self.total, self.config.optimiser)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with self._dropout():
            taken = self._batch(ids)
            with slow_paths() as slow:
                loss = self.loss(taken.z, taken.y, **taken.inputs)
            self.optimiser.zero_grad(set_to_none=True)
            self.accelerator.backward(loss)
        self.team.sum_gradients(self.network.parameters())
        if self.config.optimiser.clip:
            self.accelerator.clip_grad_norm_(self.network.parameters(), self.config.optimiser.clip)
        self.optimiser.step()
        if self.momentum is not None and self.memory is not None:
            self.momentum.follow(self.network.encoder, self.network.head, self.config.loss.momentum)
            assert taken.keys is not None
            self.memory.push(*taken.keys, ids)
        self.step += 1
        value = float(self.team.total(loss.detach()))
        if value != value or abs(value) == float("inf"):
            raise RunFailed(
                f"the loss became {value} at step {self.step}; a smaller learning rate or a larger temperature may help"
            )
        self._last = taken
        self._last_settings = self.settings
        self._in_step = False
        return StepDone(self.step, value, rate, perf_counter() - begun, len(ids), (*self.slow, *slow))

    @contextmanager
    def _dropout(self) -> Iterator[None]:
        """Dropout draws from the step's own seed: a resumed run draws what the uninterrupted one drew."""
        if not ENCODERS[self.config.model.encoder].pretrained:
            yield
            return
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed((self.config.seed * 1_000_003 + self.step) * 1009 + self.team.rank)
            yield

    def _batch(self, ids: Tensor) -> "_Taken":
        """Two views of each item through the network; with a momentum encoder the second ones are keys.

        Each process encodes its own items, and all have everything in the end.
        """
        n = len(ids)
        views, y = self._views(ids, self.step, self.team.slice(n)), self.data.labels[ids].to(self.device)
        if self.momentum is None or self.memory is None:
            z, inputs = self._seen(torch.cat(views), n, 2)
            view = torch.arange(2).repeat_interleave(n)
            return _Taken(self.step, ids, ids.repeat(2), view, z, y.repeat(2, 1), inputs)
        z, inputs = self._seen(views[0], n, 1)
        with self.accelerator.autocast():
            keys = self.team.gather(self.momentum(views[1]).float(), n, 1)
        queue_z, queue_y, queue_ids = self.memory.contents()
        queue_ids = queue_ids.cpu()
        inputs["references"] = torch.cat([keys, queue_z]), torch.cat([y, queue_y])
        inputs["candidates"] = self.config.loss.candidates
        columns = torch.cat([ids, ids, queue_ids])
        view = torch.cat([torch.zeros_like(ids), torch.ones_like(ids), torch.full_like(queue_ids, 2)])
        return _Taken(self.step, ids, columns, view, z, y, inputs, (keys, y))

    def _seen(self, x: Tensor, n: int, views: int) -> tuple[Tensor, dict[str, Any]]:
        """z of the whole batch, and what else the loss takes; ``x`` are this process's items of n, views stacked."""
        with self.accelerator.autocast():
            seen = self.network(x)
        inputs: dict[str, Any] = seen.for_loss(self.loss)
        for name in (name for name in PER_ITEM if name in inputs):
            inputs[name] = self.team.gather(inputs[name], n, views)
        if (local_anchors := self.team.local_anchors(n, views, self.device)) is not None:
            inputs["local_anchors"] = local_anchors
        return self.team.gather(seen.z.float(), n, views), inputs

    def _views(self, ids: Tensor, step: int, rows: slice) -> list[Tensor]:
        # a generator of the step's own: a resumed run draws what the uninterrupted one drew
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + step)
        items, kind, strengths = self.data.tensor[ids].to(self.device), self.data.kind, self.config.views
        return [augment(items, kind, generator=generator, rows=rows, **strengths) for _ in range(2)]

    def _made_loss(self, config: TrainConfig) -> Loss:
        return fitted(training_loss(config.loss), self.data)

    def _make_keys(self) -> tuple[MomentumEncoder | None, MemoryQueue | None]:
        settings = self.config.loss
        if not settings.momentum:
            return None, None
        queue = MemoryQueue(settings.queue, self.config.model.projection, self.data.labels.shape[1])
        return MomentumEncoder(self.network.encoder, self.network.head).to(self.device), queue.to(self.device)

    @property
    def _modules(self) -> dict[str, torch.nn.Module]:
        found = {"network": self.network, "momentum": self.momentum, "memory": self.memory}
        return {name: module for name, module in found.items() if module is not None}

    def _make_optimiser(self, network: torch.nn.Module) -> torch.optim.Optimizer:
        options = self.config.optimiser
        # no decay on biases and norms: they have one dimension
        learnt = [p for p in network.parameters() if p.requires_grad]
        decayed = [p for p in learnt if p.ndim > 1]
        others = [p for p in learnt if p.ndim <= 1]
        groups = [{"params": decayed, "weight_decay": options.weight_decay}, {"params": others, "weight_decay": 0.0}]
        if options.name == "sgd":
            return torch.optim.SGD(groups, lr=options.learning_rate, momentum=options.momentum)
        return torch.optim.AdamW(groups, lr=options.learning_rate)


@dataclass(frozen=True)
class _Taken:
    """A batch on its way through the loss: its step and items, ids and views (0, 1; 2: from the queue) of its columns,
    anchors, what the loss takes, keys for the queue.
    """

    step: int
    items: Tensor
    ids: Tensor
    view: Tensor
    z: Tensor
    y: Tensor
    inputs: dict[str, Any]
    keys: tuple[Tensor, Tensor] | None = None


def train(config: TrainConfig) -> Iterator[Event]:
    """Train a configuration from the beginning: an iterator of events, no files, no processes.

    Raises:
        InputError: The configuration or its data is refused, before anything is trained.
        RunFailed: The loss became NaN or infinite.
    """
    return Trainer(config).events()
