"""What each method gains on frequent and on rare labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcl_core.metrics import Bands, bands
from mlcl_core.statistics import Difference, Interval, method_difference
from mlcl_core.studies.compare.groups import Found, Group, find_groups, metric_record, reference_group
from mlcl_core.studies.compare.item_part import Contrast, ItemPart, columns_of, item_parts
from mlcl_core.studies.folder import StudyFolder

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class BandGain:
    """A method on the labels of one band.

    Attributes:
        method: Name of the method.
        band: head, medium or tail.
        value: The metric over these labels, mean over seeds.
        gain: Less that of the reference, over the seeds that both have; None: it is the reference, or they share none.
        gain_items: The interval of that gain, of these models.
    """

    method: str
    band: str
    value: float
    gain: Difference | None
    gain_items: Interval | None


@dataclass(frozen=True, eq=False)
class BandGains:
    """The methods by band.

    Attributes:
        reference: Name of the method that gains are over; None: no cell is finished.
        cut: Which labels are in which band, and how they were cut, in words.
        labels, covered: Number of labels of each band, and of those that some test item has.
        reliable: Of those with at least 10 test positives: below, intervals are not to be relied on.
        rows: Band by band; a band without a label that some test item has is left out.
    """

    reference: str | None
    cut: Bands | None
    labels: tuple[int, ...] = ()
    covered: tuple[int, ...] = ()
    reliable: tuple[int, ...] = ()
    rows: tuple[BandGain, ...] = ()


def band_gains(
    folder: StudyFolder,
    data: str,
    metric: str = "macro_f1",
    *,
    methods: Sequence[str] | None = None,
    reference: str | None = None,
    where: Mapping[str, Any] | None = None,
    items: bool = True,
    rows: "pd.DataFrame | None" = None,
) -> BandGains:
    """The gains of methods over a reference, on head, medium and tail labels.

    Args:
        folder: The study, which may be done in part.
        data: Name of the data set.
        metric: Name of a final metric that some labels alone have: macro-F1, micro-F1 or mAP.
        methods, where, rows: As for :func:`mlcl_core.studies.compare.compare_methods`.
        reference: Name of the method that gains are over; None: the first of the study's file that has a result.
        items: Whether to resample where no result is kept; without, what is kept is used, and the rest left out.

    Raises:
        InputError: An unknown metric, axis or reference; predictions that cannot be read.
    """
    record = metric_record(metric)
    found = find_groups(folder, data, metric, methods=methods, where=where, rows=rows)
    if not found.groups:
        return BandGains(None, None)
    base = found.groups[0] if reference is None else reference_group(found.groups, reference)
    test = folder.labels(data)
    cut, counts = bands(test.train_counts), test.labels.sum(0)
    gains = [
        gain
        for band, columns in zip(cut.names, cut.labels, strict=True)
        if counts[columns].any()
        for gain in _of_band(
            folder, data, metric, band, columns.tolist(), found, base, record.direction != "down", items
        )
    ]
    frequent = set(columns_of(test.labels, "frequent").tolist())
    return BandGains(
        base.name,
        cut,
        tuple(len(columns) for columns in cut.labels),
        tuple(int((counts[columns] > 0).sum()) for columns in cut.labels),
        tuple(len(frequent & set(columns.tolist())) for columns in cut.labels),
        tuple(gains),
    )


def _of_band(
    folder: StudyFolder,
    data: str,
    metric: str,
    band: str,
    columns: list[int],
    found: Found,
    base: Group,
    up: bool,
    compute: bool,
) -> list[BandGain]:
    cells = {cell: Contrast((cell,)) for group in found.groups for cell in group.cells.values()}
    shared = {group.name: [seed for seed in group.cells if seed in base.cells] for group in found.groups}
    contrasts = {
        group.name: Contrast(
            tuple(group.cells[seed] for seed in shared[group.name]),
            tuple(base.cells[seed] for seed in shared[group.name]),
        )
        for group in found.groups
        if group is not base and shared[group.name]
    }
    parts = item_parts(folder, data, metric, [*cells.values(), *contrasts.values()], labels=columns, compute=compute)
    gains = []
    for group in found.groups:
        own = [parts[cells[cell]].value for cell in group.cells.values() if cells[cell] in parts]
        if len(own) < len(group.cells):
            continue
        contrast = contrasts.get(group.name)
        part = None if contrast is None else parts.get(contrast)
        gain = None if part is None else _gain(group, base, shared[group.name], parts, cells, part, up)
        gains.append(BandGain(group.name, band, sum(own) / len(own), gain, None if part is None else part.interval))
    return gains


def _gain(
    group: Group,
    base: Group,
    seeds: Sequence[int],
    parts: Mapping[Contrast, ItemPart],
    cells: Mapping[str, Contrast],
    part: ItemPart,
    up: bool,
) -> Difference:
    first, second = (
        np.array([parts[cells[side.cells[seed]]].value for seed in seeds], np.float64) for side in (group, base)
    )
    return method_difference(first, second, part.se, part.items, part.ahead, up)
