"""The methods of a study on one data set, each with its intervals, and which of them cannot be told from the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcl_core.statistics import (
    ALPHA,
    MIN_SEEDS,
    Difference,
    Interval,
    holm,
    interval_method,
    interval_seeds,
    method_difference,
)
from mlcl_core.studies.compare.groups import Group, find_groups, metric_record, reference_group
from mlcl_core.studies.compare.item_part import Contrast, ItemPart, Labels, item_parts
from mlcl_core.studies.folder import StudyFolder

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MethodRow:
    """One method of a table.

    Attributes:
        name: With the values of the axes that vary.
        method: The method alone.
        values: Of the other axes.
        seeds, per_seed, cells: Each seed, its value of the metric on test items, and the id of its cell.
        mean: Over the seeds.
        seeds_interval: Other seeds, the same test items; None: fewer than 3 seeds. Made from rows alone.
        items_interval: Of *these models*: other test items, the mean of these trained models. None: not computed yet.
        interval: Of *the method*: other test items and other seeds. None: not computed yet, or fewer than 3 seeds.
        gain_untrained, gain_items: Mean less that of the untrained encoder, and of the items as given; None: there is
            none.
        best: Whether its mean is the best of the table.
        against: The best less this one (or this one less the reference), over the seeds that both have, of these
            methods; None: it is that one itself, or not computed yet.
        against_items: The interval of the same difference, of *these models*.
        p: Of that difference, adjusted by Holm over the table; None: not computed, or fewer than 3 seeds.
        indistinguishable: Whether the adjusted p is at least .05; None: nothing can be said.
    """

    name: str
    method: str
    values: Mapping[str, Any]
    seeds: tuple[int, ...]
    per_seed: tuple[float, ...]
    cells: tuple[str, ...]
    mean: float
    seeds_interval: Interval | None = None
    items_interval: Interval | None = None
    interval: Interval | None = None
    gain_untrained: float | None = None
    gain_items: float | None = None
    best: bool = False
    against: Difference | None = None
    against_items: Interval | None = None
    p: float | None = None
    indistinguishable: bool | None = None


@dataclass(frozen=True, eq=False)
class MethodTable:
    """The methods on one data set, in one metric.

    Attributes:
        data, metric, title: The data set, the metric and its title.
        up: Whether a higher number is better.
        rows: In the order of the study's file.
        reference: Name of the row that the others are compared with: the best, or the one that was asked for.
        comparisons: Number of them that Holm's adjustment counts.
        untrained, items: The metric of the untrained encoder and of the items as given, mean over cells; None: none.
        complete: Whether the part of the items is computed.
        notes: What is missing or unequal, a sentence each.
    """

    data: str
    metric: str
    title: str
    up: bool
    rows: tuple[MethodRow, ...] = ()
    reference: str | None = None
    comparisons: int = 0
    untrained: float | None = None
    items: float | None = None
    complete: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def best(self) -> MethodRow | None:
        """The row with the best mean; None in a table without rows."""
        return next((row for row in self.rows if row.best), None)


def compare_methods(
    folder: StudyFolder,
    data: str,
    metric: str,
    *,
    methods: Sequence[str] | None = None,
    reference: str | None = None,
    where: Mapping[str, Any] | None = None,
    labels: Labels = "all",
    items: bool = True,
    resamples: int | None = None,
    comparisons: int | None = None,
    rows: "pd.DataFrame | None" = None,
) -> MethodTable:
    """The methods of a study on one data set, with their intervals, gains, and comparisons with the best.

    Args:
        folder: The study, which may be done in part.
        data: Name of the data set.
        metric: Name of a final metric.
        methods: Names of methods to keep; None: all.
        reference: Name of the row that the others are compared with; None: the best.
        where: Values of further axes, such as ``{"loss.temperature": 0.1}``, to keep; axes that are not given and vary
            make rows of their own.
        labels: Which labels a mean over labels is taken over: all, those with at least 10 test positives, or the rest.
        items: Whether to resample test items where no result is kept: seconds the first time. Without, what is kept is
            used.
        resamples: Of the items; None: 10,000, and 1,000 of a metric that sorts them anew.
        comparisons: Number of comparisons for whose level is said how many seeds would decide; None: those of the
            table. Holm's adjustment is over the table.
        rows: The study's rows, where they are read already.

    Edge cases:
        A data set without a finished cell: a table without rows.

    Raises:
        InputError: An unknown metric, axis or reference; predictions that cannot be read.
    """
    record = metric_record(metric)
    found = find_groups(folder, data, metric, methods=methods, where=where, rows=rows)
    groups, up = list(found.groups), record.direction != "down"
    empty = MethodTable(data, metric, record.title, up, notes=_notes(groups, found.failed))
    if not groups:
        return empty
    options: dict[str, Any] = {"labels": labels, "resamples": resamples, "compute": items}
    if labels != "all":
        groups = _over(folder, data, metric, groups, options)
        if not groups:
            return empty
    best = (max if up else min)(groups, key=lambda group: group.mean)
    base = reference_group(groups, reference) if reference is not None else best
    contrasts = {group.name: _contrast(group, base, lead=reference is None) for group in groups if group is not base}
    whole = {group.name: Contrast(tuple(group.cells.values())) for group in groups}
    wanted = [*whole.values(), *(contrast for contrast in contrasts.values() if contrast is not None)]
    parts = item_parts(folder, data, metric, wanted, **options)
    compared = sum(len(_common(group, base)) >= MIN_SEEDS for group in groups if group is not base)
    complete = all(contrast in parts for contrast in wanted)
    made = []
    for group in groups:
        row = replace(_row(group, parts.get(whole[group.name])), best=group is best)
        if (part := _part(contrasts.get(group.name), parts)) is not None:
            first, second = _sides(group, base, lead=reference is None)
            difference = _difference(first, second, part, up, comparisons or max(compared, 1))
            row = replace(row, against=difference, against_items=part.interval)
        made.append(row)
    return replace(
        empty,
        # Holm needs the p of all
        rows=tuple(_adjusted(made) if complete else made),
        reference=base.name,
        comparisons=compared,
        untrained=_mean([group.untrained for group in groups]),
        items=_mean([group.items for group in groups]),
        complete=complete,
    )


def _part(contrast: Contrast | None, parts: Mapping[Contrast, ItemPart]) -> ItemPart | None:
    return None if contrast is None else parts.get(contrast)


def _over(folder: StudyFolder, data: str, metric: str, groups: list[Group], options: Mapping[str, Any]) -> list[Group]:
    """The groups with their values over some labels alone; without gains, whose other side is known over all labels."""
    each = {cell: Contrast((cell,)) for group in groups for cell in group.cells.values()}
    parts = item_parts(folder, data, metric, each.values(), **options)
    if any(contrast not in parts for contrast in each.values()):
        return []
    return [
        replace(
            group,
            per_seed={seed: parts[each[cell]].value for seed, cell in group.cells.items()},
            untrained=None,
            items=None,
        )
        for group in groups
    ]


def _common(group: Group, base: Group) -> tuple[int, ...]:
    return tuple(seed for seed in group.cells if seed in base.cells)


def _sides(group: Group, base: Group, *, lead: bool) -> tuple[Group, Group]:
    """What is subtracted from what: the others from the best, or the reference from the others."""
    return (base, group) if lead else (group, base)


def _contrast(group: Group, base: Group, *, lead: bool) -> Contrast | None:
    seeds = _common(group, base)
    first, second = _sides(group, base, lead=lead)
    if not seeds:
        return None
    return Contrast(tuple(first.cells[seed] for seed in seeds), tuple(second.cells[seed] for seed in seeds))


def _difference(first: Group, second: Group, part: ItemPart, up: bool, comparisons: int) -> Difference:
    seeds = _common(first, second)
    return method_difference(first.of(seeds), second.of(seeds), part.se, part.items, part.ahead, up, comparisons)


def _row(group: Group, part: ItemPart | None) -> MethodRow:
    values = group.of(tuple(group.cells))
    return MethodRow(
        name=group.name,
        method=group.method,
        values=group.values,
        seeds=tuple(group.cells),
        per_seed=tuple(map(float, values)),
        cells=tuple(group.cells.values()),
        mean=group.mean,
        seeds_interval=interval_seeds(values),
        items_interval=None if part is None else part.interval,
        interval=None if part is None else interval_method(values, part.se, part.items),
        gain_untrained=None if group.untrained is None else group.mean - group.untrained,
        gain_items=None if group.items is None else group.mean - group.items,
    )


def _adjusted(rows: Sequence[MethodRow]) -> list[MethodRow]:
    """The rows with Holm's p, over those comparisons that have one."""
    told = [row for row in rows if row.against is not None and row.against.seeds >= MIN_SEEDS]
    adjusted = holm(np.array([row.against.p for row in told if row.against is not None]))
    p_of = {row.name: float(p) for row, p in zip(told, adjusted, strict=True)}
    return [
        replace(row, p=p_of[row.name], indistinguishable=p_of[row.name] >= ALPHA) if row.name in p_of else row
        for row in rows
    ]


def _notes(groups: Sequence[Group], failed: int) -> tuple[str, ...]:
    notes = []
    if failed:
        notes.append(f"{failed} cell{'s'[: failed != 1]} failed and {'are' if failed != 1 else 'is'} not counted.")
    counts = sorted({len(group.cells) for group in groups})
    if len(counts) > 1:
        notes.append(f"Methods have {counts[0]} to {counts[-1]} seeds; two are compared over those that both have.")
    return tuple(notes)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
