"""Which checkpoints of a run stay: those to go on from, and those to branch from. Imports no torch."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mlcl_core.engine.config import WatchConfig
from mlcl_core.engine.schedule import MIN_SPACING, SPREAD

NEWEST = 2  # a run goes on from the newest, or from the one before where that is damaged


@dataclass(frozen=True)
class Kept:
    """The checkpoints of a run that stay.

    Attributes:
        steps: Their steps.
        spacing: One is kept in so many steps, besides the others; None: none.
        notice: What does not fit into the disk space, in a sentence; None: everything fits.
    """

    steps: frozenset[int]
    spacing: int | None
    notice: str | None


def kept_checkpoints(sizes: Mapping[int, int], total: int, marks: Collection[int], watch: WatchConfig) -> Kept:
    """Which checkpoints stay within the disk space ``watch.checkpoint_mb``.

    Without a limit these are step 0, the first in every 20th of the run, for each mark the newest at or before it, and
    the newest two. Where those of the whole run would not fit, every second of the evenly spread ones goes, then every
    second of the rest, and so on; then every second mark, the older of two first; then step 0. The newest two stay,
    however large.

    Args:
        sizes: Bytes by step, of the checkpoints that there are.
        total: Steps of the whole run.
        marks: Steps with an intervention or an alarm.
        watch: How often checkpoints are written, and the disk space.
    """
    steps, megabytes = sorted(sizes), watch.checkpoint_mb
    newest, first = set(steps[-NEWEST:]), set(steps[:1]) & {0}
    at_marks = sorted({steps[place - 1] for mark in marks if (place := bisect_right(steps, mark))})
    base = spacing = max(-(-total // SPREAD), min(watch.checkpoint_every, MIN_SPACING))

    def left(found: Collection[int]) -> int:
        return megabytes * 2**20 - sum(sizes[step] for step in found)

    # those to come are counted too: what is kept is as dense at the beginning as at the end
    largest, beside = max(sizes.values(), default=0), left(newest | first | set(at_marks))
    while (coming := total // spacing) or spacing == base:
        if coming * largest <= beside:
            found = newest | first | set(at_marks) | _first_in_each(steps, spacing)
            said = None if spacing == base else _thinned(f"one in {spacing:,} steps instead of {base:,}", megabytes)
            return Kept(frozenset(found), spacing, said)
        spacing *= 2
    thinned = at_marks
    while thinned and left(newest | first | set(thinned)) < 0:
        thinned = thinned[1::2]
    what = "none beside those at step 0, at marks and the newest two"
    if len(thinned) < len(at_marks):
        what = f"{len(thinned):,} of {len(at_marks):,} at marks, beside step 0 and the newest two"
    if left(newest | first | set(thinned)) < 0:
        first, what = set(), "only the newest two"
    return Kept(frozenset(newest | first | set(thinned)), None, _thinned(what, megabytes))


def _first_in_each(steps: Iterable[int], spacing: int) -> set[int]:
    """The first step in each stretch of ``spacing`` steps: the same at every moment, and when stretches are joined."""
    found: dict[int, int] = {}
    for step in steps:
        found.setdefault(step // spacing, step)
    return set(found.values())


def _thinned(what: str, megabytes: int) -> str:
    return f"Checkpoints to branch from are thinned to {megabytes:,} MB (watch.checkpoint_mb): {what}."


__all__ = ["NEWEST", "Kept", "kept_checkpoints"]
