"""Start processes for a run, its worker and its mappers; they outlive the process that starts them."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
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
from mlcl_core.runs.worker import PRETRAINED

ROOT = Path(__file__).resolve().parents[2]
TRAINED = "runs are trained"
WORKER = "mlcl_core.runs.worker"
# Seconds for which an interrupted run may recover.
PATIENCE = 5.0
# Words in the lock of a mapper that has ended: all maps are drawn, or they cannot be drawn.
DRAWN, GAVE_UP = "drawn", "given up"
MAPPER_STARTS = 3
LOOK_SECONDS = 2.0
BEGIN_SECONDS = 15.0
# When this process checks the mappers of a run again.
_NEXT_LOOK: dict[tuple[Path, str], float] = {}
# Kept so that ended children are reaped, and Popen does not warn about living ones.
_CHILDREN: list[subprocess.Popen] = []


class WaitingWorker:
    """A worker process that loads torch while its run is being made, which saves seconds on slow disks and few cores.

    A context manager: without a run, the process ends with the context.

    Args:
        pretrained: Whether the run will have a pretrained encoder: its libraries are loaded too.
    """

    def __init__(self, pretrained: bool = False) -> None:
        """Start the process."""
        more = [PRETRAINED] if pretrained else []
        self._child = _start([WORKER, "-", *more], subprocess.DEVNULL, stdin=subprocess.PIPE)

    def __enter__(self) -> "WaitingWorker":
        """The waiting worker."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process if it has no run."""
        assert self._child.stdin is not None
        with suppress(OSError):
            self._child.stdin.close()

    def take(self, run: Run) -> None:
        """Hand the run over; if the process has died, another worker is started."""
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(os.fsencode(run.path.absolute()))
            self._child.stdin.close()
        except OSError:
            spawn(run, WORKER)


def start(
    store: Store,
    config: TrainConfig,
    name: str | None = None,
    worker: WaitingWorker | None = None,
    on_said: Callable[[Sequence[str]], None] | None = None,
) -> Run:
    """Create a run and start its worker, which starts the mappers; returns at once.

    Args:
        store: Store of the new run.
        config: Configuration of the training.
        name: Name of the run; None: a name that is free.
        worker: A worker that waits already; None: one is started.
        on_said: Called with what was taken without a question, of the data, of a batch larger than they are, and of the
            disk space of large frames.

    Raises:
        InputError: What :func:`mlcl_core.engine.check.check_config` refuses, or a name that no run can have: nothing
            is created then.
    """
    with worker or WaitingWorker(config.pretrained.name is not None) as waiting:
        run = create(store, config, name, on_said)
        waiting.take(run)
    return run


def create(
    store: Store, config: TrainConfig, name: str | None = None, on_said: Callable[[Sequence[str]], None] | None = None
) -> Run:
    """Create a queued run without starting a worker; raises as :func:`start`."""
    from mlcl_core.engine.check import check_config, small_data_notice
    from mlcl_core.engine.device import choose_device, choose_precision
    from mlcl_core.engine.graph import choose_graph
    from mlcl_core.engine.watch_cost import watch_notice

    require_posix(TRAINED)
    device = choose_device(config.training.device)
    choose_precision(config.training.precision, device)
    choose_graph(config, device, processes=1)
    config = _with_whole_path(config)
    data = check_config(config)
    notice = small_data_notice(config, data)
    if on_said is not None:
        on_said([*data.said, *filter(None, [notice, watch_notice(config, data)])])
    return store.create(config, name, notice)


def resume(run: Run) -> str | None:
    """Start a worker on a stopped, failed or interrupted run; training continues from the newest valid checkpoint.

    Returns:
        A notice for the user about the checkpoint and the data; None: there is none.

    Raises:
        InputError: The run is alive or finished, has checkpoints of which none is valid, or its data changed or cannot
            be read; nothing is changed then.
    """
    notice = take_up(run)
    spawn(run, WORKER)
    return notice


