"""What the events of a trainer leave: records of the run, and its status."""

import sys
from contextlib import suppress
from functools import partial
from time import time
from typing import Any

from mlcl_core.runs.run import Run
from mlcl_core.runs.worker.heartbeat import Heartbeat
from mlcl_core.runs.worker.parts import Parts
from mlcl_core.runs.worker.progress import Progress
from mlcl_core.runs.worker.recorder import Recorder
from mlcl_core.runs.worker.tracking import Tracking
from mlcl_core.runs.worker.writer import Writer

KEPT = ("test", "untrained", "items", "why_no_items", "probe", "doubts")  # of the end of a training


class Journal:
    """Takes every event of a trainer.

    Attributes:
        progress: Progress in the status.
        parts: Where the seconds go.
        recorder: The records of the run.
        tracking: The tracker that gets its numbers too.
    """

    def __init__(self, run: Run, heart: Heartbeat):
        """Take the run and its status; nothing is written yet."""
        self._heart = heart
        self.progress = Progress(heart)
        self.parts = Parts(max(0.0, time() - (heart.status.started or time())))
        self.tracking = Tracking(run, self._notify)
        writer = Writer(partial(self.parts.of, "writing"), self.progress.waiting)
        self.recorder = Recorder(run, writer, self._notify, self.tracking.log)

    def note(self, event: Any, trainer: Any) -> None:
        """Take one of :mod:`mlcl_core.engine.events`, of this trainer; frames and batches as ``Later``."""
        from mlcl_core.engine import events as kinds

        if isinstance(event, kinds.Later):
            self._keep(event)
        elif isinstance(event, kinds.StepDone):
            self._step(event, trainer)
        elif isinstance(event, kinds.CheckpointDue):
            if self.recorder.keeps_checkpoint(event.step, trainer.total):
                self.checkpoint(trainer)
        elif isinstance(event, kinds.EpochDone):
            self.recorder.log_event("epoch", event.step, epoch=event.epoch)
        elif isinstance(event, kinds.Started):
            self.progress.start(event, trainer.seconds)
            self.parts.begin("steps")
            self.recorder.total = event.total
            about = {"total": event.total, "device": event.device, "slow": list(event.slow)}
            self.recorder.log_event("started", event.step, **about)
        elif isinstance(event, kinds.FittingProbe):
            self.recorder.writer.flush()
            self._heart.set(phase="probing", eta=None, ready=0.0)
        else:
            self._finished(event)

    def _keep(self, later: Any) -> None:
        self.recorder.record(later)
        self.progress.recorded()

    def checkpoint(self, trainer: Any) -> None:
        """Record a checkpoint of the present step, where there is none yet."""
        if self.recorder.checkpoint_step != trainer.step:
            self.recorder.total = trainer.total
            with self.parts.of("checkpoints"):
                self._keep(trainer.checkpoint_later())

    def _notify(self, text: str) -> None:
        """Add a sentence to the notice in the status, and to log.txt."""
        before = self._heart.status.notice
        self._heart.set(notice=text if before is None else f"{before} {text}")
        with suppress(OSError):
            print(text, file=sys.stderr, flush=True)  # noqa: T201 - log.txt

    def _step(self, event: Any, trainer: Any) -> None:
        self.recorder.record_step(event, self.progress.numbers_known)
        if list(event.slow) != self._heart.status.slow:
            self._heart.set(slow=list(event.slow))
            self.recorder.log_event("slow", event.step, reasons=event.slow)
        self.progress.step_done(event)
        trainer.seconds = self.progress.seconds

    def _finished(self, event: Any) -> None:
        seconds = self.progress.finish()
        scores = {name: getattr(event, name) for name in KEPT}
        about = {"seconds": round(seconds, 2), "parts": self.parts.so_far()}
        self.recorder.log_event("finished", event.step, **about, **scores)
        of_encoders = {"test": event.test, "untrained": event.untrained}
        self.tracking.log(
            event.step, {f"{of}/{name}": value for of, found in of_encoders.items() for name, value in found.items()}
        )


__all__ = ["Journal"]
