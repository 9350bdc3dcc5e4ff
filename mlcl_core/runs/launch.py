"""Starting processes: a worker for a run, a mapper beside it. They outlive whoever starts them."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.maps import FIRST_MAP, MAPS
from mlcl_core.runs.checkpoints import find
from mlcl_core.runs.files import append_line, write_json
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.posix import require_posix
from mlcl_core.runs.records import INTERRUPTED, QUEUED, RESUMABLE, Status
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from mlcl_core.runs.warm_up import needed

ROOT = Path(__file__).resolve().parents[2]
TRAINED = "runs are trained"
WORKER = "mlcl_core.runs.worker_process"
# Seconds for which an interrupted run may come back.
PATIENCE = 5.0
# What a mapper's lock says once it has ended in order: all is drawn, or it could not be.
DRAWN, GAVE_UP = "drawn", "given up"
MAPPER_STARTS = 3
LOOK_SECONDS = 2.0
BEGIN_SECONDS = 15.0
# When the mappers of a run are looked for again, by this process.
_NEXT_LOOK: dict[tuple[Path, str], float] = {}
# Kept so that they are reaped when they end, and not warned about when they do not.
_CHILDREN: list[subprocess.Popen] = []


class WaitingWorker:
    """A worker that loads torch while its run is still being made: with slow disks and few cores that is seconds.

    As a context: without a run at its end the process ends too.
    """

    def __init__(self) -> None:
        """Start the process."""
        self._child = _start([WORKER, "-"], subprocess.DEVNULL, stdin=subprocess.PIPE)

    def __enter__(self) -> "WaitingWorker":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the process end if it has no run."""
        assert self._child.stdin is not None
        with suppress(OSError):
            self._child.stdin.close()

    def take(self, run: Run) -> None:
        """Give it its run; if it is gone, another worker is started."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(os.fsencode(run.path.absolute()))
            self._child.stdin.close()
        except OSError:
            spawn(run, WORKER)


def start(store: Store, config: TrainConfig, name: str | None = None, worker: WaitingWorker | None = None) -> Run:
    """Create a run and start its worker (which starts the mapper); returns at once.

    Args:
        store: Where it is kept.
        config: What is trained.
        name: What the user calls it; None: one is made up.
        worker: That waits for it already; None: one is started.

    Raises:
        InputError: What :func:`mlcl_core.engine.check.check_config` refuses, or a name that no run can have: nothing
            is created then.
    """
    with worker or WaitingWorker() as waiting:
        run = create(store, config, name)
        waiting.take(run)
    return run


def create(store: Store, config: TrainConfig, name: str | None = None) -> Run:
    """Create a run for a worker to take up; raises as :func:`start`."""
    from mlcl_core.engine.check import check_config
    from mlcl_core.engine.device import choose_device

    require_posix(TRAINED)
    choose_device(config.training.device)
    config = _with_whole_path(config)
    check_config(config)
    return store.create(config, name)


def resume(run: Run) -> str | None:
    """Start a worker again on a stopped, failed or interrupted run; it goes on from its last whole checkpoint.

    Returns:
        What whoever resumes it should know (:attr:`mlcl_core.runs.checkpoints.Found.notice`), None: nothing.

    Raises:
        InputError: It runs, or is finished; or it had checkpoints and none is whole: nothing is changed then.
    """
    notice = take_up(run)
    spawn(run, WORKER)
    return notice


def take_up(run: Run) -> str | None:
    """Mark a run that ended early as waiting for a worker; returns and raises as :func:`resume`."""
    require_posix(TRAINED)
    status = run.status()
    if status.state not in RESUMABLE:
        raise InputError(
            f"run {run.name!r} is {status.state}; only a stopped, failed or interrupted run can be resumed"
        )
    run.config()
    notice = find(run).notice
    waiting = Status(
        state=QUEUED,
        heartbeat=time(),
        step=status.step,
        total=status.total,
        phase="starting",
        notice=notice,
        asked=asked(run),
    )
    write_json(run.path / "status.json", asdict(waiting), within=run.path)
    return notice


def asked(run: Run) -> int:
    """The bytes of requests that were made so far: of a worker that is no more, where one is launched now."""
    try:
        return (run.path / "requests.jsonl").stat().st_size
    except FileNotFoundError:
        return 0


def spawn_mapper(run: Run) -> None:
    """Start a run's mappers, one for each kind of map; one that finds another at work ends at once."""
    for name in run.config().maps.drawn():
        _NEXT_LOOK[run.path, name] = monotonic() + BEGIN_SECONDS
        spawn(run, "mlcl_core.runs.mapper", name)


