"""Let others go first: what is drawn and compiled beside a training costs the training little."""

import contextlib
import os
from pathlib import Path

BACKGROUND = 10  # a tenth of the weight of a training: at 19 no map came in 25 s beside one that uses every core


def step_back(niceness: int) -> None:
    """Lower this process's priority, from 0 to 19, where the system has such a thing.

    Where the kernel shares time between sessions first (autogroup), niceness counts within the session only: the
    session has to step back too.
    """
    if hasattr(os, "nice"):
        os.nice(niceness)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))
