"""Labels by how often they are trained on: head, medium and tail."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int64, Integer

from mlcl_core.metrics.macro_f1 import MACRO_F1
from mlcl_core.metrics.mean_average_precision import MEAN_AVERAGE_PRECISION
from mlcl_core.metrics.micro_f1 import MICRO_F1
from mlcl_core.metrics.record import Predictions

NAMES = ("head", "medium", "tail")
HEAD, MEDIUM = 100, 20  # training items of a label, at least
BAND_METRICS = {metric.name: metric for metric in (MICRO_F1, MACRO_F1, MEAN_AVERAGE_PRECISION)}


@dataclass(frozen=True, eq=False)
class Bands:
    """The labels of each band, from the most frequent one on, and how they were cut.

    Attributes:
        labels: Columns of each of ``names``, ascending.
        lowest: Fewest training items of a label of the band; None: the band has no label.
        cut: ``counts``: at 100 and 20 training items; ``terciles``: into thirds of the labels.
        words: How they were cut, in one sentence.
    """

    labels: tuple[Int64[np.ndarray, " head"], Int64[np.ndarray, " medium"], Int64[np.ndarray, " tail"]]
    lowest: tuple[int | None, int | None, int | None]
    cut: Literal["counts", "terciles"]
    words: str
    names: tuple[str, str, str] = NAMES

    @property
    def of_labels(self) -> list[str]:
        """The band of each label."""
        found = [""] * sum(map(len, self.labels))
        for name, columns in zip(self.names, self.labels, strict=True):
            for column in columns.tolist():
                found[column] = name
        return found


def bands(train_counts: Integer[np.ndarray, " c"]) -> Bands:
    """Head from 100 training items on, tail below 20, medium between; thirds where one of these would be empty.

    Labels with as many training items as one at a border of thirds stand together with it, in the more frequent band.

    Args:
        train_counts: Training items of each label.

    Edge cases:
        Fewer than three different counts leave a band of thirds without a label, which ``words`` says.

    References:
        Wu et al., "Distribution-balanced loss for multi-label classification in long-tailed datasets", ECCV 2020
        (100 and 20).
    """
    if _empty(found := _cut(train_counts, HEAD, MEDIUM)):
        return _thirds(train_counts)
    words = (
        f"Head: labels with at least {HEAD} training items ({len(found[0])}); medium: {MEDIUM} to {HEAD - 1} "
        f"({len(found[1])}); tail: fewer than {MEDIUM} ({len(found[2])})."
    )
    return Bands(found, _lowest(train_counts, found), "counts", words)


def band_metrics(predictions: Predictions, cut: Bands) -> dict[str, dict[str, float | int | None]]:
    """Micro-F1, macro-F1 and mAP of each band's labels alone, its number of labels, and of those some item carries.

    Edge cases:
        A band with no label that some item carries has no such number: None.
    """
    found: dict[str, dict[str, float | int | None]] = {}
    for name, columns in zip(cut.names, cut.labels, strict=True):
        part = predictions.of_labels(columns)
        scores = {key: float(metric.measure(part)) if part.carried else None for key, metric in BAND_METRICS.items()}
        found[name] = {"labels": len(columns), "covered": len(part.carried), **scores}
    return found


def _cut(
    counts: Integer[np.ndarray, " c"], head: int, medium: int
) -> tuple[Int64[np.ndarray, " head"], Int64[np.ndarray, " medium"], Int64[np.ndarray, " tail"]]:
    in_head, in_tail = counts >= head, counts < medium
    return np.flatnonzero(in_head), np.flatnonzero(~in_head & ~in_tail), np.flatnonzero(in_tail & ~in_head)


def _empty(found: tuple[np.ndarray, ...]) -> bool:
    return any(len(columns) == 0 for columns in found)


def _lowest(
    counts: Integer[np.ndarray, " c"], found: tuple[np.ndarray, ...]
) -> tuple[int | None, int | None, int | None]:
    head, medium, tail = (int(counts[columns].min()) if len(columns) else None for columns in found)
    return head, medium, tail


def _thirds(counts: Integer[np.ndarray, " c"]) -> Bands:
    down = np.sort(counts)[::-1]
    ends = [round(len(down) * third / 3) for third in (1, 2)]
    # the last label before a border takes those with as many items along
    head, medium = (int(down[end - 1]) if end else int(down.max(initial=0)) + 1 for end in ends)
    found = _cut(counts, head, medium)
    lowest = _lowest(counts, found)
    parts = [
        f"{name}: no label" if low is None else f"{name}: from {low:,} training items on ({len(columns)})"
        for name, low, columns in zip(NAMES, lowest, found, strict=True)
    ]
    tied = any(0 < end < len(down) and down[end - 1] == down[end] for end in ends)
    words = (
        f"Cut at {HEAD} and {MEDIUM} training items a band would be empty, so labels are cut into thirds by their "
        f"number of training items; {'; '.join(parts)}."
        + " Labels with as many training items as one at a border stand together with it."
        * tied
    )
    return Bands(found, lowest, "terciles", words)
