"""A metric against an axis of numbers: temperature, batch size, share of the training data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlcl_core.errors import InputError
from mlcl_core.statistics import Interval
from mlcl_core.studies.compare.groups import other_axes
from mlcl_core.studies.compare.table import MethodRow, compare_methods
from mlcl_core.studies.folder import StudyFolder

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class CurvePoint:
    """One value of the axis.

    Attributes:
        x: The value.
        mean: Of the metric, over the seeds.
        interval: Of the method where the part of the items is known, else of other seeds; None: fewer than 3 seeds.
        seeds: Number of them.
        cells: Their ids.
    """

    x: float
    mean: float
    interval: Interval | None
    seeds: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Curve:
    """A method, or a method at fixed values of the remaining axes, along the axis.

    Attributes:
        name: Its name.
        points: By ascending x.
    """

    name: str
    points: tuple[CurvePoint, ...]


def numeric_axes(folder: StudyFolder) -> list[str]:
    """Axes of a study whose values are numbers, two of them at least."""
    grid = folder.file.grid
    return [axis for axis in other_axes(folder) if len(grid[axis]) > 1 and all(map(_is_number, grid[axis]))]


def curves(
    folder: StudyFolder,
    data: str,
    metric: str,
    axis: str,
    *,
    methods: Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    items: bool = False,
    rows: "pd.DataFrame | None" = None,
) -> list[Curve]:
    """The metric of each method along an axis of numbers.

    Args:
        folder: The study, which may be done in part.
        data: Name of the data set.
        metric: Name of a final metric.
        axis: One of :func:`numeric_axes`.
        methods, where, items, rows: As for :func:`mlcl_core.studies.compare.compare_methods`; without ``items`` rows
            are enough where nothing is kept, and intervals are of other seeds.

    Raises:
        InputError: The axis is none of numbers, or as ``compare_methods``.
    """
    known = numeric_axes(folder)
    if axis not in known:
        raise InputError(
            f"study {folder.name}: {axis!r} is no axis of numbers; there are: {', '.join(known) or 'none'}"
        )
    rows = folder.rows() if rows is None else rows
    values = sorted({float(value) for value in folder.file.grid[axis]})
    found: dict[str, list[CurvePoint]] = {}
    for x in values:
        table = compare_methods(
            folder, data, metric, methods=methods, where={**(where or {}), axis: x}, items=items, rows=rows
        )
        for row in table.rows:
            found.setdefault(row.name, []).append(_point(x, row))
    return [Curve(name, tuple(points)) for name, points in found.items()]


def _point(x: float, row: MethodRow) -> CurvePoint:
    return CurvePoint(x, row.mean, row.interval or row.seeds_interval, len(row.seeds), row.cells)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
