"""All runs as rows of a table, and what takes longer beside each: its newest map as a picture, a curve, disk space.

A page with hundreds of runs opens at once: what is not there yet is made a little at a time, redraw by redraw.
"""

import base64
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from dashboard.figures.map_picture import map_picture
from dashboard.figures.run_table import Extra
from dashboard.loaders.run_files import runs
from mlcl_core.errors import InputError
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.disk import DiskUse, disk_use
from mlcl_core.runs.listing import RunRow, run_row
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import ALIVE
from mlcl_core.runs.run import Run
from mlcl_core.runs.watched_items import read_label_counts

FILES = ("config.json", "meta.json", "status.json", "events.jsonl", "requests.jsonl")
MAX_KEPT = 4_096  # runs
MAX_POINTS = 40  # of a curve
SECONDS = 0.15  # for what is not made yet, at each redraw

Stamp = tuple[tuple[int, int, int], ...]
_rows: dict[str, tuple[Stamp, RunRow]] = {}
_made: dict[tuple[str, ...], tuple[Any, Any]] = {}


def run_rows(*, studies: bool = False) -> list[RunRow]:
    """A row for each run, newest first; for the cells of studies too, where these are asked for.

    That of an ended run is kept while its files stay the same.

    Raises:
        InputError: The folder of runs cannot be listed.
    """
    return [_row(run) for run in runs(studies=studies)]


def _row(run: Run) -> RunRow:
    path, stamp = str(run.path), _stamp(str(run.path), FILES)
    kept = _rows.get(path)
    if kept is not None and kept[0] == stamp:
        return kept[1]
    row = run_row(run)
    # whether a worker is alive is asked each time
    if row.run.written_status().state not in ALIVE:
        _keep(_rows, path, (stamp, row))
    return row


@dataclass(frozen=True)
class Extras:
    """What belongs to rows: by run, the bytes of all runs together as far as known, and whether all of it is made."""

    of: dict[str, Extra]
    uses: dict[str, DiskUse]
    complete: bool


def extras(
    shown: Sequence[Run], others: Sequence[Run], map_name: str, metric: str, seconds: float | None = SECONDS
) -> Extras:
    """Pictures, curves and disk space of the runs that are shown, then the disk space of the others.

    Args:
        shown: The runs in sight.
        others: The others; those that are shown too count once.
        map_name: The map of the pictures; runs without it have one of their first map.
        metric: The metric of the curves.
        seconds: After which the rest is left for the next call; None: all of it is made.
    """
    end = None if seconds is None else perf_counter() + seconds
    complete = True

    def up_to_date(key: tuple[str, ...], stamp: Any, make: Callable[[], Any]) -> Any:
        """The value, also one of an earlier stamp, until there is time for another."""
        nonlocal complete
        kept = _made.get(key)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        if end is not None and perf_counter() > end:
            complete = False
            return None if kept is None else kept[1]
        value = make()
        _keep(_made, key, (stamp, value))
        return value

    found, uses = {}, {}
    for run in shown:
        path = str(run.path)
        name, step = _newest_map(run, map_name)
        map_stamp = _stamp(str(numbered_path(run.path / "maps" / name, step)), ("",))
        picture = up_to_date((path, "map"), (name, step, map_stamp), partial(_picture, run, name, step))
        events = _stamp(path, ("events.jsonl",))
        curve = up_to_date((path, "curve"), (metric, events), partial(_curve, run, metric))
        uses[run.id] = up_to_date((path, "disk"), _changed(path), partial(disk_use, run))
        found[run.id] = Extra(picture, curve, None if uses[run.id] is None else uses[run.id].total)
    for run in others:
        if run.id in found:
            continue
        uses[run.id] = up_to_date((str(run.path), "disk"), _changed(str(run.path)), partial(disk_use, run))
        found[run.id] = Extra(disk=None if uses[run.id] is None else uses[run.id].total)
    return Extras(found, {name: use for name, use in uses.items() if use is not None}, complete)


def _newest_map(run: Run, wanted: str) -> tuple[str, int]:
    for name in (wanted, FIRST_MAP):
        if steps := run.map_steps(name):
            return name, steps[-1]
    return FIRST_MAP, 0


def _picture(run: Run, name: str, step: int) -> str | None:
    with suppress(InputError, OSError):  # no map yet, or a damaged one
        drawn = run.map(name, step)
        counts = None
        with suppress(InputError):
            counts = read_label_counts(run.path / "probe.parquet")
        same = counts is not None and len(counts) == len(drawn.xy)
        png = map_picture(drawn.xy, counts if same else None, drawn.apart)
        return "data:image/png;base64," + base64.b64encode(png).decode()
    return None


def _curve(run: Run, metric: str) -> list[float] | None:
    with suppress(InputError):
        frames = run.events("frame")
        values = [float(frame["metrics"][metric]) for frame in frames if metric in frame.get("metrics", {})]
        stride = -(-len(values) // MAX_POINTS) or 1
        thinned = values[:-1:stride] + values[-1:]
        return [round(value, 5) for value in thinned] if len(thinned) > 1 else None
    return None


def _changed(path: str) -> Any:
    """What changes when files of a run come and go: cheaper than counting them, and enough for numbers in MB."""
    return _stamp(path, ("", "frames", "checkpoints", "batches", "maps", "events.jsonl", "log.txt"))


def _stamp(path: str, names: Sequence[str]) -> Stamp:
    found = []
    for name in names:
        try:
            one = os.stat(f"{path}{os.sep}{name}" if name else path)  # noqa: PTH116 - thousands at each redraw
            found.append((one.st_mtime_ns, one.st_size, one.st_ino))
        except OSError:
            found.append((0, 0, 0))
    return tuple(found)


def _keep(kept: dict[Any, Any], key: Any, value: Any) -> None:
    while len(kept) >= 3 * MAX_KEPT:
        kept.pop(next(iter(kept)), None)
    kept[key] = value