def attend(run: Run) -> None:
    """Start a mapper again that was killed while maps are missing; three times in a row, then it is given up and said.

    For the worker, while its run trains, and for whoever looks at a run that has ended. A mapper that ends in order
    says so in its lock's file. What happens here stands in the run's events, which also bound it: each ``started`` of
    the run gives it three more.

    Raises:
        OSError: The process cannot be started, or the event not be written.
    """
    for name in run.config().maps.drawn():
        if monotonic() < _NEXT_LOOK.get((run.path, name), 0.0):
            continue
        _NEXT_LOOK[run.path, name] = monotonic() + LOOK_SECONDS
        if not _missed(run, name):
            continue
        lines = run.events("started", "mapper")
        since = max((place for place, line in enumerate(lines) if line["event"] == "started"), default=-1) + 1
        before = [line for line in lines[since:] if line.get("name") == name]
        if any(line.get("given_up") for line in before):
            continue
        times = len(before) + 1
        given_up = times > MAPPER_STARTS
        ended = f"the process that draws {name} maps was killed, or ended early"
        what = "it is given up, log.txt may say more" if given_up else f"started again ({times} of {MAPPER_STARTS})"
        line = {"event": "mapper", "step": run.written_status().step, "at": time(), "name": name, "given_up": given_up}
        append_line(run.path / "events.jsonl", {**line, "text": f"{ended}; {what}"})
        if not given_up:
            # until it has taken its lock it looks like one that was killed
            _NEXT_LOOK[run.path, name] = monotonic() + BEGIN_SECONDS
            spawn(run, "mlcl_core.runs.mapper", name)


def _missed(run: Run, name: str) -> bool:
    """Whether maps are missing, or may be, and nobody is at them who should be."""
    lock = FileLock(run.path / f"mapper.{name}.lock")
    word, alive = lock.marked(), run.status().alive
    # asked of every run that is looked at, again and again: of one that is drawn no folder is listed
    if word == GAVE_UP or (not alive and word in (None, DRAWN)):
        return False
    frames = run.frame_steps()
    if not frames:
        return False
    if not alive:
        steps = set(run.map_steps(name))
        due = set(frames if MAPS[name].every_frame else frames[-1:]) - steps
        if not due:
            return False
    # of a run that is alive it should be at work, even where a machine that slept made it believe in the end
    if not lock.acquire():
        return False
    lock.release()
    return True


def spawn(run: Run, module: str, *arguments: str) -> None:
    """Start ``python -m module RUN_DIR ...`` in a session of its own; what it prints goes to the run's log.txt."""
    with (run.path / "log.txt").open("ab") as log:
        _start([module, str(run.path), *arguments], log)


def spawn_warm_up(home: Path) -> None:
    """Start the process that compiles what maps need, where that is not done yet."""
    if needed(home):
        _start(["mlcl_core.runs.warm_up", str(home)], subprocess.DEVNULL)


def _start(arguments: list[str], output: Any, stdin: int = subprocess.DEVNULL) -> subprocess.Popen:
    _CHILDREN[:] = [child for child in _CHILDREN if child.poll() is None]
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=stdin,
        stdout=output,
        stderr=output,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    _CHILDREN.append(child)
    return child


def _with_whole_path(config: TrainConfig) -> TrainConfig:
    # the run may be resumed from another directory than it was started in
    if config.data.path is None:
        return config
    path = Path(config.data.path)
    with suppress(RuntimeError, OSError):
        path = path.expanduser()
        if path.exists():
            return config.with_settings({"data.path": str(path.absolute())})
    return config


def follow(run: Run, tell: Callable[[Run], None], *, poll: float = 0.5, patience: float = PATIENCE) -> str:
    """Wait until a run has ended, telling now and then; gives its last state.

    A run is believed to be interrupted only after ``patience`` seconds: a machine that wakes up, or is too busy to
    start a worker in ten seconds, shows an old heartbeat for a moment.
    """
    since = None
    while True:
        status = run.status()
        tell(run)
        if status.state != INTERRUPTED:
            since = None
            if not status.alive:
                return status.state
        else:
            since = monotonic() if since is None else since
            if monotonic() - since >= patience:
                return status.state
        sleep(poll)


def wait_for_last_map(run: Run, *, seconds: float = 60.0) -> None:
    """Wait until the last frame has the first of its maps, with a mapper at work.

    Raises:
        RunFailed: It has none after ``seconds``.
    """
    spawn_mapper(run)
    end = monotonic() + seconds
    while monotonic() < end:
        steps = run.frame_steps()
        if not steps or steps[-1] in run.map_steps(FIRST_MAP):
            return
        sleep(0.2)
    title = MAPS[FIRST_MAP].title
    raise RunFailed(
        f"run {run.name!r}: the last frame has no {title} map after {seconds:g} s; see {run.path / 'log.txt'}"
    )
