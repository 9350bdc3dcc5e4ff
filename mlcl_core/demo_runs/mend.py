"""Copies of the recorded runs in a home directory are made whole again where files were deleted or cut short."""

import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path

from mlcl_core.demo_runs.make import FOLDER, SAMPLES, sample_runs
from mlcl_core.runs.store import Store

OWN = {"meta.json", "status.json"}  # a home directory may hold others: name, note and tags of the run
GROWS = {"events.jsonl"}


def mend_samples(store: Store, *, by_bytes: bool = False) -> list[str]:
    """Copy the recorded runs anew where they were deleted, and each of their files that is missing or cut short.

    A home directory that cannot be written stays as it is.

    Args:
        store: The runs of the home directory.
        by_bytes: Compare all bytes. Otherwise sizes are compared, which takes a millisecond or two.

    Returns:
        Ids of the runs that are whole again.
    """
    found = [run_id for run_id, _ in SAMPLES.values() if not (store.folder / run_id).exists()]
    sample_runs(store)
    found = [run_id for run_id in found if (store.folder / run_id).is_dir()]
    for run_id, _ in SAMPLES.values():
        target = store.folder / run_id
        if target.is_dir() and not target.is_symlink():
            files = _files(FOLDER / run_id)
            lacking = [path for path, size in files if _lacks(target / path, path, size)]
            if by_bytes:
                lacking += [
                    path for path, _ in files if path not in lacking and _differs(target, FOLDER / run_id, path)
                ]
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
        there = target.stat().st_size
    except OSError:
        return True
    if path.name in OWN:
        return False
    return there < size if path.name in GROWS else there != size


def _differs(target: Path, source: Path, path: Path) -> bool:
    if path.name in OWN | GROWS:
        return False
    try:
        return (target / path).read_bytes() != (source / path).read_bytes()
    except OSError:
        return True


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
