"""The process that trains: ``python -m mlcl_core.runs.worker RUN_DIR``; closing a dashboard leaves it alone.

With ``-`` for the directory it loads its libraries, and takes the directory from standard input once that is closed.

Order of writes within a step: batch, frame, the frame's line, the epoch's, the step's, acknowledgements, checkpoint.
A worker that is killed between any two of them goes on from its last whole checkpoint as if it had never stopped.

Stop and SIGTERM are heard in every phase: between two steps, and by an exception that breaks into what is neither a
step nor a write (:mod:`mlcl_core.runs.ear`). What is done of a step is told and kept, and the frame and batch of that
step are left behind.
"""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread
from time import monotonic, sleep, time
from typing import Any

from mlcl_core.errors import InputError, RunFailed
from mlcl_core.runs.control import ACTIONS
from mlcl_core.runs.ear import Ear
from mlcl_core.runs.files import append_line, read_lines, remove_leftovers, whole_objects
from mlcl_core.runs.heartbeat import Heartbeat
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.queue import turn
from mlcl_core.runs.records import FAILED, FINISHED, PAUSED, QUEUED, RUNNING, STOPPED
from mlcl_core.runs.run import Run

POLL_SECONDS = 0.1
# Each look at the queue reads the status of every run.
QUEUE_SECONDS = 0.5
SAY_SECONDS = 1.0
# A mapper that was killed is missed within this.
MAPPER_SECONDS = 2.0
# An exception that got lost (in a destructor, for one) is raised again after this.
AGAIN_SECONDS = 1.0
# What takes longer than this after a stop is said to be finished first.
NATIVE_SECONDS = 0.5
LONGEST_ERROR = 500
# For a worker that is just ending.
LOCK_SECONDS = 3.0
# Smoothing of speed and loss in the status: about the last 20 steps.
MEMORY = 0.9


class StopAsked(Exception):
    """The user (or the system, by SIGTERM) wants this run to end now, in good order."""


