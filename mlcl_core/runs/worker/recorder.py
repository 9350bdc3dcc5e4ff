"""Events of a training, written into its run directory: lines of events.jsonl, frames, batches, checkpoints.

Everything is written in the order in which it is recorded, while training is under way by a thread of its own where a
core is left for it (:mod:`mlcl_core.runs.worker.writer`).

torch is imported on first use: the worker writes its first heartbeat before its libraries are loaded.
"""

from collections.abc import Callable
from functools import cached_property, partial
from time import time
from typing import Any

from mlcl_core.engine.schedule import checkpoint_spacing
from mlcl_core.runs.event_log import interventions
from mlcl_core.runs.files import append_line, sync
from mlcl_core.runs.kept_checkpoints import Kept
from mlcl_core.runs.run import Run
from mlcl_core.runs.worker.writer import Writer


class Recorder:
    """Writes one run.

    Attributes:
        frame_steps: Steps that have a frame.
        marked_steps: Steps with an alarm or a change of settings: their frames are never dropped.
        batch_step: Step of the last recorded batch; None: there is none yet.
        checkpoint_step: Step of the last checkpoint of this worker; None: there is none yet.
        total: Steps of the whole training.
        writer: Writes what is recorded.
    """

    def __init__(
        self,
        run: Run,
        writer: Writer | None = None,
        on_notice: Callable[[str], None] = lambda text: None,
        on_frame: Callable[[int, dict[str, Any]], None] = lambda step, numbers: None,
    ):
        """Take the run; nothing is written yet.

        Args:
            run: The run.
            writer: The thread that writes; None: everything is written at once.
            on_notice: Called, in the thread that writes, with what the user should know.
            on_frame: Called, in that thread, with the step of a frame, and its metrics and live settings.
        """
        self.run, self.writer = run, writer or Writer()
        self._on_notice, self._on_frame = on_notice, on_frame
        self.frame_steps: set[int] = set()
        self.marked_steps: set[int] = set()
        self.batch_step: int | None = None
        self.checkpoint_step: int | None = None
        self.total = 0
        self._kept: Kept | None = None
        self._events_path = run.path / "events.jsonl"

    @cached_property
    def alarms(self) -> Any:
        """Alarms that the metrics of frames raise (:class:`mlcl_core.engine.alarms.Alarms`)."""
        from mlcl_core.engine.alarms import Alarms

        return Alarms()

    def log_event(self, event: str, step: int, **values: Any) -> None:
        """Append a line to events.jsonl, with the time."""
        self.writer.put(partial(self._append, event, step, time(), values))

    def _append(self, event: str, step: int, at: float, values: dict[str, Any]) -> None:
        append_line(self._events_path, {"event": event, "step": step, "at": at, **values})

    def resume(self, step: int, notice: str | None) -> None:
        """Continue the records of an earlier worker from a step, with a notice for the user.

        The recorded frames are fed to the alarms, so that a resumed run raises those of an uninterrupted one.
        """
        marked = [*interventions(self.run.events("acknowledged"), after=-1), *self.run.events("alarm")]
        self.marked_steps = {line["step"] for line in marked}
        self.log_event("resumed", step, **({} if notice is None else {"notice": notice}))
        self.total = self.run.written_status().total
        for line in self.run.events("frame"):
            self.alarms.ring(line.get("step", 0), line.get("metrics") or {}, self.total)
            self.frame_steps.add(line.get("step", -1))

    def write_watched_items(self, trainer: Any) -> None:
        """Write the watched items, where they are not written yet, or were without the label counts in training."""
        from mlcl_core.runs import write
        from mlcl_core.runs.watched_items import has_trained_on

        path = self.run.path / "probe.parquet"
        if not path.exists() or not has_trained_on(path):
            write.write_watched_items(path, trainer.data, trainer.watch.ids)

    def record(self, later: Any) -> None:
        """Record a frame, a batch or a checkpoint (:class:`mlcl_core.engine.events.Later`)."""
        from mlcl_core.engine import events

        write: Callable[[Any], None]
        if later.kind is events.FrameTaken:
            self.frame_steps.add(later.step)
            write = self._write_frame
        elif later.kind is events.BatchTaken:
            self.batch_step = later.step
            write = self._write_batch
        else:
            self.checkpoint_step = later.step
            write = self._write_checkpoint
        self.writer.put(lambda: write(later.take()), nbytes=max(1, later.nbytes))

    def record_step(self, event: Any, on_numbers: Callable[[float, float], None] = lambda loss, rate: None) -> None:
        """Record the numbers of a step and its items a second.

        Args:
            event: The step (:class:`mlcl_core.engine.events.StepDone`); a GPU may still be at work on it.
            on_numbers: Called with loss and items a second once they are known, in the thread that writes.
        """
        self.writer.put(partial(self._write_step, event, time(), on_numbers))

    def keeps_checkpoint(self, step: int, total: int) -> bool:
        """Whether a checkpoint that is due is to be written: an evenly spread one unless it would be thinned."""
        kept = self._kept
        if kept is None or not step or step == total or step % self.run.config().watch.checkpoint_every == 0:
            return True
        return kept.spacing is not None and step // kept.spacing != (step - checkpoint_spacing(total)) // kept.spacing

    # ---- what the thread that writes does

    def _write_step(self, event: Any, at: float, on_numbers: Callable[[float, float], None]) -> None:
        """Write the line of a step, once its numbers are known."""
        rate = event.items / max(event.seconds, 1e-9)
        numbers = {
            "loss": event.loss,
            "learning_rate": event.learning_rate,
            "seconds": round(event.seconds, 5),
            "items_per_second": round(rate, 2),
        }
        self._append("step", event.step, at, numbers)
        on_numbers(event.loss, rate)

    def _write_frame(self, frame: Any) -> None:
        """Write a frame and its line, raise alarms, and drop older frames beyond the disk budget."""
        from mlcl_core.runs import write

        folder = self.run.path / "frames"
        write.write_frame(folder, frame)
        self._append("frame", frame.step, time(), {"metrics": frame.metrics, "settings": frame.settings})
        self._on_frame(frame.step, {**frame.metrics, **frame.settings})
        for text in self.alarms.ring(frame.step, frame.metrics, self.total):
            self._append("alarm", frame.step, time(), {"text": text})
            self.marked_steps.add(frame.step)
        write.thin_frames(folder, self.run.config().watch.disk_mb * 2**20, self.marked_steps)

    def _write_batch(self, batch: Any) -> None:
        """Write the batch just trained on."""
        from mlcl_core.runs import write

        write.write_batch(self.run.path / "batches", batch)

    def _write_checkpoint(self, checkpoint: Any) -> None:
        """Write a checkpoint, then its line, and drop older checkpoints.

        Checkpoint and all earlier lines survive a power loss.
        """
        from mlcl_core.runs import write

        if self._events_path.exists():
            sync(self._events_path)  # a checkpoint beyond the last line would count as one of an earlier run
        write.write_checkpoint(self.run.path / "checkpoints", checkpoint)
        self._append("checkpoint", checkpoint.step, time(), {})
        before = self._kept
        # a copy: the main thread adds marks
        marks, watch = self.marked_steps.copy(), self.run.config().watch
        self._kept = write.thin_checkpoints(self.run.path / "checkpoints", self.total, marks, watch)
        notice = self._kept.notice
        if notice is not None and notice != (before and before.notice):
            self._append("thinned", checkpoint.step, time(), {"text": notice})
            self._on_notice(notice)
