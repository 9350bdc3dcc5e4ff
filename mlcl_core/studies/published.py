"""What the published thresholds add: the scores of a study under thresholds from validation and from the test items."""

from dataclasses import dataclass, replace

import numpy as np

from mlcl_core.metrics import Predictions
from mlcl_core.metrics.optimistic import PUBLISHED_CONVENTIONS, PUBLISHED_METRICS, optimistic_on_test
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.records import OK


@dataclass(frozen=True)
class Thresholded:
    """One method on one data set, by one metric: mean over seeds, and standard deviation (None for one seed).

    Attributes:
        data, method, metric: Which.
        seeds: How many.
        honest, honest_sd: With the threshold chosen on validation items.
        optimistic, optimistic_sd: With the best threshold on the test items, another one for each metric.
    """

    data: str
    method: str
    metric: str
    seeds: int
    honest: float
    honest_sd: float | None
    optimistic: float
    optimistic_sd: float | None


def published_thresholds(folder: StudyFolder) -> list[Thresholded]:
    """Hamming accuracy, example-F1, micro-F1, macro-F1 and precision@1 of MulSupCon's protocol, both ways.

    Both are measured on the same scores under the same conventions, those of the published script (macro-F1 over all
    labels), so that the threshold is all that differs.

    Edge cases:
        Cells that differ in another axis than data, method and seed are averaged as if they were seeds.

    Raises:
        InputError: A file of the study is damaged.
    """
    rows = folder.rows()
    found: list[Thresholded] = []
    for data, method in dict.fromkeys(zip(rows["data"], rows["method"], strict=True)):
        cells = rows[(rows["data"] == data) & (rows["method"] == method) & (rows["state"] == OK)]["cell"]
        pairs = [_both(folder.predictions(cell)) for cell in cells]
        for metric in PUBLISHED_METRICS if pairs else ():
            honest, optimistic = (np.array([pair[way][metric] for pair in pairs]) for way in (0, 1))
            found.append(
                Thresholded(data, method, metric, len(pairs), *_mean_and_sd(honest), *_mean_and_sd(optimistic))
            )
    return found


def _both(predictions: Predictions) -> tuple[dict[str, float], dict[str, float]]:
    as_published = replace(predictions, conventions=PUBLISHED_CONVENTIONS)
    honest = {name: float(metric.measure(as_published)) for name, metric in PUBLISHED_METRICS.items()}
    return honest, optimistic_on_test(predictions).values


def _mean_and_sd(values: np.ndarray) -> tuple[float, float | None]:
    return float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else None


__all__ = ["Thresholded", "published_thresholds"]
