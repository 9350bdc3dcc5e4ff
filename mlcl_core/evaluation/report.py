"""What is said of predictions: every metric with its interval, bands of labels, labels, and the conventions."""

from typing import Annotated, Any

import numpy as np

from mlcl_core.data import MultiLabelData, split_doubts
from mlcl_core.evaluation.of_counts import of_counts
from mlcl_core.evaluation.record import Evaluated
from mlcl_core.metrics import (
    FINAL_METRICS,
    LAB,
    Conventions,
    Predictions,
    band_metrics,
    bands,
    conventions_in_words,
    covered_labels,
    optimistic_on_test,
    per_label,
)
from mlcl_core.options import Param
from mlcl_core.statistics import RESAMPLES, interval_items, resample

MIN_RESAMPLES = 100
RANKED = 1_000  # resamples of a metric whose items are sorted anew in each
RANKED_NUMBERS = 1_000_000_000  # items x labels x resamples of such a metric: some seconds


def report(
    evaluated: Evaluated,
    data: MultiLabelData,
    conventions: Conventions = LAB,
    *,
    resamples: Annotated[
        int, Param("Resamples of the test items for each interval.", ge=MIN_RESAMPLES, le=1_000_000)
    ] = RESAMPLES,
    resampling_seed: Annotated[int, Param("Decides which test items are drawn.", ge=0, le=2**31 - 1)] = 0,
) -> dict[str, Any]:
    """Measure the test predictions; plain values for JSON, None where there is no number.

    Args:
        evaluated: What a protocol gave.
        data: The items that it was given.
        conventions: What metrics do where their definition leaves a choice.
        resamples: Of the additive metrics; ranked ones take a tenth and at most 1,000, fewer of many items and labels,
            100 at least: each interval says how many.
        resampling_seed: Equal seeds draw equal resamples.

    Returns:
        ``split``, ``items`` (of each split), ``metrics`` (value, low and high of each, how the interval was made),
        ``interval`` (what the intervals are about), ``bands`` and ``bands_cut`` (how they were cut), ``per_label`` (a
        list a column), ``labels`` (how many macro scores cover, and the names of the others), ``optimistic_on_test``
        (thresholds chosen on the test items, never to be compared with the rest), ``chosen``, ``conventions``, and
        ``doubts`` about the splits and what was chosen.
    """
    test = Predictions(evaluated.test.labels, evaluated.test.scores, evaluated.test.threshold, conventions)
    counts = data.labels.select(data.indices("train")).counts().numpy()
    cut = bands(counts)
    covered = covered_labels(test, data.label_names)
    best = optimistic_on_test(test)
    found = {
        "split": "test",
        "items": {name: int((data.split == name).sum()) for name in ("train", "validation", "test")},
        "metrics": _with_intervals(test, resamples, resampling_seed),
        "interval": {
            "kind": "these models",
            "words": "95 %: other test items, the same trained encoder; another seed is not in it.",
        },
        "bands": band_metrics(test, cut),
        "bands_cut": cut.words,
        "per_label": {name: list(column) for name, column in per_label(test, counts, data.label_names, cut).items()},
        "labels": {
            "all": covered.labels,
            "covered": covered.covered,
            "absent": list(covered.absent),
            "words": covered.words,
        },
        "optimistic_on_test": {"values": best.values, "thresholds": best.thresholds, "words": best.words},
        "chosen": evaluated.chosen,
        "conventions": {**vars(conventions), "words": list(conventions_in_words(conventions))},
        "doubts": [*split_doubts(data), *evaluated.doubts],
    }
    return plain(found)


def plain(value: Any) -> Any:
    """The same as plain values: numbers of numpy as Python's, NaN and infinity as None."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(one) for one in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


def _with_intervals(test: Predictions, resamples: int, seed: int) -> dict[str, dict[str, Any]]:
    """Each metric with its value, the ends of its interval, how that was made and by how many resamples."""
    additive = {name: metric for name, metric in FINAL_METRICS.items() if metric.weighted is None}
    ranked = {name: metric for name, metric in FINAL_METRICS.items() if name not in additive}
    fewer = min(resamples // 10, RANKED, RANKED_NUMBERS // max(1, test.labels.size))
    found: dict[str, dict[str, Any]] = {}
    for metrics, number in ((additive, resamples), (ranked, max(MIN_RESAMPLES, fewer))):
        drawn = resample(
            [of_counts(metric, test) for metric in metrics.values()], len(test.labels), resamples=number, seed=seed
        )
        for (name, metric), one in zip(metrics.items(), drawn, strict=True):
            interval = interval_items(one)
            found[name] = {
                "value": float(metric.measure(test)),
                "low": interval.low,
                "high": interval.high,
                "method": interval.method,
                "resamples": interval.resamples,
            }
    return {name: found[name] for name in FINAL_METRICS}


__all__ = ["plain", "report"]
