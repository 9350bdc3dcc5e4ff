"""``python -m tests.studies.killed STUDY_DIR SEED``: the process of a study, killed at random moments until it ends.

Imports are paid for once: each process is forked from this one. Prints how many were killed.
"""

import os
import signal
import sys
from pathlib import Path
from threading import Timer

import numpy as np
import pandas  # noqa: F401 - imported before the forks
import pyarrow.parquet  # noqa: F401
import scipy.stats  # noqa: F401
import sklearn.metrics  # noqa: F401
import torch._dynamo  # noqa: F401

from mlcl_core.studies import process, run_cell, whole  # noqa: F401 - imported before the forks

KILLS = 6
SECONDS = 0.6  # at most, before a kill


def main(path: Path, seed: int) -> int:
    """Start the study again and again; the last process is left in peace."""
    rng, killed = np.random.default_rng(seed), 0
    for number in range(KILLS + 1):
        child = os.fork()
        if child == 0:
            os._exit(process.main(path, False))
        after = Timer(float(rng.uniform(0.05, SECONDS)), os.kill, (child, signal.SIGKILL))
        if number < KILLS:
            after.start()
        _, state = os.waitpid(child, 0)
        after.cancel()
        killed += os.WIFSIGNALED(state)
        if os.WIFEXITED(state):
            break
    sys.stdout.write(f"{killed} {os.waitstatus_to_exitcode(state)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
