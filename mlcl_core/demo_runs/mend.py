"""Copies of the recorded runs in a home directory are made whole again where files were deleted or cut short."""

import os
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path

from mlcl_core.demo_runs.make import FOLDER, SAMPLES
from mlcl_core.runs.store import Store

OWN = {"meta.json", "status.json"}  # a home directory may hold others: name, note and tags of the run
GROWS = {"events.jsonl"}


def mend_samples(store: Store) -> list[str]:
    """Copy anew every missing or cut file of the recorded runs that a home directory has.

    Compares sizes, so that it takes a millisecond or two. A run that is not there at all is left to ``sample_runs``; a
    home directory that cannot be written stays as it is.

    Returns:
        Ids of the runs of which files were copied.
    """
    found = []
    for run_id, _ in SAMPLES.values():
        target = store.folder / run_id
        if target.is_dir() and not target.is_symlink():
            lacking = [path for path, size in _files(FOLDER / run_id) if _lacks(target / path, path, size)]
            if lacking and all(_copied(FOLDER / run_id / path, target / path) for path in lacking):
                found.append(run_id)
    return found


@cache
def _files(folder: Path) -> tuple[tuple[Path, int], ...]:
    """Files of a recorded run, which ship and stay as they are, and their sizes."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return tuple((path.relative_to(folder), path.stat().st_size) for path in files)


def _lacks(target: Path, path: Path, size: int) -> bool:
    try:
        there = os.stat(target).st_size
    except OSError:
        return True
    if path.name in OWN:
        return False
    return there < size if path.name in GROWS else there != size


def _copied(source: Path, target: Path) -> bool:
    hidden = target.with_name(f".new-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, hidden)
        hidden.replace(target)
    except OSError:
        with suppress(OSError):
            hidden.unlink(missing_ok=True)
        return False
    return True
