"""The process in which users' files are opened, one after another; see :mod:`mlcl_core.data.reader_client`.

Reads one JSON object a line: {"job": "read" | "guess" | "stored", "path": str, ..., "folder": the working directory,
"allowed": str, "patience": seconds}. Writes one answer a line: {"sound": bool} and "loaded", "guess" or "error".
"""

import errno
import json
import os
import resource
import select
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

IDLE = 60.0  # seconds without a job, after which the process ends
THREAD = 1 << 23  # bytes of addresses that a thread reserves for its stack
THREADS = 16  # Arrow's, beside one for each core


def _without_its_init(name: str) -> None:
    """Stand in for a package, whose ``__init__`` would import torch: seconds, and gigabytes of addresses."""
    package = ModuleType(name)
    package.__path__ = [str(Path(__file__).parent / name.rpartition(".")[2])]
    sys.modules[name] = package


if __name__ == "__main__":
    _without_its_init("mlcl_core.data")

from mlcl_core.data.limits import ALLOWED, how_to_allow, max_bytes, memory  # noqa: E402
from mlcl_core.data.progress import watch  # noqa: E402
from mlcl_core.data.readers import READERS, Reader, reader_of  # noqa: E402 - once its package needs no torch
from mlcl_core.data.readers.record import first_line  # noqa: E402
from mlcl_core.errors import InputError  # noqa: E402


def answer(job: dict[str, Any], shared: Any) -> dict[str, Any]:
    """Do a job; any failure is an error line in the answer.

    Args:
        job: As above.
        shared: A :class:`mlcl_core.data.transfer.Shared`, which holds the arrays of the answer.
    """
    path = Path(job["path"])
    os.environ[ALLOWED] = job["allowed"]
    size = 0
    try:
        os.chdir(job["folder"])
        size = size_of(path)
        done = JOBS[job["job"]](path, job, shared, lambda: begin(size, job["patience"]))
    except InputError as error:
        return {"sound": True, "error": str(error)}
    # damaged bytes make libraries raise any exception
    except Exception as error:
        return {"sound": False, "error": _sentence(error, path, size)}
    return {"sound": True} | done


def _sentence(error: Exception, path: Path, size: int) -> str:
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        message = (
            f"{path} takes more than {memory(size):,} bytes of memory, which is what a file of {size:,} bytes may take"
        )
        return f"{message}, {how_to_allow(2 * max_bytes(size))}"
    return f"{path} is damaged: {type(error).__name__}: {first_line(error)}"


def size_of(path: Path) -> int:
    """Bytes of a file, or of the files directly inside a folder; 0 where there is none."""
    files = [entry for entry in path.iterdir() if entry.is_file()] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.exists())


def begin(size: int, patience: int) -> None:
    """Limit memory and time; called after libraries are imported, which is slow on a busy machine."""
    limit_memory(size)
    watch(patience)


def limit_memory(size: int) -> None:
    """Limit this process to its present memory and as much more as a file of ``size`` bytes may take.

    Systems that can't limit memory (macOS) have the time limit alone.
    """
    status = Path("/proc/self/statm")
    if status.exists():
        taken = int(status.read_text().split()[0]) * resource.getpagesize()
        # threads yet to be started reserve addresses, not memory
        allowed = taken + memory(size) + THREAD * (THREADS + (os.cpu_count() or 1))
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(
            resource.RLIMIT_AS, (allowed if soft == resource.RLIM_INFINITY else min(allowed, soft), hard)
        )


def _import(reader: Reader) -> None:
    for library in reader.libraries:
        import_module(library)


def _read(path: Path, job: dict[str, Any], shared: Any, start: Callable[[], None]) -> dict[str, Any]:
    from mlcl_core.data.transfer import pack

    reader = READERS[job["reader"]]
    _import(reader)
    start()
    return {"loaded": pack(reader.read(path, **job["params"]), shared)}


def _guess(path: Path, job: dict[str, Any], shared: Any, start: Callable[[], None]) -> dict[str, Any]:
    from dataclasses import asdict

    from mlcl_core.data.guess import guess_here

    _import(reader_of(path))
    start()
    return {"guess": asdict(guess_here(path, delimiter=job["delimiter"], options=job["options"]))}


def _stored(path: Path, job: dict[str, Any], shared: Any, start: Callable[[], None]) -> dict[str, Any]:
    from mlcl_core.data.stored import read_stored
    from mlcl_core.data.transfer import pack

    start()
    try:
        loaded = read_stored(path, job["kind"])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(first_line(error)) from error
    return {"loaded": pack(loaded, shared)}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {"read": _read, "guess": _guess, "stored": _stored}


def main() -> None:
    """Answer jobs until stdin closes, or none comes for ``IDLE`` seconds."""
    from mlcl_core.data.transfer import Shared

    # what libraries print must not mix with the answers
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    shared = Shared()
    unlimited = resource.getrlimit(resource.RLIMIT_AS)
    while select.select([sys.stdin], [], [], IDLE)[0] and (line := sys.stdin.readline()):
        shared.close()
        job = json.loads(line)
        reply = answer(job, shared)
        resource.setrlimit(resource.RLIMIT_AS, unlimited)
        watch(0)
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
