"""What resampled test items say of the cells of a study, kept on disk: the part of an answer that takes seconds."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Int64

from mlcl_core.errors import InputError
from mlcl_core.evaluation.of_counts import of_counts
from mlcl_core.metrics import FinalMetric
from mlcl_core.runs.files import read_json, write_json
from mlcl_core.statistics import (
    RESAMPLES,
    Interval,
    Resampled,
    interval_items,
    mean_of,
    minus,
    p_items,
    resample,
    share_ahead,
)
from mlcl_core.studies.compare.groups import metric_record
from mlcl_core.studies.folder import StudyFolder

OVER_LABELS = ("macro_f1", "map", "macro_auroc")  # means over labels: some may be too rare to say anything
FREQUENT = 10  # test positives of a label, from which on such a mean has an interval to rely on
FEW = 1_000  # resamples whose spread alone is wanted, as Student's t does, and of metrics that sort each of them anew
RANKED = 1_000_000_000  # items x labels x resamples of such a metric: some seconds a cell
MIN_RESAMPLES = 200
SCHEMA = 1
MAX_KEPT = 2_000  # contrasts in a file

Labels = Literal["all", "frequent", "rare"]
Cells = tuple[str, ...]


@dataclass(frozen=True)
class Contrast:
    """The mean over some cells, less the mean over others; without others, the mean itself."""

    plus: Cells
    less: Cells = ()


@dataclass(frozen=True)
class ItemPart:
    """What resampled items say of a contrast.

    Attributes:
        value: The contrast on the test items.
        se: Its standard error.
        low, high, method, p: Interval and p value of these models.
        ahead: Share of resamples in which the cells of ``plus`` are ahead.
        items, resamples: Numbers of them.
    """

    value: float
    se: float
    low: float
    high: float
    method: Literal["percentile", "bca"]
    p: float
    ahead: float
    items: int
    resamples: int

    @property
    def interval(self) -> Interval:
        """Of these models."""
        return Interval(self.low, self.high, "these models", self.method, self.items, self.resamples)


def columns_of(labels: Bool[np.ndarray, "n c"], which: Labels | Sequence[int]) -> Int64[np.ndarray, " k"]:
    """The labels that a metric is taken over: all, those with at least 10 test positives, the others that some item
    has, or some by their places.
    """
    counts = labels.sum(0)
    if which == "all":
        return np.arange(labels.shape[1])
    if which == "frequent":
        return np.flatnonzero(counts >= FREQUENT)
    if which == "rare":
        return np.flatnonzero((counts > 0) & (counts < FREQUENT))
    return np.asarray(which, np.int64)


def item_parts(
    folder: StudyFolder,
    data: str,
    metric: str,
    contrasts: Iterable[Contrast],
    *,
    labels: Labels | Sequence[int] = "all",
    seed: int = 0,
    resamples: int | None = None,
    compute: bool = True,
) -> dict[Contrast, ItemPart]:
    """What resampled items say of contrasts of cells: kept ones from the study's folder, others computed and kept.

    Args:
        folder: The study.
        data: Name of the data set that all cells are of.
        metric: Name of a final metric.
        contrasts: What is wanted.
        labels: Which labels the metric is taken over; places for some of them.
        seed: Of the resamples, which are the same for all cells.
        resamples: None: 10,000, and 1,000 of a metric that sorts them anew, down to 200 of many items and labels.
        compute: Whether what is not kept is computed; else it is left out.

    Raises:
        InputError: Predictions cannot be read, or a metric that cannot be resampled.
    """
    record, wanted = metric_record(metric), list(dict.fromkeys(contrasts))
    number = resamples or _resamples(folder, data, record)
    stamp = [SCHEMA, data, metric, labels if isinstance(labels, str) else [int(at) for at in labels], seed, number]
    path = folder.path / "statistics" / f"{_hash(stamp)}.json"
    cells = sorted({cell for contrast in wanted for cell in (*contrast.plus, *contrast.less)})
    stamps = {cell: _written(folder, cell) for cell in cells}
    keys = {contrast: _key(contrast, stamps) for contrast in wanted}
    kept = _read(path)
    found = {contrast: kept[key] for contrast, key in keys.items() if key in kept}
    missing = [contrast for contrast in wanted if contrast not in found]
    if missing and compute:
        computed = _computed(folder, record, missing, labels, number, seed)
        found |= computed
        older = dict(list(kept.items())[-MAX_KEPT:])
        _keep(folder, path, older | {keys[contrast]: part for contrast, part in computed.items()})
    return found


def _resamples(folder: StudyFolder, data: str, record: FinalMetric) -> int:
    if record.weighted is None:
        return RESAMPLES
    return max(MIN_RESAMPLES, min(FEW, RANKED // max(1, folder.labels(data).labels.size)))


def _computed(
    folder: StudyFolder,
    record: FinalMetric,
    contrasts: Sequence[Contrast],
    labels: Labels | Sequence[int],
    resamples: int,
    seed: int,
) -> dict[Contrast, ItemPart]:
    cells = sorted({cell for contrast in contrasts for cell in (*contrast.plus, *contrast.less)})
    predictions = [folder.predictions(cell) for cell in cells]
    if labels != "all":
        columns = columns_of(predictions[0].labels, labels)
        predictions = [one.of_labels(columns) for one in predictions]
    measures = [of_counts(record, one) for one in predictions]
    of_cell = dict(
        zip(cells, resample(measures, len(predictions[0].labels), resamples=resamples, seed=seed), strict=True)
    )
    return {contrast: _part(contrast, of_cell, up=record.direction != "down") for contrast in contrasts}


def _part(contrast: Contrast, of_cell: dict[str, Resampled], *, up: bool) -> ItemPart:
    found = mean_of([of_cell[cell] for cell in contrast.plus])
    if contrast.less:
        found = minus(found, mean_of([of_cell[cell] for cell in contrast.less]))
    interval = interval_items(found)
    return ItemPart(
        value=found.value,
        se=found.se,
        low=interval.low,
        high=interval.high,
        method="bca" if interval.method == "bca" else "percentile",
        p=p_items(found),
        ahead=share_ahead(found.values, up=up),
        items=found.items,
        resamples=len(found.values),
    )


def _written(folder: StudyFolder, cell: str) -> int:
    """When a cell's predictions were written: one that is trained again is another."""
    try:
        return (folder.path / "cells" / f"{cell}.safetensors").stat().st_mtime_ns
    except OSError:
        return 0


def _key(contrast: Contrast, stamps: dict[str, int]) -> str:
    return _hash([[[cell, stamps[cell]] for cell in side] for side in (contrast.plus, contrast.less)])


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:24]


def _read(path: Path) -> dict[str, ItemPart]:
    try:
        return {str(key): _part_from(part) for key, part in read_json(path)["parts"].items()}
    except (InputError, OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}  # what cannot be read is computed anew


def _part_from(kept: dict[str, Any]) -> ItemPart:
    method: Literal["percentile", "bca"] = "bca" if kept["method"] == "bca" else "percentile"
    numbers = {name: float(kept[name]) for name in ("value", "se", "low", "high", "p", "ahead")}
    return ItemPart(**numbers, method=method, items=int(kept["items"]), resamples=int(kept["resamples"]))


def _keep(folder: StudyFolder, path: Path, parts: dict[str, ItemPart]) -> None:
    # a folder that cannot be written costs time, not the answer
    with suppress(OSError, InputError):
        path.parent.mkdir(exist_ok=True)
        content = {"schema_version": SCHEMA, "parts": {key: asdict(part) for key, part in parts.items()}}
        write_json(path, content, within=folder.path)
