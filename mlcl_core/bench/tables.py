"""Seconds and memory to read tables of labels, against pyarrow and pandas reading the same files in one run."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from mlcl_core.bench.tables_made import FORMS, write_tables

CHILD = "mlcl_core.bench.tables_child"


def tables(
    *,
    rows: int = 1_000_000,
    labels: int = 1000,
    many_rows: int = 100_000,
    many_labels: int = 60_000,
    per_item: int = 3,
    rounds: int = 3,
    seed: int = 0,
    quick: bool = False,
) -> dict[str, Any]:
    """Read Parquet lists, ``a;b`` in CSV, JSON lines and a long CSV into the same sparse matrix and names.

    Args:
        rows, labels: Size of the first set.
        many_rows, many_labels: Size of the second one.
        per_item: Labels of an item, on average.
        rounds: Readings of each file by each side, turn about; the median of the ratios counts.
        seed: Of the labels.
        quick: One round of small files, to see that the bench works.

    Returns:
        For each set and form: seconds of ours and of the peer, the ratio, the peak memory of each above what its
        process holds before, and the ratio. Each reading has a process of its own; both sides give the same matrix and
        names, or the bench fails.
    """
    if quick:
        rows, labels, many_rows, many_labels, rounds = 20_000, 100, 4000, 2000, 1
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, size, width in (("frequent", rows, labels), ("many_labels", many_rows, many_labels)):
            files = write_tables(Path(folder) / name, size, width, per_item, seed)
            found[f"{name} {size:,} x {width:,}"] = {form: _compared(form, files[form], rounds) for form in FORMS}
    return found


def _compared(form: str, path: Path, rounds: int) -> dict[str, Any]:
    ours: list[dict[str, Any]] = []
    peer: list[dict[str, Any]] = []
    for turn in range(rounds):
        both = [("ours", ours), ("peer", peer)]
        for side, into in both if turn % 2 == 0 else reversed(both):
            into.append(_read(form, side, path))
    same = {one["digest"] for one in (*ours, *peer)}
    if len(same) > 1:
        raise RuntimeError(f"{form}: both sides read different labels")
    return {
        "bytes": path.stat().st_size,
        "seconds": median(one["seconds"] for one in ours),
        "peer_seconds": median(one["seconds"] for one in peer),
        "time_ratio": median(a["seconds"] / b["seconds"] for a, b in zip(ours, peer, strict=True)),
        "memory": median(one["memory"] for one in ours),
        "peer_memory": median(one["memory"] for one in peer),
        "memory_ratio": median(a["memory"] / b["memory"] for a, b in zip(ours, peer, strict=True)),
    }


def _read(form: str, side: str, path: Path) -> dict[str, Any]:
    root = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    # as the process that reads files, for both sides
    few = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    done = subprocess.run(
        [sys.executable, "-m", CHILD, form, side, str(path)],
        env=os.environ | few | {"PYTHONPATH": paths, "ARROW_DEFAULT_MEMORY_POOL": "system"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{form}, {side}: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)
