"""Training as a generator of events: no files, no processes, no global state except torch's number of threads."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from mlcl_core.data import MultiLabelData, split_doubts
from mlcl_core.data.reader_client import while_reading
from mlcl_core.engine.batch_record import TrainedBatch, batch_record
from mlcl_core.engine.build import contrastive_part, explainable_part, fitted, training_loss
from mlcl_core.engine.check import check_config
from mlcl_core.engine.checkpoint import Checkpoint, pack, unpack
from mlcl_core.engine.compute import choose_compute
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.course import Dealer
from mlcl_core.engine.device import core_left, device_title
from mlcl_core.engine.evaluate import evaluate, probe_items, why_no_items
from mlcl_core.engine.events import (
    BatchTaken,
    CheckpointDue,
    EpochDone,
    Event,
    Finished,
    FittingProbe,
    FrameTaken,
    Later,
    Started,
    StepDone,
    Whole,
)
from mlcl_core.engine.host_copy import goes_on
from mlcl_core.engine.live_change import Change
from mlcl_core.engine.live_settings import live_values
from mlcl_core.engine.measure import WatchedMetrics, encoded, on_host
from mlcl_core.engine.measured import StepClock
from mlcl_core.engine.network import build_network
from mlcl_core.engine.out_of_memory import memory_told, smaller_start, smaller_step
from mlcl_core.engine.prepare import Cache, OnProgress, prepare
from mlcl_core.engine.same_data import refuse_other_data
from mlcl_core.engine.schedule import checkpoint_due, frame_due, learning_rate
from mlcl_core.engine.steering import Steering
from mlcl_core.engine.step import TrainingStep
from mlcl_core.errors import RunFailed
from mlcl_core.losses import Loss

MAX_PICTURE_SIDE = 64  # pixels; larger views are not recorded
# Steps that a GPU may be behind: enough that it never waits for the CPU, few enough that a stop is soon effective.
STEPS_AHEAD = 4


class Trainer:
    """One training run in memory. :meth:`events` trains; live settings may change between two events.

    Attributes:
        steering: The settings in force, and where the training stands in its epochs.
        seconds: Seconds trained; kept with the checkpoint, set by the caller.
        pending_events: Events of the last step that are not yielded yet; needed where its frame is interrupted.

    Args:
        config: The whole configuration.
        checkpoint: State to continue from; None: a new training.
        data: The items, when they are already loaded.
        cache: Store for the features of a frozen encoder; None: features are not kept.
        on_progress: Called as ``on_progress(done, total, phase)`` in every phase except training itself.
        interruptible: Context manager around work beside the steps, called with ``frame``, ``batch``, ``probe`` or
            ``record`` (of a batch). An exception may interrupt all but the last; the state is then that of the last
            complete step.

    Raises:
        InputError: Anything that :func:`mlcl_core.engine.check.check_config` refuses.
    """

    def __init__(
        self,
        config: TrainConfig,
        checkpoint: Checkpoint | None = None,
        data: MultiLabelData | None = None,
        *,
        cache: Cache | None = None,
        on_progress: OnProgress | None = None,
        interruptible: Callable[[str], AbstractContextManager[None]] | None = None,
    ):
        """Build data, network, loss and optimiser; nothing is trained yet."""
        self.on_progress: OnProgress = on_progress or (lambda done, of, what: None)
        self.interruptible = interruptible or (lambda work: nullcontext())
        self.on_progress(0, 3, "starting: loading the data")
        if config.training.threads:
            torch.set_num_threads(config.training.threads)
        with while_reading(lambda reading: self.on_progress(0, 3, f"starting: reading {reading}")):
            self.data = check_config(config, data)
        compute = choose_compute(config)
        self.device, self.group, self.slow = compute.device, compute.group, compute.slow
        loss = fitted(training_loss(config.loss), self.data)
        refuse_other_data(self.group, self.data, self.device)
        self.data = prepare(config, self.data, self.device, cache=cache, on_progress=on_progress, half=compute.half)
        self.on_progress(1, 3, "starting: building the network")
        with memory_told(self.device, "while it built the network", smaller_start(config)):
            self.stepper = TrainingStep(config, self.data, loss, compute)
        self.network, self.optimiser = self.stepper.network, self.stepper.optimiser
        self.on_progress(2, 3, "starting: looking at the labels")
        self.watch = WatchedMetrics(self.data, config.watch.items, config.data.seed, contrastive_part(loss))
        self.train_ids = self.data.indices("train")
        self.steering = Steering(config, loss, self.data, self.group.size)
        self.course = self.steering.course
        self.seconds = 0.0
        # changes that the other processes have not heard of
        self._unsent: list[dict[str, Any]] = []
        self._in_step = False
        self._unchecked: deque[StepDone] = deque()
        self._ahead = STEPS_AHEAD if self.device.type == "cuda" else 0
        self.pending_events: list[Event] = []
        self.resumed = checkpoint is not None
        if checkpoint is not None:
            self._restore(checkpoint)

    def _restore(self, checkpoint: Checkpoint) -> None:
        unpack(checkpoint, self.stepper.modules, self.optimiser)
        values = checkpoint.values
        self.seconds = values["seconds"]
        self.steering.restore(values["step"], values["settings"], values.get("epoch"))
        self.watch = self.watch.under(contrastive_part(self.loss))

    # ---- between two events

    @property
    def step(self) -> int:
        """Training steps done."""
        return self.course.step

    @property
    def total(self) -> int:
        """Steps of the whole training; another batch size changes their number."""
        return self.course.total

    @property
    def config(self) -> TrainConfig:
        """The configuration in force."""
        return self.steering.config

    @property
    def loss(self) -> Loss:
        """The loss in force."""
        return self.steering.loss

    @property
    def settings(self) -> dict[str, Any]:
        """The live settings in force."""
        return live_values(self.config)

    def change(self, settings: Mapping[str, Any]) -> Change:
        """Change live settings, each from the next step or from the next epoch on.

        Raises:
            InputError: As :meth:`changed`; nothing is changed then.
        """
        return self.take(self.changed(settings))

    def take(self, change: Change) -> Change:
        """Put in force what :meth:`changed` gave."""
        self.steering.take(change)
        if change.settings.keys() & {"loss.rule", "loss.rule_params"}:
            self.watch = self.watch.under(contrastive_part(change.loss))
        if self.group.size > 1 and self.group.rank == 0:
            self._unsent.append(change.settings)
        return change

    def changed(self, settings: Mapping[str, Any]) -> Change:
        """What :meth:`change` would put in force.

        Raises:
            InputError: A setting that cannot change while it trains, or a change that this run cannot take.
        """
        return self.steering.changed(settings)

    def checkpoint(self) -> Checkpoint:
        """The complete state: training continued from it equals uninterrupted training, bit for bit on one thread.

        Raises:
            RunFailed: The loss of a step became NaN or infinite.
        """
        return self.checkpoint_later().take()

    def checkpoint_later(self) -> Later[Checkpoint]:
        """As :meth:`checkpoint`, not waited for."""
        values = {
            "step": self.step,
            "settings": self.steering.changed_since_the_start,
            "epoch": self.steering.state(),
            "seconds": self.seconds,
        }
        return self._checked_first(pack(values, self.stepper.modules, self.optimiser))

    def batch_taken(self) -> BatchTaken | None:
        """Record of the batch just trained on; None before the first step or when the loss has no pairs.

        Raises:
            RunFailed: The loss of a step became NaN or infinite.
        """
        later = self.batch_later()
        return None if later is None else later.take()

    def batch_later(self) -> Later[BatchTaken] | None:
        """As :meth:`batch_taken`, not waited for."""
        batch = self.stepper.last
        part = None if batch is None else explainable_part(batch.loss)
        if batch is None or part is None:
            return None
        return self._checked_first(batch_record(batch, part, self.step, self._pictures(batch)))

    def _checked_first(self, later: Later[Whole]) -> Later[Whole]:
        """The same, but the losses of all steps so far are looked at before."""
        steps = tuple(self._unchecked)

        def take() -> Whole:
            for done in steps:
                _ = done.loss
            return later.take()

        return replace(later, take=take)

    def _pictures(self, batch: TrainedBatch) -> tuple[Tensor, Tensor] | None:
        """The views of a batch as pictures, one a column; entries of the queue as the item they were made of."""
        if self.data.kind != "picture" or max(self.data.tensor.shape[-2:]) > MAX_PICTURE_SIDE:
            return None
        # computed again for the whole batch: this process may have encoded a slice only
        items = self.stepper.items
        views = items.views(items.batch(batch.items, batch.step, slice(None), self.config), self.config)
        pictures = ((1 - views.clamp(0, 1)) * 255).to(torch.uint8)
        return pictures, self.data.tensor[batch.ids[len(pictures) :]]

    # ---- training

    def events(self, *, first_frame: bool | None = None, later: bool = False) -> Iterator[Event]:
        """Train to the end. Events of a step, in order: batch, frame, end of the epoch, StepDone, checkpoint due.

        Args:
            first_frame: Whether a frame is taken before the first step; None: in a new training only.
            later: Give frames and batches as :class:`mlcl_core.engine.events.Later`: training need not wait for them.
        """
        config = self.config
        title = device_title(self.device, torch.get_num_threads(), self.group.size)
        yield Started(self.step, self.total, title, len(self.train_ids), self.slow)
        if first_frame if first_frame is not None else not self.resumed:
            yield from self._observed("frame", self.frame_later, later)
        if not self.resumed:
            yield CheckpointDue(0)
        for epoch, done in self.steps():
            # before StepDone, after which a run may stop: a run resumed there would never report the end of the epoch
            self.pending_events = [] if self.course.position else [EpochDone(self.step, epoch + 1)]
            self.pending_events.append(done)
            if self.step % config.watch.batch_every == 0 or self.step == 1:
                yield from self._observed("record", self.batch_later, later)
            if frame_due(self.step, self.total, config.watch.frame_every):
                yield from self._observed("frame", self.frame_later, later)
            while self.pending_events:
                yield self.pending_events.pop(0)
            if checkpoint_due(self.step, self.total, config.watch.checkpoint_every):
                yield CheckpointDue(self.step)
        yield FittingProbe(self.step)
        with self.interruptible("probe"):
            finished = self.finished()
        yield finished

    def _observed(self, work: str, observe: Callable[[], Later | None], later: bool) -> Iterator[Event]:
        with self.interruptible(work):
            found = observe()
            event = found if later or found is None else found.take()
        if event is not None:
            yield event

    def follow(self) -> None:
        """Train without events, as the processes of rank 1 and above do.

        Returns after the last step, or after the process of rank 0 has called :meth:`leave`.
        """
        for _ in self.steps():
            pass

    def leave(self) -> None:
        """End the training of the other processes before its last step; for the process of rank 0."""
        # within a step the others wait for another collective operation, which fails when this process ends
        if self.group.rank == 0 and self.step < self.total and not self._in_step:
            with suppress(RunFailed):
                self._sync_step(go_on=False)

    def steps(self) -> Iterator[tuple[int, StepDone]]:
        """Train to the end, one step at a time, without frames, batches, checkpoints and probe.

        Yields:
            The epoch, counted from 0, and the step just done.

        Raises:
            RunFailed: The loss became NaN or infinite, or another process has ended.
        """
        with closing(Dealer(self.course, ahead=partial(core_left, self.device))) as dealer:
            while self.step < self.total:
                with self.interruptible("batch"):
                    dealer.batch()
                if not self._sync_step(go_on=True):
                    return
                # dealt again only where rank 0 has told of a change meanwhile
                epoch, ids = self.course.epoch, dealer.batch()
                yield epoch, self.train_step(ids)
        self._check_losses()

    def _sync_step(self, *, go_on: bool) -> bool:
        """Tell the other processes before each step whether there is one, and what was changed; they take it over."""
        if self.group.size == 1:
            return go_on
        told = json.dumps(self._unsent).encode() if self._unsent else b""
        going, size = self.group.broadcast(torch.tensor([float(go_on), len(told)], dtype=torch.float64)).tolist()
        if size:
            # a buffer that may be written to, as torch asks for
            sent = bytearray(told) if told else bytearray(int(size))
            told = bytes(self.group.broadcast(torch.frombuffer(sent, dtype=torch.uint8)).tolist())
            self._unsent = []
            if self.group.rank:
                for settings in json.loads(told):
                    self.change(settings)
        return bool(going)

    def frame_taken(self) -> FrameTaken:
        """Embeddings and metrics of the watched items now.

        Raises:
            RunFailed: The loss of a step became NaN or infinite.
        """
        return self.frame_later().take()

    def frame_later(self) -> Later[FrameTaken]:
        """As :meth:`frame_taken`, not waited for; on the CPU, whose cores train, it is whole at once."""
        step, loss, settings, watch = self.step, self.loss, self.settings, self.watch
        report = partial(self._report, f"training: the frame of step {step:,}")
        parts = encoded(self.network, self.data, watch.ids, self.device, on_progress=report)

        def take() -> FrameTaken:
            seen = on_host(parts)
            metrics = watch.measure(loss, seen)
            return FrameTaken(step, watch.ids, seen.z, seen.h, metrics, settings, seen.prototypes)

        later = self._checked_first(Later(step, FrameTaken, sum(part.nbytes for part in parts), take))
        if goes_on(self.device):
            return later
        taken = later.take()
        return replace(later, take=lambda: taken)

    def finished(self) -> Finished:
        """Fit the linear probe on the trained and on the untrained encoder, and on the items as given."""
        on_progress = partial(self._report, "probing: trained")
        test, probe = evaluate(self.network, self.data, self.device, on_progress=on_progress)
        fresh = build_network(self.config, self.data, self.loss).to(self.device)
        on_progress = partial(self._report, "probing: untrained")
        untrained, _ = evaluate(fresh, self.data, self.device, on_progress=on_progress)
        on_progress = partial(self._report, "probing: items as given")
        items = probe_items(self.data, self.device, on_progress=on_progress)
        doubts, why = split_doubts(self.data), why_no_items(self.data)
        return Finished(self.step, test, untrained, probe, doubts, items, why)

    def _report(self, what: str, done: int, of: int) -> None:
        self.on_progress(done, of, what)

    def train_step(self, ids: Tensor) -> StepDone:
        """Train on one batch of items; a GPU may still be at work on it, and on the few steps before, afterwards.

        Raises:
            RunFailed: The loss of one of the last steps became NaN or infinite, memory ran out, or another process has
                ended.
        """
        clock, self._in_step = StepClock(self.device), True
        self.steering.begin_step()
        rate = learning_rate(*self.course.as_even, self.config.optimiser)
        lower = f"{smaller_step(self.config)}; {self.steering.without_larger_batches}the last checkpoint stands"
        with memory_told(self.device, f"at step {self.step + 1:,}", lower):
            loss, slow = self.stepper(ids, self.step, self.config, self.loss, rate)
        self.course.end_step()
        left = self.total, self.course.items_left
        done = StepDone(self.step, clock.stop(loss), rate, len(ids), (*self.slow, *slow), *left)
        self._unchecked.append(done)
        self._check_losses(leave=self._ahead)
        self._in_step = False
        return done

    def _check_losses(self, leave: int = 0) -> None:
        """Wait for the losses of the steps so far, except the last ``leave``.

        Raises:
            RunFailed: One became NaN or infinite.
        """
        while len(self._unchecked) > leave:
            _ = self._unchecked[0].loss
            self._unchecked.popleft()


def train(config: TrainConfig) -> Iterator[Event]:
    """Train a configuration from the beginning; yields events, writes no files, starts no processes.

    Raises:
        InputError: The configuration or its data is refused; nothing is trained.
        RunFailed: The loss became NaN or infinite.
    """
    return Trainer(config).events()
