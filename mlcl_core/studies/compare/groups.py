"""The finished cells of a study on one data set, by method and by the values of its other axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float64

from mlcl_core.errors import InputError
from mlcl_core.metrics import FINAL_METRICS, FinalMetric
from mlcl_core.studies.axes import DATA, METHOD
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.records import OK

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Group:
    """One method at one value of each other axis: its seeds.

    Attributes:
        name: Of the method, with the values of the axes that vary.
        method: Of the method alone.
        values: Of the other axes.
        cells: Ids, by seed.
        per_seed: The metric on test items, by seed.
        untrained, items: Mean of the metric of the untrained encoder and of the items as given; None: there is none.
    """

    name: str
    method: str
    values: Mapping[str, Any]
    cells: Mapping[int, str]
    per_seed: Mapping[int, float]
    untrained: float | None = None
    items: float | None = None

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(np.mean(list(self.per_seed.values())))

    def of(self, seeds: Sequence[int]) -> Float64[np.ndarray, " s"]:
        """The values of some seeds."""
        return np.array([self.per_seed[seed] for seed in seeds], np.float64)


@dataclass(frozen=True, eq=False)
class Found:
    """The finished cells on one data set.

    Attributes:
        groups: In the order of the study's file.
        failed: Number of cells that failed.
    """

    groups: tuple[Group, ...] = ()
    failed: int = 0


def metric_record(name: str) -> FinalMetric:
    """The metric of that name.

    Raises:
        InputError: There is none that is measured on test items.
    """
    if name not in FINAL_METRICS:
        raise InputError(f"there is no metric {name!r}; there are: {', '.join(FINAL_METRICS)}")
    return FINAL_METRICS[name]


def find_groups(
    folder: StudyFolder,
    data: str,
    metric: str,
    *,
    methods: Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    rows: "pd.DataFrame | None" = None,
) -> Found:
    """The groups of a data set.

    Args:
        folder: The study, which may be done in part.
        data: Name of the data set.
        metric: Name of a final metric.
        methods: Names of methods, or of groups, to keep; None: all.
        where: Values of other axes to keep; an axis that is given is left out of the groups' names.
        rows: The study's rows, where they are read already.

    Raises:
        InputError: An unknown metric or axis.
    """
    metric_record(metric)
    rows, axes = folder.rows() if rows is None else rows, other_axes(folder)
    where = dict(where or {})
    if unknown := [axis for axis in where if axis not in axes]:
        raise InputError(
            f"study {folder.name}: there is no axis {unknown[0]!r}; there are: {', '.join(axes) or 'none'}"
        )
    if not len(rows) or metric not in rows:
        return Found(failed=len(rows))
    rows = rows[rows["data"] == data]
    for axis, value in where.items():
        rows = rows[rows[axis].map(lambda one, value=value: _same(one, value))]
    named = [axis for axis in axes if axis not in where and rows[axis].astype(str).nunique() > 1]
    done = rows[(rows["state"] == OK) & rows[metric].notna()]
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    wanted = ["cell", "method", "seed", *axes, metric, f"untrained_{metric}", f"items_{metric}"]
    for row in done[[column for column in wanted if column in done]].to_dict("records"):
        groups.setdefault((row["method"], *(row[axis] for axis in axes)), []).append(row)
    made = [_group(members, metric, axes, named) for members in groups.values()]
    if methods is not None:
        made = [group for group in made if group.name in methods or group.method in methods]
    order = method_order(folder)
    made.sort(key=lambda group: order.get(group.method, len(order)))
    return Found(tuple(made), int((rows["state"] != OK).sum()))


def reference_group(groups: Sequence[Group], name: str) -> Group:
    """The group, or the first of the method, of that name.

    Raises:
        InputError: There is none.
    """
    for group in groups:
        if name in (group.name, group.method):
            return group
    raise InputError(f"there is no method {name!r} to compare with; there are: {', '.join(g.name for g in groups)}")


def other_axes(folder: StudyFolder) -> list[str]:
    """Names of the axes beside data and method."""
    return [axis for axis in folder.file.grid if axis not in (DATA, METHOD)]


def method_order(folder: StudyFolder) -> dict[str, int]:
    """The place of each method in the study's file."""
    given = folder.file.grid.get(METHOD, [])
    names = [entry["name"] if isinstance(entry, dict) and "name" in entry else entry for entry in given]
    return {str(name).partition(":")[2] or str(name): place for place, name in enumerate(names)}


def data_names(rows: "pd.DataFrame") -> list[str]:
    """The data sets that have a finished cell."""
    return sorted(rows.loc[rows["state"] == OK, "data"].unique()) if len(rows) else []


def _group(members: list[dict[str, Any]], metric: str, axes: list[str], named: list[str]) -> Group:
    members = sorted(members, key=lambda row: int(row["seed"]))
    first = members[0]
    words = [f"{axis.rpartition('.')[2].replace('_', ' ')} {_short(first[axis])}" for axis in named]
    return Group(
        name=", ".join([first["method"], *words]),
        method=first["method"],
        values={axis: first[axis] for axis in axes},
        cells={int(row["seed"]): row["cell"] for row in members},
        per_seed={int(row["seed"]): float(row[metric]) for row in members},
        untrained=_mean(members, f"untrained_{metric}"),
        items=_mean(members, f"items_{metric}"),
    )


def _mean(members: list[dict[str, Any]], key: str) -> float | None:
    values = [row[key] for row in members if row.get(key) is not None and np.isfinite(row[key])]
    return float(np.mean(values)) if values else None


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _same(one: Any, other: Any) -> bool:
    try:
        return bool(float(one) == float(other))
    except (TypeError, ValueError):
        return str(one) == str(other)
