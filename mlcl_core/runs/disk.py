"""The disk space that a run takes, by what fills it; files that branches share count once in a sum over runs."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from time import time_ns

from mlcl_core.runs.run import Run

PARTS = ("frames", "maps", "batches", "checkpoints")
# A folder that changed this recently is counted again at the next call: another file may come within the same tick of
# the file system's clock.
RECENT_NS = 2_000_000_000
MAX_KEPT = 16_384  # folders

File = tuple[int, int]  # device and number of a file: names of one file share it


@dataclass(frozen=True)
class DiskUse:
    """Bytes of a run's files.

    Attributes:
        parts: Bytes by part: ``PARTS``, and ``rest`` for everything else. A file that another run shares counts whole.
        shared: Bytes of those files that have further names, by file.
    """

    parts: dict[str, int]
    shared: dict[File, int]

    @property
    def total(self) -> int:
        """Bytes of all parts."""
        return sum(self.parts.values())


@dataclass(frozen=True)
class _Counted:
    """One folder: bytes of its files, those of files with further names, and its folders."""

    size: int
    shared: dict[File, int]
    folders: tuple[str, ...]


_kept: dict[str, tuple[int, _Counted]] = {}


def disk_use(run: Run) -> DiskUse:
    """Bytes of a run's files; a folder that did not change since the last call is not looked into again.

    Files that cannot be looked at count 0, and links are not followed.
    """
    shared: dict[File, int] = {}
    parts = {name: _whole(run.path / name, shared) for name in PARTS}
    # beside the parts stand files that grow: they are looked at each time
    outside = _count(str(run.path))
    shared |= outside.shared
    rest = outside.size + sum(_whole(run.path / name, shared) for name in outside.folders if name not in PARTS)
    return DiskUse({**parts, "rest": rest}, shared)


def all_together(uses: Iterable[DiskUse]) -> int:
    """Bytes of several runs: a file that they share counts once."""
    found = list(uses)
    whole: dict[File, int] = reduce(lambda one, other: one | other.shared, found, {})
    return sum(use.total - sum(use.shared.values()) for use in found) + sum(whole.values())


def _whole(folder: Path, shared: dict[File, int]) -> int:
    """Bytes below a folder; the shared ones are added to ``shared`` too."""
    size, waiting = 0, [str(folder)]
    while waiting:
        place = waiting.pop()
        counted = _unless_unchanged(place)
        size += counted.size
        shared |= counted.shared
        waiting += [f"{place}{os.sep}{name}" for name in counted.folders]
    return size


def _unless_unchanged(folder: str) -> _Counted:
    try:
        changed = os.lstat(folder).st_mtime_ns
    except OSError:
        return _Counted(0, {}, ())
    kept = _kept.get(folder)
    if kept is not None and kept[0] == changed:
        return kept[1]
    counted = _count(folder)
    if time_ns() - changed > RECENT_NS:
        while len(_kept) >= MAX_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[folder] = (changed, counted)
    return counted


def _count(folder: str) -> _Counted:
    size, shared, folders = 0, {}, []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                    continue
                found = entry.stat(follow_symlinks=False)
                size += found.st_size
                if found.st_nlink > 1:
                    shared[(found.st_dev, found.st_ino)] = found.st_size
    except OSError:  # deleted meanwhile, or without permission
        pass
    return _Counted(size, shared, tuple(folders))


__all__ = ["PARTS", "DiskUse", "all_together", "disk_use"]
