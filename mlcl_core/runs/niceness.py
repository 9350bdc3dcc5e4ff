"""Let others go first: a training leaves the pages quick, and maps cost the training nothing."""

import contextlib
import os
from pathlib import Path

WORKER, BACKGROUND = 5, 19


def step_back(niceness: int) -> None:
    """Lower this process's priority, from 0 to 19, where the system has such a thing.

    Where the kernel shares time between sessions first (autogroup), niceness counts within the session only: the
    session has to step back too.
    """
    if hasattr(os, "nice"):
        os.nice(niceness)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))
