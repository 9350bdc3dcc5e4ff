"""The process that evaluates a run for a page: ``python -m mlcl_core.runs.evaluating RUN_DIR PROTOCOL``."""

import os
import sys
import traceback
from pathlib import Path
from socket import gethostname
from time import monotonic, time

from mlcl_core.errors import InputError, RunFailed
from mlcl_core.runs.evaluate import evaluate_run
from mlcl_core.runs.evaluations import Progress, write_progress
from mlcl_core.runs.run import Run
from mlcl_core.runs.worker.process import one_line

WRITE_SECONDS = 0.5


class ProgressFile:
    """Writes the progress of an evaluation, twice a second."""

    def __init__(self, run: Run, protocol: str):
        """Nothing is written yet."""
        self._run, self._protocol = run, protocol
        self._next = 0.0

    def write(self, done: int, of: int, phase: str, error: str | None = None) -> None:
        """Write it, unless something was written a moment ago; an error is written at once."""
        if error is None and monotonic() < self._next:
            return
        self._next = monotonic() + WRITE_SECONDS
        progress = Progress(
            protocol=self._protocol,
            phase=phase,
            done=done,
            of=of,
            pid=os.getpid(),
            host=gethostname(),
            at=time(),
            error=error,
        )
        write_progress(self._run, progress)


def main(path: Path, protocol: str) -> int:
    """Evaluate a run; returns 0, or 1 where that failed, and says why in its progress."""
    # uploads are looked up in the home directory of the run
    os.environ["MLCL_HOME"] = str(path.parent.parent)
    run = Run(path)
    file = ProgressFile(run, protocol)
    file.write(0, 0, "starting")
    try:
        evaluate_run(run, protocol, None, file.write)
    except (InputError, RunFailed, OSError) as reason:
        file.write(0, 0, "ended", one_line(reason))
        return 1
    except Exception as reason:
        traceback.print_exc()
        file.write(0, 0, "ended", f"{type(reason).__name__}: {one_line(reason)} (log.txt has the traceback)")
        return 1
    write_progress(run, None)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
