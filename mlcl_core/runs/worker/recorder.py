"""Events of a training, written into its run directory: lines of events.jsonl, frames, batches, checkpoints.

torch is imported on first use: the worker writes its first heartbeat before its libraries are loaded.
"""

from functools import cached_property
from time import time
from typing import Any

from mlcl_core.runs.files import append_line, sync
from mlcl_core.runs.run import Run


class Recorder:
    """Writes one run.

    Attributes:
        frame_steps: Steps that have a frame.
        marked_steps: Steps with an alarm or a change of settings: their frames are never dropped.
        batch_step: Step of the last recorded batch; None: there is none yet.
        checkpoint_step: Step of the last checkpoint of this worker; None: there is none yet.
    """

    def __init__(self, run: Run):
        """Take the run; nothing is written yet."""
        self.run = run
        self.frame_steps: set[int] = set()
        self.marked_steps: set[int] = set()
        self.batch_step: int | None = None
        self.checkpoint_step: int | None = None
        self._events_path = run.path / "events.jsonl"

    @cached_property
    def alarms(self) -> Any:
        """Alarms that the metrics of frames raise (:class:`mlcl_core.engine.alarms.Alarms`)."""
        from mlcl_core.engine.alarms import Alarms

        return Alarms()

    def log_event(self, event: str, step: int, **values: Any) -> None:
        """Append a line to events.jsonl, with the time."""
        append_line(self._events_path, {"event": event, "step": step, "at": time(), **values})

    def replay_alarms(self) -> None:
        """Feed the recorded frames to the alarms, so that a resumed run raises those of an uninterrupted one."""
        for line in self.run.events("frame"):
            self.alarms.ring(line.get("step", 0), line.get("metrics") or {})
            self.frame_steps.add(line.get("step", -1))

    def write_watched_items(self, trainer: Any) -> None:
        """Write the watched items, where they are not written yet."""
        from mlcl_core.runs import write

        path = self.run.path / "probe.parquet"
        if not path.exists():
            write.write_watched_items(path, trainer.data, trainer.watch.ids)

    def record(self, event: Any, trainer: Any) -> None:
        """Record what a step yields beside its numbers: a frame, a batch, a checkpoint or the end of an epoch."""
        from mlcl_core.engine import events

        if isinstance(event, events.FrameTaken):
            self._write_frame(event)
        elif isinstance(event, events.BatchTaken):
            self._write_batch(event)
        elif isinstance(event, events.CheckpointDue):
            self.write_checkpoint(trainer.checkpoint())
        elif isinstance(event, events.EpochDone):
            self.log_event("epoch", event.step, epoch=event.epoch)

    def record_step(self, event: Any, rate: float) -> None:
        """Record the numbers of a step and its items a second."""
        self.log_event(
            "step",
            event.step,
            loss=event.loss,
            learning_rate=event.learning_rate,
            seconds=round(event.seconds, 5),
            items_per_second=round(rate, 2),
        )

    def _write_frame(self, frame: Any) -> None:
        """Write a frame and its line, raise alarms, and drop older frames beyond the disk budget."""
        from mlcl_core.runs import write

        folder = self.run.path / "frames"
        write.write_frame(folder, frame)
        self.frame_steps.add(frame.step)
        self.log_event("frame", frame.step, metrics=frame.metrics, settings=frame.settings)
        for text in self.alarms.ring(frame.step, frame.metrics):
            self.log_event("alarm", frame.step, text=text)
            self.marked_steps.add(frame.step)
        write.thin_frames(folder, self.run.config().watch.disk_mb * 2**20, self.marked_steps)

    def _write_batch(self, batch: Any) -> None:
        """Write the batch just trained on."""
        from mlcl_core.runs import write

        self.batch_step = batch.step
        write.write_batch(self.run.path / "batches", batch)

    def write_checkpoint(self, checkpoint: Any) -> None:
        """Write a checkpoint, then its line; checkpoint and all earlier lines survive a power loss."""
        from mlcl_core.runs import write

        if self._events_path.exists():
            sync(self._events_path)  # a checkpoint beyond the last line would count as one of an earlier run
        write.write_checkpoint(self.run.path / "checkpoints", checkpoint)
        self.checkpoint_step = checkpoint.step
        self.log_event("checkpoint", checkpoint.step)
