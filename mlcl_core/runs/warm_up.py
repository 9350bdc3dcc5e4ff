"""Compile what maps need before a run asks for it: ``python -m mlcl_core.runs.warm_up HOME``, at a low priority.

On a fresh machine umap-learn compiles for most of a minute; the result is kept in ``HOME/cache/numba`` and serves every
mapper from then on. One process works at a time, and ends at once where something is kept already.
"""

import os
import sys
from pathlib import Path

import numpy as np

from mlcl_core.maps import MAPS
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.niceness import BACKGROUND, lower_priority

ITEMS, DIMS = 200, 8


def needed(home: Path) -> bool:
    """Whether nothing is kept yet in the folder that the mappers of this home directory use."""
    return "NUMBA_CACHE_DIR" not in os.environ and not any((home / "cache" / "numba").glob("*"))


def main(arguments: list[str] | None = None) -> int:
    """Run the process; 0: done, not needed, or under way in another process; 2: usage."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m mlcl_core.runs.warm_up HOME\n")
        return 2
    home = Path(arguments[0]).absolute()
    cache = home / "cache"
    cache.mkdir(exist_ok=True)
    lock = FileLock(cache / "warm_up.lock")
    if not needed(home) or not lock.acquire():
        return 0
    os.environ["NUMBA_CACHE_DIR"] = str(cache / "numba")
    try:
        points = np.random.default_rng(0).normal(size=(ITEMS, DIMS))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        for record in MAPS.values():
            if record.compiles:
                first = record.make(points, None)
                record.make(points, first.xy)
    finally:
        lock.release()
    return 0


if __name__ == "__main__":
    lower_priority(BACKGROUND)
    sys.exit(main())
