"""The worker of a run: trains, records every event, and acts on requests between two steps.

Order of writes within a step: batch, frame, the frame's line, the epoch's, the step's, acknowledgements, checkpoint.
They are written in that order, by a thread of their own where a core is left for it
(:mod:`mlcl_core.runs.worker.writer`). A run whose worker is killed between any two of them continues from its last
complete checkpoint as if it had never stopped.

Stop and SIGTERM take effect in every phase: between two steps, and by an exception that interrupts all work except a
step and a write (:mod:`mlcl_core.runs.worker.interrupts`). A step that is done is recorded, with its frame and batch.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from time import monotonic, sleep
from typing import Any

from mlcl_core.errors import InputError
from mlcl_core.runs.control import ACTIONS
from mlcl_core.runs.files import read_lines
from mlcl_core.runs.queue import wait_for_device
from mlcl_core.runs.ranks import world_size
from mlcl_core.runs.records import FINISHED, PAUSED, QUEUED, RUNNING, STOPPED
from mlcl_core.runs.run import Run
from mlcl_core.runs.worker.changes import Changes
from mlcl_core.runs.worker.heartbeat import Heartbeat
from mlcl_core.runs.worker.inbox import Inbox
from mlcl_core.runs.worker.inputs import read_inputs
from mlcl_core.runs.worker.interrupts import Interrupts
from mlcl_core.runs.worker.journal import Journal
from mlcl_core.runs.worker.libraries import load_for_probe, open_device

POLL_SECONDS = 0.1
# Each try for the device reads the status of every run.
QUEUE_SECONDS = 0.5
# An exception that was lost (in a destructor, for example) is raised again after this.
RAISE_AGAIN_SECONDS = 1.0
# A stop that is not effective after this shows in the phase.
NATIVE_SECONDS = 0.5
# Where the seconds of the trainer's work count (:mod:`mlcl_core.runs.worker.parts`).
PARTS = {"frame": "frames", "record": "records", "batch": "steps", "probe": "probe"}


class StopRequested(Exception):
    """A request or SIGTERM asks for the orderly end of the run."""


class Worker:
    """Drives one trainer.

    Attributes:
        paused: Whether training stands still between two steps.
        one_step: Whether a paused run trains on one batch and pauses again.
        ending: Whether a stop has been caught; further ones no longer interrupt.
    """

    def __init__(self, run: Run):
        """Take the run; nothing is written yet."""
        status = run.written_status()
        self.run = run
        self.heart = Heartbeat(run.path / "status.json", status)
        self.interrupts = Interrupts(self._poll)
        self.inbox = Inbox(run, status.asked)
        self.journal = Journal(run, self.heart)
        self.recorder, self.progress, self.parts = self.journal.recorder, self.journal.progress, self.journal.parts
        self.changes = Changes(self.journal, self.inbox)
        self.trainer: Any = None
        self.paused = self.one_step = self.ending = False
        # whether to stop after the frame under way, and whether to stop without it
        self._stopping = self._without_frame = False
        self._raised = self._stop_since = 0.0
        self._exit_lock = Lock()
        self._attends_mappers = False
        self._probe_loaded: Callable[[], None] = lambda: None

    @property
    def step(self) -> int:
        """Steps done; while the run waits or loads, the steps of an earlier worker."""
        return self.heart.status.step if self.trainer is None else self.trainer.step

    # ---- the life of a run

    def work(self) -> str:
        """Wait for the device and train to the end; returns the state in which the run ended.

        Raises:
            StopRequested: The run is to end before its last step.
        """
        self.heart.set(state=QUEUED, phase="starting")
        from mlcl_core.engine.device import choose_device

        config = self.run.config()
        device = choose_device(config.training.device).type
        self.heart.set(device=device)
        self.parts.begin("queued")
        for before in wait_for_device(self.run.path.parent.parent, self.run, device):
            if before is None:
                break
            self.heart.set(write=before != self.heart.status.waiting_for, waiting_for=before)
            self._interrupt()
            sleep(QUEUE_SECONDS)
        self.parts.begin("starting")
        self.heart.set(state=RUNNING, waiting_for=None)
        from mlcl_core.runs.launch import spawn_mapper

        with suppress(OSError):  # training goes on where memory is short; maps can be drawn later
            spawn_mapper(self.run)
            self._attends_mappers = True
        return self._train(config, device)

    def _train(self, config: Any, device: str) -> str:
        import torch

        from mlcl_core.engine import Trainer
        from mlcl_core.engine.device import core_left, memory_mb
        from mlcl_core.runs.feature_cache import FeatureCache

        opened = open_device(device)
        checkpoint, data, notice = read_inputs(self.run, self._on_progress)
        opened()
        # torch seeds each process at random; a checkpoint restores its own state afterwards
        torch.manual_seed(config.seed)
        trainer = Trainer(
            config,
            checkpoint,
            data,
            cache=FeatureCache(self.run.path.parent.parent),
            on_progress=self._on_progress,
            interruptible=self._interruptible,
        )
        del data  # the trainer may hold it in another form
        self.trainer = trainer
        self.heart.memory = lambda: memory_mb(trainer.device)
        resumed = (self.run.path / "events.jsonl").exists()
        first_frame = self._resume(-1 if checkpoint is None else checkpoint.step, notice) if resumed else None
        self.recorder.write_watched_items(trainer)
        if core_left(trainer.device):
            self.recorder.writer.start()
        self.journal.tracking.start(config)
        self._probe_loaded = load_for_probe(trainer.device)
        try:
            self._record_all(trainer.events(first_frame=first_frame, later=True))
            self.recorder.writer.flush()
        finally:
            trainer.leave()
            self._probe_loaded()
        return FINISHED

    def _resume(self, step: int, notice: str | None) -> bool:
        """Continue the records of an earlier worker; returns whether the frame of the present step is missing."""
        from mlcl_core.engine.schedule import frame_due

        lines = read_lines(self.run.path / "events.jsonl")
        self.recorder.resume(step, notice)
        if notice is not None:  # else the one of the launch stands
            self.heart.set(notice=notice)
        self.changes.resume(self.trainer, lines)
        trainer = self.trainer
        due = frame_due(trainer.step, trainer.total, self.run.config().watch.frame_every)
        return due and trainer.step not in self.recorder.frame_steps

    def _on_progress(self, done: int, total: int, phase: str) -> None:
        with self.interrupts.blocked():
            self.progress.report(done, total, phase)
        if self.trainer is None:
            self._interrupt()

    def _record_all(self, events: Iterator[Any]) -> None:
        from mlcl_core.engine.events import StepDone

        for event in events:
            self.journal.note(event, self.trainer)
            if isinstance(event, StepDone):
                self._between_steps(event.step)

    # ---- interruption at any moment

    def _poll(self) -> bool:
        """Whether a stop is requested; called five times a second in a thread, which also starts mappers again."""
        if self._attends_mappers:
            from mlcl_core.runs.launch import attend

            with suppress(OSError, InputError):
                attend(self.run)
        if self.ending or not (self.interrupts.terminated or self.inbox.stops()):
            self._stop_since = 0.0
            return False
        now = monotonic()
        self._stop_since = self._stop_since or now
        if self.trainer is None and world_size() == 1:
            self._exit_now()
        late = now - self._stop_since > NATIVE_SECONDS and not self.ending
        if late and not (self.heart.status.phase or "").startswith("stopping"):
            self.heart.set(phase="stopping: as soon as what is under way is done")
        return True

    def _exit_now(self) -> None:
        """End the process from the polling thread while the main thread loads.

        Nothing is trained yet and no file of the run is open. Libraries that load cannot be interrupted, or break when
        they are; waiting for them would delay a stop for as long as a file takes to load.
        """
        if not self._exit_lock.acquire(blocking=False):
            return
        self._acknowledge_stops()
        self.end(STOPPED, None)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(0)

    @contextmanager
    def _interruptible(self, work: str) -> Iterator[None]:
        """Context of the trainer's work that a stop interrupts: all except the step itself and the record of a batch,
        which would be missing.
        """
        if work == "probe":
            self._probe_loaded()
        with self.parts.of(PARTS[work]):
            if work == "record":
                yield
                return
            with self.interrupts.allowed(self._interrupt_frame if work == "frame" else self._interrupt):
                yield

    def _interrupt(self) -> None:
        """Interrupt loading, the preparation of a batch, or the probe."""
        if self.interrupts.terminated or self.inbox.stops():
            self._raise_stop()

    def _interrupt_frame(self) -> None:
        """Acknowledge a stop and finish this frame; SIGTERM or a second stop does not wait for it."""
        stops = self.inbox.stops()
        if self.interrupts.terminated or (stops and self._stopping):
            self._without_frame = True
            self._raise_stop()
        elif stops:
            self._acknowledge_stops()
            self._stopping = True
            self.heart.set(phase="stopping: the frame of this step")

    def _raise_stop(self) -> None:
        now = monotonic()
        if not self.ending and now - self._raised > RAISE_AGAIN_SECONDS:
            self._raised = now
            raise StopRequested

    # ---- between two steps

    def _between_steps(self, step: int) -> None:
        """Replay interventions, then act on requests; wait here while the run is paused."""
        self.changes.repeat(self.trainer)
        if self._stopping:
            raise StopRequested
        if self.one_step:
            self.paused, self.one_step = True, False
        self._read_requests()
        if self.paused:
            self._record_standstill()
            self.recorder.writer.flush()
            self.heart.set(state=PAUSED, phase="training")
            with self.parts.of("paused"):
                while self.paused and not self.one_step:
                    sleep(POLL_SECONDS)
                    self._read_requests()
            self.heart.set(state=RUNNING)
            self.progress.restart_clock()
        self.changes.end(self.trainer)

    def _read_requests(self) -> None:
        for line in self.inbox.unanswered():
            action = line["action"]
            if self.inbox.waits_for(line) > self.step:
                continue
            if action == "set":
                self.changes.make(self.trainer, line["id"], line.get("settings"))
            elif action not in ACTIONS:
                self._acknowledge(line["id"], action, result=f"refused: there are {', '.join(ACTIONS)}")
            elif self.inbox.is_stale(line):
                self._acknowledge(line["id"], action, result="ignored: asked before the run was resumed")
            elif action == "stop":
                self._acknowledge(line["id"], action)
                raise StopRequested
            elif action == "step" and not self.paused:
                self._acknowledge(line["id"], action, result="ignored: the run is not paused")
            else:
                self._acknowledge(line["id"], action)
                self.paused = action != "resume"
                self.one_step = action == "step"
                if self.one_step:
                    return
        if self.interrupts.terminated:
            raise StopRequested

    def _acknowledge(self, request: str, action: str, **more: Any) -> None:
        self.changes.acknowledge(self.step, request, action, **more)

    def _acknowledge_stops(self) -> None:
        for line in self.inbox.stops():
            self._acknowledge(line["id"], "stop")

    def _record_standstill(self) -> None:
        """Record batch and frame of the present step, where they are not recorded yet."""
        if self.recorder.batch_step != self.step:
            with self._interruptible("record"):
                batch = self.trainer.batch_later()
            if batch is not None:
                self.journal.note(batch, self.trainer)
        if self.step not in self.recorder.frame_steps:
            with self._interruptible("frame"):
                frame = self.trainer.frame_later()
            self.journal.note(frame, self.trainer)
        if self._stopping:
            raise StopRequested

    # ---- the end

    def stop(self) -> None:
        """Record the present step after :class:`StopRequested`, so that a resumed run continues from it.

        The checkpoint is written before batch and frame: after SIGTERM the process may be killed at any moment.
        """
        self.ending = True
        while not self._exit_lock.acquire(blocking=False):
            sleep(POLL_SECONDS)  # the polling thread is ending the process
        self._acknowledge_stops()
        if self.trainer is None:
            return
        for event in self.trainer.pending_events:
            self.journal.note(event, self.trainer)
        self.journal.checkpoint(self.trainer)
        if not (self._without_frame or self.interrupts.terminated):
            self.ending, self._stopping = False, True
            self.heart.set(phase="stopping: the frame of this step")
            with suppress(StopRequested):  # a second stop: without the frame
                self._record_standstill()
            self.ending = True
        self.recorder.writer.flush()

    def end(self, state: str, error: str | None) -> None:
        """Write what is recorded, the last event and the status; each is tried, also when the one before fails."""
        self.recorder.writer.close()
        self.journal.tracking.close()
        if error is not None:
            with suppress(OSError):
                print(error, file=sys.stderr, flush=True)  # noqa: T201 - log.txt
            with suppress(OSError):
                self.recorder.log_event("failed", self.step, error=error)
        elif state == STOPPED:
            with suppress(OSError):
                self.recorder.log_event("stopped", self.step)
        self.heart.end(state=state, error=error, eta=None, phase=None, waiting_for=None, ready=None)
