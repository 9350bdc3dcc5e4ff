"""A server that forks workers: torch is imported once, so that a hundred killed workers take minutes, not an hour.

Reads one JSON object a line: {"run": DIR, "kill": {"kind", "nth", "when"} | null, "after": seconds | null,
"full": {"kind", "nth"} | null, "inject": step}. Answers one a line: {"killed": bool, "seconds": float,
"kinds": [kinds of writes, in order]}.
"""

import errno
import json
import os
import signal
import sys
from pathlib import Path
from threading import Timer
from time import perf_counter, time
from typing import Any

import pyarrow.parquet  # noqa: F401 - imported before the fork
import torch

from mlcl_core.bench.faults import small_config
from mlcl_core.engine.loop import train
from mlcl_core.runs import files, launch
from mlcl_core.runs.files import read_lines

# From the next step on, and from the next epoch on.
CHANGE = {"loss.temperature": 0.23, "loss.rule": "jaccard", "training.batch_size": 18}
REQUEST = "intervention"


def kind_of(path: Path, line: dict[str, Any] | None) -> str:
    """The kind of a write: the folder of a numbered file, or the event of a line."""
    if line is not None:
        return f"{path.stem}:{line.get('event', '')}"
    return f"{path.parent.name}{path.suffix}" if path.stem.isdigit() else path.name


def install(order: dict[str, Any], trace: int) -> None:
    """Wrap the two functions that write files: trace each write; die, or fail for lack of room, as ordered."""
    whole, append = files.write_atomic, files.append_line
    kill, full = order.get("kill") or {}, order.get("full") or {}
    met = 0
    room = True

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def meet(kind: str) -> str | None:
        nonlocal met, room
        os.write(trace, f"{kind}\n".encode())
        met += kind in (kill.get("kind"), full.get("kind"))
        room = room and not (full.get("kind") == kind and met == full["nth"])
        return kill["when"] if kill.get("kind") == kind and met == kill["nth"] else None

    def need_room(path: Path) -> None:
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def write_atomic(path: Path, data: bytes, **options: Any) -> None:
        when = None if path.name == "status.json" else meet(kind_of(path, None))
        need_room(path)
        if when == "half":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.{os.getpid()}.tmp").write_bytes(data[: len(data) // 2])
            die()
        whole(path, data, **options)
        if when == "after":
            die()

    def append_line(path: Path, value: dict[str, Any]) -> None:
        when = meet(kind_of(path, value))
        need_room(path)
        if when == "half":
            text = json.dumps(value).encode()
            with path.open("ab") as file:
                file.write(text[: len(text) // 2])
            die()
        append(path, value)
        if when == "after":
            die()

    def record_step(recorder: Any, event: Any, *arguments: Any) -> None:
        record(recorder, event, *arguments)
        requests = recorder.run.path / "requests.jsonl"
        if event.step == order["inject"] and not read_lines(requests):
            append(requests, {"id": REQUEST, "at": time(), "action": "set", "settings": CHANGE})

    files.write_atomic, files.append_line = write_atomic, append_line  # type: ignore[assignment]
    launch.spawn_mapper = launch.attend = lambda run: None
    from mlcl_core.runs.worker.recorder import Recorder  # which takes the functions as they are now

    record = Recorder.record_step
    Recorder.record_step = record_step  # type: ignore[assignment, method-assign]


def forget_unanswered(run: Path) -> None:
    """Remove a request that is not acknowledged: it is no intervention yet, and is made again at its step."""
    answered = [line for line in read_lines(run / "events.jsonl") if line.get("request") == REQUEST]
    if not answered:
        (run / "requests.jsonl").unlink(missing_ok=True)


def serve_one(order: dict[str, Any]) -> dict[str, Any]:
    """Fork a worker on a run directory and wait for its end."""
    run = Path(order["run"])
    forget_unanswered(run)
    reader, writer = os.pipe()
    begun = perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reader)
        log = os.open(run / "log.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        install(order, writer)
        from mlcl_core.runs.worker import process

        os._exit(process.main(run))
    os.close(writer)
    timer = Timer(order["after"], os.kill, (child, signal.SIGKILL)) if order.get("after") else None
    if timer:
        timer.start()
    with os.fdopen(reader) as lines:
        kinds = lines.read().split()
    _, state = os.waitpid(child, 0)
    if timer:
        timer.cancel()
    return {"killed": os.WIFSIGNALED(state), "seconds": perf_counter() - begun, "kinds": kinds}


def main() -> None:
    """Serve until stdin closes."""
    torch.set_num_threads(1)
    for _ in train(small_config()):
        # what is imported on first use is imported here, once for all forks
        pass
    for line in sys.stdin:
        sys.stdout.write(json.dumps(serve_one(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
