"""Progress of a run in its status: the phase and how much of it is done, speed, loss, seconds left."""

from time import monotonic, time
from typing import Any

from mlcl_core.runs.worker.heartbeat import Heartbeat

# Progress within a phase is written at most this often, and of a frame only when it takes longer.
REPORT_SECONDS = 1.0
SMOOTHING = 0.9  # of the speed: about the last 20 steps


class Progress:
    """Turns reports of a trainer into changes of the status."""

    def __init__(self, heart: Heartbeat):
        """Take the heartbeat that writes the status."""
        self._heart = heart
        self._speed: float | None = None
        # steps and seconds of this process, without pauses: seconds left follow from its own pace
        self._earlier, self._active, self._mark = 0.0, 0.0, monotonic()
        # since batches have their present size: seconds before, items since, and those of a batch
        self._pace_since, self._items, self._batch = 0.0, 0, 0
        # the phase under way beside training, since when, and how much of it was done then
        self._phase: tuple[str, float, int] | None = None
        self._reported = 0.0

    @property
    def seconds(self) -> float:
        """Seconds trained, those before a resume included, pauses excluded."""
        return self._earlier + self._active

    def start(self, event: Any, seconds: float) -> None:
        """Training starts (:class:`mlcl_core.engine.events.Started`), with the seconds trained before."""
        self._earlier, self._mark = seconds, monotonic()
        self._heart.set(
            step=event.step,
            total=event.total,
            device=event.device,
            phase="training",
            ready=None,
            slow=list(event.slow),
        )

    def restart_clock(self) -> None:
        """Leave out the time since the last step: a pause."""
        self._mark = monotonic()

    def finish(self) -> float:
        """Training and probe are done; returns the seconds they took."""
        self._count_time()
        self._heart.set(write=False, seconds=self.seconds)
        return self.seconds

    def report(self, done: int, total: int, phase: str) -> None:
        """Report how much of a phase is done; a phase of training (its frame) only when it takes long."""
        now = monotonic()
        if self._phase is None or self._phase[0] != phase:
            self._phase = (phase, now, done)
        _, since, before = self._phase
        changes: dict[str, Any] = {}
        # what stands before the colon names the phase
        text = f"{phase}{', ' if ':' in phase else ': '}{done:,} of {total:,}"
        if phase.startswith("starting"):
            text, changes = f"{phase} (step {done + 1} of {total})", {"ready": done / total}
        elif not phase.startswith("training"):
            changes["eta"] = (now - since) * (total - done) / (done - before) if done > before else None
            changes["ready"] = done / total
        elif now - since < REPORT_SECONDS:
            return
        due = now - self._reported >= REPORT_SECONDS or done == total or not done
        self._heart.set(write=due, phase=text, **changes)
        if due:
            self._reported = now

    def recorded(self) -> None:
        """Return from the phase of a frame to training: what was computed is recorded."""
        if (self._heart.status.phase or "").startswith("training:"):
            self._heart.set(write=False, phase="training")
        self._phase = None

    def step_done(self, event: Any) -> None:
        """Count a step (:class:`mlcl_core.engine.events.StepDone`), whose numbers may not be known yet."""
        if event.items != self._batch:
            self._pace_since, self._items, self._batch = self._active, 0, event.items
        self._count_time()
        self._items += event.items
        self._heart.set(
            write=False,
            step=event.step,
            total=event.total,
            last_step=time(),
            seconds=self.seconds,
            eta=self._seconds_for(event.items_left),
        )

    def changed(self, total: int, items_left: int) -> None:
        """Show the number of steps, and the seconds left, after a change of settings."""
        self._heart.set(total=total, eta=self._seconds_for(items_left) if self._items else self._heart.status.eta)

    def _seconds_for(self, items: int) -> float:
        return (self._active - self._pace_since) / self._items * items

    def _count_time(self) -> None:
        now = monotonic()
        self._active, self._mark = self._active + now - self._mark, now

    def numbers_known(self, loss: float, rate: float) -> None:
        """Show the loss of a step and its items a second; for the thread that writes."""
        self._speed = rate if self._speed is None else SMOOTHING * self._speed + (1 - SMOOTHING) * rate
        self._heart.set(write=False, loss=loss, items_per_second=round(self._speed, 2))

    def waiting(self) -> None:
        """Show that training waits until the records of earlier steps are written."""
        self._heart.set(phase="training: waiting until the records are written")
