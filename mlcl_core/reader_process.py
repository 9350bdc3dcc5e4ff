"""The process in which users' files are opened, one after another; see :mod:`mlcl_core.data.reader_client`.

Reads one JSON object a line: {"job": "read" | "look" | "stored", "path": str, ..., "folder": the working directory,
"allowed": str, "patience": seconds}. Writes one answer a line: {"sound": bool} and "loaded", "look" or "error"; and
before it, while reading goes along, {"progress": [done, total, unit]}.
"""

import errno
import json
import os
import resource
import select
import sys
from collections.abc import Callable
from dataclasses import asdict
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

from mlcl_core.data.limits import ALLOWED, MAX_HELD, PER_BYTE, allowing_hint, max_bytes, memory  # noqa: E402
from mlcl_core.data.progress import report_to, watch  # noqa: E402
from mlcl_core.data.readers import READERS, Reader, reader_of  # noqa: E402 - once its package needs no torch
from mlcl_core.data.readers.record import first_line  # noqa: E402
from mlcl_core.data.tables.question import QuestionError  # noqa: E402
from mlcl_core.errors import InputError  # noqa: E402

ENOUGH = MAX_HELD // PER_BYTE  # bytes of a file that may take as much memory as any


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
    except QuestionError as error:
        return {"sound": True, "error": str(error), "questions": [asdict(one) for one in error.questions]}
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
        return f"{message}, {allowing_hint(2 * max_bytes(size))}"
    return f"{path} is damaged: {type(error).__name__}: {first_line(error)}"


def size_of(path: Path) -> int:
    """Bytes of a file, or of the files in a folder and its sub-folders; 0 where there is none.

    Edge cases:
        Counting ends at ``ENOUGH``, beyond which a larger folder may take no more memory.
    """
    if not path.is_dir():
        return path.stat().st_size if path.exists() else 0
    total = 0
    for place, _, names in os.walk(path):
        total += sum((Path(place) / name).lstat().st_size for name in names)
        if total >= ENOUGH:
            break
    return total


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


def _look(path: Path, job: dict[str, Any], shared: Any, start: Callable[[], None]) -> dict[str, Any]:
    from mlcl_core.data.look import look_here

    _import(reader_of(path))
    start()
    return {"look": look_here(path, job["options"])}


def _stored(path: Path, job: dict[str, Any], shared: Any, start: Callable[[], None]) -> dict[str, Any]:
    from mlcl_core.data.stored import read_stored
    from mlcl_core.data.transfer import pack

    start()
    try:
        loaded = read_stored(path, job["kind"])
    except (OSError, ValueError, KeyError) as error:
        raise InputError(first_line(error)) from error
    return {"loaded": pack(loaded, shared)}


JOBS: dict[str, Callable[..., dict[str, Any]]] = {"read": _read, "look": _look, "stored": _stored}


def main() -> None:
    """Answer jobs until stdin closes, or none comes for ``IDLE`` seconds."""
    from mlcl_core.data.transfer import Shared

    # what libraries print must not mix with the answers
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def write(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    shared = Shared()
    unlimited = resource.getrlimit(resource.RLIMIT_AS)
    while select.select([sys.stdin], [], [], IDLE)[0] and (line := sys.stdin.readline()):
        shared.close()
        job = json.loads(line)
        report_to(lambda *so_far: write({"progress": so_far}), Path(job["path"]))
        reply = answer(job, shared)
        report_to(None)
        resource.setrlimit(resource.RLIMIT_AS, unlimited)
        watch(0)
        write(reply)


if __name__ == "__main__":
    main()