class Worker:
    """Drives one trainer: writes what it tells, reads what is asked, acknowledges at a step."""

    def __init__(self, run: Run):
        """Take the run; nothing is written yet."""
        self.run = run
        self.heart = Heartbeat(run.path / "status.json", run.written_status())
        self.ear = Ear(self._look_around)
        self.events_path = run.path / "events.jsonl"
        self.answered = {
            line.get("request") for line in read_lines(self.events_path) if line.get("event") == "acknowledged"
        }
        self.replay: list[dict[str, Any]] = []
        self.paused = self.one_step = False
        self.trainer: Any = None
        self.alarms: Any = None
        self.speed: float | None = None
        # steps and seconds of this process, pauses left out: what is left is told from its own pace
        self.first_step, self.earlier, self.active, self.mark = 0, 0.0, 0.0, monotonic()
        self.marked: set[int] = set()
        # steps of which there is a frame; the last ones of which there are a checkpoint and a batch
        self.seen: set[int] = set()
        self.kept: int | None = None
        self.batched: int | None = None
        # what is under way beside training, since when, and how much of it was done then; when it was last told
        self.doing: tuple[str, float, int] | None = None
        self.said = 0.0
        self.read_bytes = -1
        # stopping: once the frame that is being taken is there; hurried: without it; broken: when the exception was
        # raised; ending: it has been caught
        self.stopping = self.hurried = self.ending = False
        self.broken = self.asked_since = 0.0
        self.leaving = Lock()
        self.mappers = False
        self.looked = monotonic()
        # what stood in the file when the run was launched (again) was asked of a worker that is no more; by its place,
        # because a clock may be set back
        self.stale = {line.get("id") for line in self._asked_before(run.written_status().asked)}

    def _asked_before(self, size: int) -> list[dict[str, Any]]:
        try:
            with (self.run.path / "requests.jsonl").open("rb") as file:
                return whole_objects(file.read(size))
        except FileNotFoundError:
            return []

    # ---- the life of a run

    def work(self) -> str:
        """Wait for the device, train to the end, and give the state in which it ended."""
        self.heart.set(state=QUEUED, phase="starting")
        from mlcl_core.engine.device import choose_device

        config = self.run.config()
        device = choose_device(config.training.device).type
        self.heart.set(device=device)
        for before in turn(self.run.path.parent.parent, self.run, device):
            if before is None:
                break
            self.heart.set(write=before != self.heart.status.waiting_for, waiting_for=before)
            self._stop_if_asked()
            sleep(QUEUE_SECONDS)
        self.heart.set(state=RUNNING, waiting_for=None)
        from mlcl_core.runs.launch import spawn_mapper

        with suppress(OSError):  # maps can be drawn later; a machine short of memory should train
            spawn_mapper(self.run)
            self.mappers = True
        return self._train(config)

    def _train(self, config: Any) -> str:
        import torch

        from mlcl_core.engine import Trainer
        from mlcl_core.engine.alarms import Alarms
        from mlcl_core.engine.device import memory_mb
        from mlcl_core.engine.schedule import frame_due
        from mlcl_core.runs import write
        from mlcl_core.runs.feature_cache import FeatureCache

        folder = self.run.path
        remove_leftovers(folder)
        self.heart.set(phase="starting: looking for a checkpoint")
        checkpoint, notice = write.read_checkpoint(self.run)
        # torch starts each process at a random seed of its own; a checkpoint puts its own state back
        torch.manual_seed(config.seed)
        cache = FeatureCache(folder.parent.parent)
        trainer = Trainer(
            config, checkpoint, cache=cache, on_progress=self._progress, interruptible=self._interruptible
        )
        self.trainer = trainer
        self.heart.memory = lambda: memory_mb(trainer.device)
        self.alarms = Alarms()
        look = None
        if self.events_path.exists():
            step = -1 if checkpoint is None else checkpoint.step
            self.replay = interventions(read_lines(self.events_path), after=step)
            self.marked = {line["step"] for line in interventions(self.run.events("acknowledged"), after=-1)}
            self.marked |= {line["step"] for line in self.run.events("alarm")}
            self.tell("resumed", step, **({} if notice is None else {"notice": notice}))
            self.heart.set(notice=notice)
            self._hear_again()
            # one that a hurried end has left out
            look = trainer.step not in self.seen and frame_due(trainer.step, trainer.total, config.watch.frame_every)
        if not (folder / "probe.parquet").exists():
            write.write_watched_items(folder / "probe.parquet", trainer.data, trainer.watch.ids)
        try:
            self._tell_all(trainer.events(first_frame=look))
        finally:
            trainer.leave()
        return FINISHED

    def _hear_again(self) -> None:
        """Let the alarms hear the frames before the checkpoint: they ring as in an uninterrupted run."""
        for line in self.run.events("frame"):
            self.alarms.ring(line.get("step", 0), line.get("metrics") or {})
            self.seen.add(line.get("step", -1))

    def _progress(self, done: int, of: int, what: str) -> None:
        """Say how far a phase is; while it trains, a frame only once it takes long."""
        with self.ear.shut():
            now = monotonic()
            if self.doing is None or self.doing[0] != what:
                self.doing = (what, now, done)
            _, since, before = self.doing
            words: dict[str, Any] = {}
            # what stands before the colon is the phase, and stays while it lasts
            told = f"{what}{', ' if ':' in what else ': '}{done:,} of {of:,}"
            if what.startswith("starting"):
                told, words = f"{what} (step {done + 1} of {of})", {"ready": done / of}
            elif not what.startswith("training"):
                words["eta"] = (now - since) * (of - done) / (done - before) if done > before else None
                words["ready"] = done / of
            elif now - since < SAY_SECONDS:
                return
            due = now - self.said >= SAY_SECONDS or done == of or not done
            self.heart.set(write=due, phase=told, **words)
            if due:
                self.said = now
        if self.trainer is None:
            self._stop_if_asked()

    def _tell_all(self, events: Iterator[Any]) -> None:
        from mlcl_core.engine import events as told

        for event in events:
            if isinstance(event, told.StepDone):
                self._step_done(event)
            elif isinstance(event, told.Started):
                self.first_step, self.earlier, self.mark = event.step, self.trainer.seconds, monotonic()
                slow = list(event.slow)
                self.heart.set(
                    step=event.step, total=event.total, device=event.device, phase="training", ready=None, slow=slow
                )
                self.tell("started", event.step, total=event.total, device=event.device, slow=slow)
            elif isinstance(event, told.FittingProbe):
                self.heart.set(phase="probing", eta=None, ready=0.0)
            elif isinstance(event, told.Finished):
                seconds = self.earlier + self.active + monotonic() - self.mark
                self.heart.set(write=False, seconds=seconds)
                self.tell(
                    "finished",
                    event.step,
                    seconds=round(seconds, 2),
                    test=event.test,
                    untrained=event.untrained,
                    probe=event.probe,
                )
            else:
                self._keep(event)

    def _keep(self, event: Any) -> None:
        """Write what a step has to tell beside its numbers."""
        from mlcl_core.engine import events as told
        from mlcl_core.runs import write

        folder = self.run.path
        if isinstance(event, told.FrameTaken):
            write.write_frame(folder / "frames", event)
            self.seen.add(event.step)
            self.tell("frame", event.step, metrics=event.metrics, settings=event.settings)
            for text in self.alarms.ring(event.step, event.metrics):
                self.tell("alarm", event.step, text=text)
                self.marked.add(event.step)
            write.thin_frames(folder / "frames", self.run.config().watch.disk_mb * 2**20, self.marked)
            if (self.heart.status.phase or "").startswith("training:"):
                self.heart.set(write=False, phase="training")
            self.doing = None
        elif isinstance(event, told.BatchTaken):
            self.batched = event.step
            write.write_batch(folder / "batches", event)
        elif isinstance(event, told.CheckpointDue):
            self._write_checkpoint()
        elif isinstance(event, told.EpochDone):
            self.tell("epoch", event.step, epoch=event.epoch)

    def _write_checkpoint(self) -> None:
        from mlcl_core.runs.write import write_checkpoint

        write_checkpoint(self.run.path / "checkpoints", self.trainer.checkpoint())
        self.kept = self.step
        self.tell("checkpoint", self.step)

    # ---- heard at any moment

    def _look_around(self) -> bool:
        """Five times a second, in a thread: whether the end is asked for; mappers that were killed are missed."""
        now = monotonic()
        if self.mappers and now - self.looked > MAPPER_SECONDS:
            self.looked = now
            from mlcl_core.runs.launch import attend

            with suppress(OSError, InputError):
                attend(self.run)
        if self.ending or not (self.ear.terminated or self._stops()):
            self.asked_since = 0.0
            return False
        self.asked_since = self.asked_since or now
        if self.trainer is None and alone():
            self._leave_at_once()
        late = now - self.asked_since > NATIVE_SECONDS and not self.ending
        if late and not (self.heart.status.phase or "").startswith("stopping"):
            self.heart.set(phase="stopping: as soon as what is under way is done")
        return True

    def _stops(self) -> list[dict[str, Any]]:
        """Stop, asked and not answered yet."""
        lines = self._open_requests(keep=False)
        return [line for line in lines if line["action"] == "stop" and not self._stale(line)]

    def _leave_at_once(self) -> None:
        """End the process while the main thread is loading, by no leave of its own.

        Nothing is trained yet and no file of the run is open: what is lost is what was loaded. Libraries that load hear
        nothing, or break where they are broken into; were they waited for, a stop would take as long as any file does.
        """
        if not self.leaving.acquire(blocking=False):
            return
        self._acknowledge_stops()
        end(self, STOPPED, None)
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(0)

    def _break_off(self) -> None:
        """Leave what is being loaded, or probed."""
        if self.ear.terminated or self._stops():
            self._raise()

    def _raise(self) -> None:
        now = monotonic()
        if not self.ending and now - self.broken > AGAIN_SECONDS:
            self.broken = now
            raise StopAsked

    @contextmanager
    def _interruptible(self, what: str) -> Iterator[None]:
        """What of the trainer's work a stop breaks into: all but the step itself."""
        with self.ear.open(self._finish_the_frame if what == "frame" else self._break_off):
            yield

    def _finish_the_frame(self) -> None:
        """A stop is answered at once and leaves this frame; SIGTERM, or a second one, does not wait for it."""
        stops = self._stops()
        if self.ear.terminated or (stops and self.stopping):
            self.hurried = True
            self._raise()
        elif stops:
            self._acknowledge_stops()
            self.stopping = True
            self.heart.set(phase="stopping: the frame of this step")

    def _acknowledge_stops(self) -> None:
        for line in self._stops():
            self._acknowledge(line["id"], "stop")

    # ---- between two steps

    def _step_done(self, event: Any) -> None:
        self._tell_step(event)
        for line in [line for line in self.replay if line["step"] == event.step]:
            self._set(line["request"], line["settings"], replayed=True)
        if self.stopping:
            raise StopAsked
        if self.one_step:
            self.paused, self.one_step = True, False
        self._read_requests()
        if self.paused:
            self._leave_frame()
            self.heart.set(state=PAUSED, phase="training")
            while self.paused and not self.one_step:
                sleep(POLL_SECONDS)
                self._read_requests()
            self.heart.set(state=RUNNING)
            self.mark = monotonic()

    def _tell_step(self, event: Any) -> None:
        rate = event.items / max(event.seconds, 1e-9)
        self.speed = rate if self.speed is None else MEMORY * self.speed + (1 - MEMORY) * rate
        self.tell(
            "step",
            event.step,
            loss=event.loss,
            learning_rate=event.learning_rate,
            seconds=round(event.seconds, 5),
            items_per_second=round(rate, 2),
        )
        if list(event.slow) != self.heart.status.slow:
            self.heart.set(slow=list(event.slow))
            self.tell("slow", event.step, reasons=event.slow)
        now = monotonic()
        self.active, self.mark = self.active + now - self.mark, now
        self.trainer.seconds = self.earlier + self.active
        pace = self.active / (event.step - self.first_step)
        self.heart.set(
            write=False,
            step=event.step,
            loss=event.loss,
            last_step=time(),
            seconds=self.trainer.seconds,
            items_per_second=round(self.speed, 2),
            eta=pace * (self.heart.status.total - event.step),
        )

    def _read_requests(self) -> None:
        for line in self._open_requests():
            action = line["action"]
            if action == "set":
                self._set(line["id"], line.get("settings"))
            elif action not in ACTIONS:
                self._acknowledge(line["id"], action, result=f"refused: there are {', '.join(ACTIONS)}")
            elif self._stale(line):
                self._acknowledge(line["id"], action, result="ignored: asked before the run was taken up again")
            elif action == "stop":
                self._acknowledge(line["id"], action)
                raise StopAsked
            else:
                if action == "step" and not self.paused:
                    self._acknowledge(line["id"], action, result="ignored: the run is not paused")
                    continue
                self._acknowledge(line["id"], action)
                self.paused = action != "resume"
                self.one_step = action == "step"
                if self.one_step:
                    return
        if self.ear.terminated:
            raise StopAsked

    def _open_requests(self, *, keep: bool = True) -> list[dict[str, Any]]:
        """Requests without an answer; ``keep``: a file in which all have one is not read again as it is."""
        try:
            size = (self.run.path / "requests.jsonl").stat().st_size
        except FileNotFoundError:
            return []
        if size == self.read_bytes:
            return []
        lines = [line for line in self.run.requests() if line["id"] not in self.answered]
        if not lines and keep:
            self.read_bytes = size
        return lines

    def _stale(self, line: dict[str, Any]) -> bool:
        return line["id"] in self.stale

    def _stop_if_asked(self) -> None:
        if self._stops() or self.ear.terminated:
            raise StopAsked

    def _set(self, request: str, settings: Any, *, replayed: bool = False) -> None:
        try:
            if not isinstance(settings, dict) or not settings:
                raise InputError("settings must be an object such as {'loss.temperature': 0.2}")
            self.trainer.changed(settings)
        except InputError as error:
            self._acknowledge(request, "set", result=f"refused: {error}")
            return
        # told before it is done: once a step was trained with it, the line is there to replay it from
        extra = {"replayed": True} if replayed else {}
        self._acknowledge(request, "set", settings=settings, **extra)
        self.trainer.change(settings)

    def _acknowledge(self, request: str, action: str, **more: Any) -> None:
        self.answered.add(request)
        if action == "set" and "result" not in more:
            self.marked.add(self.step)
        self.tell("acknowledged", self.step, request=request, action=action, **more)

    def _leave_frame(self) -> None:
        """Keep batch and frame of the step where the run stands still; what is there already stays."""
        batch = self.trainer.batch_taken() if self.batched != self.step else None
        if batch is not None:
            self._keep(batch)
        if self.step not in self.seen:
            with self._interruptible("frame"):
                frame = self.trainer.frame_taken()
            self._keep(frame)
        if self.stopping:
            raise StopAsked

    # ---- the end

    def stop(self) -> None:
        """Keep where the run stands, so that a stopped one goes on exactly there; then its batch and frame.

        The checkpoint comes first: whoever sends SIGTERM may not wait for the rest.
        """
        from mlcl_core.engine.events import StepDone

        if self.trainer is None:
            return
        for event in self.trainer.pending_events:
            if isinstance(event, StepDone):
                self._tell_step(event)
            else:
                self._keep(event)
        if self.kept != self.step:
            self._write_checkpoint()
        if not (self.hurried or self.ear.terminated):
            self.ending, self.stopping = False, True
            self.heart.set(phase="stopping: the frame of this step")
            with suppress(StopAsked):  # asked for once more: without the frame
                self._leave_frame()
            self.ending = True

    @property
    def step(self) -> int:
        """Where the run stands; while it waits or loads, where it stood."""
        return self.heart.status.step if self.trainer is None else self.trainer.step

    def tell(self, event: str, step: int, **values: Any) -> None:
        """Append a line to events.jsonl."""
        append_line(self.events_path, {"event": event, "step": step, "at": time(), **values})


