"""The watched items of a run at one step, as a table: id, split, labels, text, x, y, z, h."""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from dashboard.export.origin import origin
from dashboard.export.table import ExportTable
from mlcl_core.errors import InputError
from mlcl_core.maps import FIRST_MAP
from mlcl_core.runs.records import Frame, MapFrame, WatchedItems
from mlcl_core.runs.run import Run

COLUMNS = {
    "id": "number of the item in the data set, from 0 on",
    "split": "train, validation or test",
    "labels": "names of the item's labels, as a list",
    "text": "the item's text (its first 2,000 characters), or its name where the items are no texts",
    "x, y": "coordinates on the map, no unit; empty where the run has no map of the step",
    "z": "projected embedding, on which the loss acts; cosines of z are those of the loss; recorded in 16 bits",
    "h": "embedding before the projection head; recorded in 16 bits",
}
UNITS = "x, y: of the map, no unit; z, h: no unit"
NEAREST = 2  # steps named on either side of one that is missing


def items_table(
    run: Run, step: int | None = None, map_name: str | None = None, ids: np.ndarray | None = None
) -> ExportTable:
    """The watched items at a step.

    Args:
        run: The run.
        step: The step of a frame; None: the last frame.
        map_name: The map of x and y; None: the first map, and no coordinates where it has none of this step.
        ids: The items; None: all.

    Returns:
        Columns id, split, labels, text, x, y, z0.., h0.., in the order of the watched items.

    Raises:
        InputError: The run has no frame, or no such map, at the step (the nearest steps are named); a damaged file.
    """
    step = frame_step(run, step)
    frame, watched = run.frame(step), run.watched_items()
    drawn = _map(run, step, map_name)
    rows = np.arange(len(watched.ids)) if ids is None else np.flatnonzero(np.isin(watched.ids, ids))
    table = _columns(frame, watched, drawn, rows)
    names = table.column_names
    matrices = {kind: tuple(name for name in names if name[0] == kind and name[1:].isdigit()) for kind in "zh"}
    told = origin(
        run,
        step,
        None if drawn is None else drawn.name,
        columns=COLUMNS,
        units=UNITS,
        items=len(rows),
        watched=len(watched.ids),
        label_names=list(watched.label_names),
    )
    return ExportTable(table, told, matrices)


def frame_step(run: Run, step: int | None) -> int:
    """The step, if it has a frame; None: the last one that has.

    Raises:
        InputError: There is no frame there; the nearest steps are named.
    """
    return _one_of(run.frame_steps(), step, f"run {run.name!r} has no frame")


def map_step(run: Run, name: str, step: int | None) -> int:
    """The step, if it has a map of that name; None: the last one that has.

    Raises:
        InputError: There is no such map there; the nearest steps, or the maps that there are, are named.
    """
    if name not in run.map_names():
        raise InputError(f"run {run.name!r} has no map {name!r}; there are: {', '.join(run.map_names()) or 'none yet'}")
    return _one_of(run.map_steps(name), step, f"run {run.name!r} has no map {name!r}")


def _one_of(steps: Sequence[int], step: int | None, what: str) -> int:
    if not steps:
        raise InputError(f"{what} yet")
    if step is None:
        return steps[-1]
    if step in steps:
        return step
    place = bisect_left(steps, step)
    near = steps[max(0, place - NEAREST) : place + NEAREST]
    raise InputError(
        f"{what} at step {step:,}; the nearest steps are {', '.join(f'{one:,}' for one in near)} (of {len(steps):,}, "
        f"from {steps[0]:,} to {steps[-1]:,})"
    )


def _map(run: Run, step: int, name: str | None) -> MapFrame | None:
    if name is not None:
        return run.map(name, map_step(run, name, step))
    return run.map(FIRST_MAP, step) if step in run.map_steps(FIRST_MAP) else None


def _columns(frame: Frame, watched: WatchedItems, drawn: MapFrame | None, rows: np.ndarray) -> pa.Table:
    words = watched.names if watched.texts is None else watched.texts
    found: dict[str, pa.Array] = {
        "id": pa.array(watched.ids[rows], pa.int64()),
        "split": pa.array(watched.split[rows].tolist(), pa.string()),
        "labels": pa.array(
            [[watched.label_names[label] for label in np.flatnonzero(watched.labels[row])] for row in rows],
            pa.list_(pa.string()),
        ),
        "text": pa.array([words[row] for row in rows], pa.string()),
    }
    for place, name in enumerate("xy"):
        found[name] = pa.nulls(len(rows), pa.float32()) if drawn is None else pa.array(drawn.xy[rows, place])
    for name, values in (("z", frame.z), ("h", frame.h)):
        found |= {f"{name}{place}": pa.array(values[rows, place]) for place in range(values.shape[1])}
    return pa.table(found)