def take_up(run: Run) -> str | None:
    """Set a run that ended early back to queued; returns and raises as :func:`resume`."""
    from mlcl_core.runs.run_data import open_run_data

    require_posix(TRAINED)
    _refuse_unless_resumable(run.status(), run.name)
    run.config()
    about = (find(run).notice, open_run_data(run)[1])
    notice = " ".join(filter(None, about)) or None
    # reading the data takes a while, in which another process may have taken the run up
    status = run.status()
    _refuse_unless_resumable(status, run.name)
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


def _refuse_unless_resumable(status: Status, name: str) -> None:
    if status.state not in RESUMABLE:
        raise InputError(f"run {name!r} is {status.state}; only a stopped, failed or interrupted run can be resumed")


def asked(run: Run) -> int:
    """Bytes of requests.jsonl at present: requests within them were made of an earlier worker."""
    try:
        return (run.path / "requests.jsonl").stat().st_size
    except FileNotFoundError:
        return 0


def spawn_mapper(run: Run) -> None:
    """Start the mappers of a run, one for each map; a mapper that finds another at work ends at once."""
    for name in run.config().maps.drawn():
        _NEXT_LOOK[run.path, name] = monotonic() + BEGIN_SECONDS
        spawn(run, "mlcl_core.runs.mapper", name)


def attend(run: Run) -> None:
    """Start mappers again that were killed while maps are missing, at most three times since the run was started.

    Called by the worker while its run trains, and by readers of a run that has ended. A mapper that ends in order
    writes that into its lock. Each start, and giving up, is an event of the run.

    Raises:
        OSError: The process cannot be started, or the event cannot be written.
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
            # before it has taken its lock it looks like a killed one
            _NEXT_LOOK[run.path, name] = monotonic() + BEGIN_SECONDS
            spawn(run, "mlcl_core.runs.mapper", name)


def _missed(run: Run, name: str) -> bool:
    """Whether maps are or may be missing, and their mapper is not running."""
    lock = FileLock(run.path / f"mapper.{name}.lock")
    word, alive = lock.marked(), run.status().alive
    # called often and for every run: the folders of a run whose maps are drawn are not listed
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
    # the mapper of a living run must be running, also where a machine that was asleep made it end too early
    if not lock.acquire():
        return False
    lock.release()
    return True


def spawn(run: Run, module: str, *arguments: str) -> int:
    """Start ``python -m module RUN_DIR ...`` in a session of its own; its output is appended to the run's log.txt.

    Returns:
        The number of the process.
    """
    with (run.path / "log.txt").open("ab") as log:
        return _start([module, str(run.path), *arguments], log).pid


def spawn_warm_up(home: Path) -> None:
    """Start the process that compiles the code of maps, where it is not compiled yet."""
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
    # the run may be resumed from another working directory
    if config.data.path is None:
        return config
    path = Path(config.data.path)
    with suppress(RuntimeError, OSError):
        path = path.expanduser()
        if path.exists():
            from mlcl_core.data.parts import PART_PARAMS, part_file  # imports torch

            whole = {"data.path": str(path.absolute())}
            for name, text in config.data.params.items():
                if name in PART_PARAMS and text:
                    whole[f"data.params.{name}"] = str(part_file(str(text), name, path).absolute())
            return config.with_settings(whole)
    return config


def follow(run: Run, on_progress: Callable[[Run], None], *, poll: float = 0.5, patience: float = PATIENCE) -> str:
    """Wait until a run has ended; returns its last state.

    Args:
        run: The run.
        on_progress: Called at each poll.
        poll: Seconds between two polls.
        patience: Seconds for which a run must be interrupted until that counts: a machine that wakes up, or is too
            busy to start a worker in ten seconds, shows an old heartbeat for a moment.
    """
    since = None
    while True:
        status = run.status()
        on_progress(run)
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
    """Start the mappers and wait until the last frame has its first map.

    Raises:
        RunFailed: The map is missing after ``seconds``.
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