def interventions(lines: list[dict[str, Any]], after: int) -> list[dict[str, Any]]:
    """Acknowledged changes of settings after a step, each once, in order: what a resumed run does again."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        if line.get("event") == "acknowledged" and line.get("action") == "set" and "result" not in line:
            whole = isinstance(line.get("step"), int) and isinstance(line.get("settings"), dict) and "request" in line
            if whole:
                found.setdefault(str(line["request"]), line)
    return [line for line in found.values() if line["step"] > after]


def one_line(reason: BaseException) -> str:
    """What went wrong, for a status: one line, the file named where it is known."""
    text = str(reason)
    if isinstance(reason, OSError) and reason.strerror:
        text = f"{reason.strerror}: {reason.filename}" if reason.filename else reason.strerror
    return " ".join(text.split())[:LONGEST_ERROR]


def to_the_end(worker: Worker, loading: Thread | None = None) -> tuple[str, str | None]:
    """Let a worker work once ``loading`` is done; gives the state in which its run ended, and what went wrong."""
    try:
        worker.heart.start()
        try:
            if loading is not None:
                loading.join()
            return worker.work(), None
        except StopAsked:
            worker.ending = True
            while not worker.leaving.acquire(blocking=False):
                sleep(POLL_SECONDS)  # the other thread is ending the process
            worker._acknowledge_stops()
            worker.stop()
            return STOPPED, None
    except (InputError, RunFailed, OSError) as reason:
        return FAILED, one_line(reason)
    except Exception as reason:
        with suppress(OSError):
            traceback.print_exc()
        return FAILED, f"{type(reason).__name__}: {one_line(reason)} (the whole story is in log.txt)"


def end(worker: Worker, state: str, error: str | None) -> None:
    """Leave the last words of a run: each of them may fail on a full disk, and the next must still be tried."""
    if error is not None:
        with suppress(OSError):
            print(error, file=sys.stderr, flush=True)  # noqa: T201 - log.txt
        with suppress(OSError):
            worker.tell("failed", worker.step, error=error)
    elif state == STOPPED:
        with suppress(OSError):
            worker.tell("stopped", worker.step)
    worker.heart.end(state=state, error=error, eta=None, phase=None, waiting_for=None, ready=None)


def alone() -> bool:
    """Whether no other process trains along."""
    from mlcl_core.runs.distributed_run import processes

    return processes() == 1


def main(path: Path, loading: Thread | None = None) -> int:
    """Work on a run directory; 0 when it finished or was stopped, 1 when it failed.

    ``loading`` may still be at the libraries: on a busy machine they take longer than a run may be silent.
    """
    if not (path / "config.json").is_file():
        print(f"{path}: there is no run", file=sys.stderr)  # noqa: T201 - log.txt
        return 1
    lock = FileLock(path / "worker.lock")
    if not lock.acquire(patience=LOCK_SECONDS):
        print(f"{path.name}: another worker is at it", file=sys.stderr)  # noqa: T201 - log.txt
        return 1
    # what a user has uploaded is found where the run is
    os.environ["MLCL_HOME"] = str(path.parent.parent)
    worker = Worker(Run(path))
    with worker.ear:
        state, error = to_the_end(worker, loading)
        end(worker, state, error)
    # at once: Python takes a while to end, and who reads the state may resume the run right now
    lock.release()
    return 0 if error is None else 1


def load() -> None:
    """Import what training needs."""
    import torch

    import mlcl_core.engine.loop
    import mlcl_core.runs.write  # noqa: F401

    torch.optim.SGD([torch.zeros(1)])  # the first optimiser of a process imports torch._dynamo


def awaited() -> Path | None:
    """The run directory that comes by standard input; None: none came.

    From then on what is printed goes to the run's log.txt.
    """
    path = Path(os.fsdecode(sys.stdin.buffer.read()))
    if not path.is_absolute():
        return None
    with suppress(OSError), (path / "log.txt").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    return path


def main_awaited() -> int:
    """Load what will be needed while waiting for the run directory, then work on it."""
    loading = Thread(target=load)
    loading.start()
    try:
        path = awaited()
        return 0 if path is None else main(path, loading)
    finally:
        loading.join()  # some libraries refuse to load, with a traceback, where Python is about to end


if __name__ == "__main__":
    sys.exit(main_awaited() if sys.argv[1] == "-" else main(Path(sys.argv[1]).absolute()))
