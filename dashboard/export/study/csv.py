"""A study as CSV: one line for each data set, setting, method and metric, with both intervals."""

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from dashboard import loaders
from dashboard.export.csv import write_csv
from dashboard.export.origin import versions
from dashboard.export.study.facts import file_digest
from dashboard.export.study.record import StudyFormat
from dashboard.export.table import ExportTable
from dashboard.figures.study_scores import ABOUT, Score, Scores
from dashboard.loaders.study_grid import Setting
from mlcl_core.metrics import FINAL_METRICS
from mlcl_core.studies.folder import StudyFolder

NUMBERS = ("mean", *(f"{about}: {end}" for about in ABOUT for end in ("low", "high")), "over untrained", "over items")


def in_csv(folder: StudyFolder, metrics: Sequence[str]) -> bytes:
    """All final metrics; those of ``metrics`` with their intervals, the others with those that are known.

    The origin of the numbers stands in columns of its own.
    """
    axes = loaders.study_axes(folder)
    lines = [
        {"data": data, **dict(setting), "method": method, "metric": metric, **_line(score)}
        for data in axes.data
        for setting in axes.settings
        for name in FINAL_METRICS
        for method, of in _scores(folder, data, name, setting, whole=name in metrics).items()
        for metric, score in of.items()
    ]
    names = list(dict.fromkeys(name for line in lines for name in line))
    columns = {name: _column([line.get(name) for line in lines], name) for name in names}
    told = {f"version of {name}": version for name, version in versions().items()}
    origin = {"study": folder.name, "sha256 of the study's file": file_digest(folder.file), **told}
    file = io.BytesIO()
    write_csv(ExportTable(pa.table(columns), origin).with_origin_columns(), file)
    return file.getvalue()


def _scores(folder: StudyFolder, data: str, metric: str, setting: Setting, *, whole: bool) -> Scores:
    return loaders.study_scores(folder, data, (metric,), setting, "whole" if whole else "known")


def _line(score: Score) -> dict[str, Any]:
    ends = {
        f"{about}: {end}": score.intervals.get(about, (None, None))[place]
        for about in ABOUT
        for place, end in enumerate(("low", "high"))
    }
    gains = {"over untrained": score.over_untrained, "over items": score.over_items}
    return {"seeds": score.seeds, "mean": score.mean, **ends, **gains, "stands": score.stands}


def _column(values: list[Any], name: str) -> pa.Array:
    if name in NUMBERS:
        return pa.array(values, pa.float64())
    texts = {type(value) for value in values if value is not None} <= {int, float}
    return pa.array(values if texts else [None if value is None else str(value) for value in values])


CSV = StudyFormat("csv", "CSV", "Every number of every metric, a line each.", "text/csv", in_csv)
