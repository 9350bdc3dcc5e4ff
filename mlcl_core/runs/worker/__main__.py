"""``python -m mlcl_core.runs.worker RUN_DIR``, or ``-`` for a worker that waits for its run."""

import sys
from pathlib import Path

from mlcl_core.runs.worker.process import main, main_waiting

if __name__ == "__main__":
    sys.exit(main_waiting() if sys.argv[1] == "-" else main(Path(sys.argv[1]).absolute()))
