"""What a cell of a study gives, as plain records. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64

OK, FAILED = "ok", "failed"
CELL, TUNING = "cell", "tuning"
# Columns of a row before and after its axes and metrics.
FIRST_COLUMNS = ("cell", "study", "data", "method", "seed")
STATE_COLUMNS = ("state", "error", "protocol", "run")
LAST_COLUMNS = (
    "validation",
    "labels_covered",
    "n_labels",
    "threshold",
    "chosen",
    "tuned",
    "config",
    "train_seconds",
    "evaluate_seconds",
    "device",
)
BEFORE = ("untrained_", "items_")  # the same metrics of the untrained encoder, and of the items as given


@dataclass(frozen=True)
class TestLabels:
    """The test items of a data set, the same in all cells of a study on it.

    Attributes:
        names: Names of the labels, c of them.
        train_counts: Training items with each label.
        n_train: Training items.
        ids: Rows of the test items in the data.
        labels: Which of the labels each test item has.
    """

    __test__ = False  # no test of pytest's

    names: tuple[str, ...]
    train_counts: Int64[np.ndarray, " c"]
    n_train: int
    ids: Int64[np.ndarray, " n"]
    labels: Bool[np.ndarray, "n c"]


@dataclass(frozen=True)
class Result:
    """What became of a cell.

    Attributes:
        row: Its line of the table: texts, numbers and None, as JSON holds them. ``kind`` says whether it is a cell or a
            training that tunes.
        arrays: ``scores`` and ``threshold`` of its test predictions; empty where it failed.
        labels: What the predictions are of; None where it failed.
    """

    row: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    labels: TestLabels | None = None


__all__ = [
    "BEFORE",
    "CELL",
    "FAILED",
    "FIRST_COLUMNS",
    "LAST_COLUMNS",
    "OK",
    "STATE_COLUMNS",
    "TUNING",
    "Result",
    "TestLabels",
]
