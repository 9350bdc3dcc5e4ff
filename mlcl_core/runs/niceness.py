"""Scheduling priority of background processes, so that mapping and compiling cost a training little."""

import contextlib
import os
from pathlib import Path

BACKGROUND = 10  # a tenth of the weight of a training: at 19 no map came in 25 s beside one that uses every core


def lower_priority(niceness: int) -> None:
    """Add to the niceness (0 to 19) of this process; no effect on systems without niceness.

    Where the kernel shares time between sessions first (autogroup), the niceness of a process counts within its session
    only, and that of the session is lowered too.
    """
    if hasattr(os, "nice"):
        os.nice(niceness)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))
