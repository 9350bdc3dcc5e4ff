"""Each label for itself, and the labels that no test item carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Integer

from mlcl_core.metrics.bands import Bands, bands
from mlcl_core.metrics.item_mean import ratio
from mlcl_core.metrics.macro_f1 import f1_of_labels
from mlcl_core.metrics.mean_average_precision import ap_of_labels
from mlcl_core.metrics.record import Predictions

MAX_NAMED = 12  # labels in a sentence


def per_label(
    predictions: Predictions,
    train_counts: Integer[np.ndarray, " c"],
    names: Sequence[str] | None = None,
    cut: Bands | None = None,
) -> dict[str, Any]:
    """A table of the labels, as one array (of names and bands: a list) a column.

    Args:
        predictions: Of the test items.
        train_counts: Training items of each label.
        names: Of the labels; without them their numbers, from 0 on.
        cut: Their bands; without them those of ``train_counts``.

    Returns:
        ``name``, ``train_count``, ``test_positives``, ``predicted`` (how often), ``precision``, ``recall``, ``f1``,
        ``ap`` (average precision), ``band``.

    Edge cases:
        A label that no test item carries has no recall, F1 and average precision, one that is never predicted no
        precision: NaN.
    """
    labels, predicted, carried = predictions.labels, predictions.predicted, predictions.carried
    hits, there, said = ((labels & predicted).sum(0), labels.sum(0), predicted.sum(0))
    f1, ap = np.full(len(there), np.nan), np.full(len(there), np.nan)
    if carried:
        f1[carried] = f1_of_labels(labels[:, carried], predicted[:, carried])
        ap[carried] = ap_of_labels(labels[:, carried], predictions.scores[:, carried])
    return {
        "name": list(map(str, range(len(there)) if names is None else names)),
        "train_count": np.asarray(train_counts, np.int64),
        "test_positives": there,
        "predicted": said,
        "precision": ratio(hits, said, np.nan),
        "recall": ratio(hits, there, np.nan),
        "f1": f1,
        "ap": ap,
        "band": (cut or bands(train_counts)).of_labels,
    }


@dataclass(frozen=True)
class Covered:
    """How many labels a macro score covers.

    Attributes:
        labels: Number of labels.
        absent: Names of those that no test item carries.
    """

    labels: int
    absent: tuple[str, ...]

    @property
    def covered(self) -> int:
        """Labels that some test item carries."""
        return self.labels - len(self.absent)

    @property
    def words(self) -> str:
        """One sentence; absent labels are named, a dozen at most."""
        if not self.absent:
            return f"Each of the {self.labels:,} labels is carried by some test item."
        named = ", ".join(self.absent[:MAX_NAMED])
        more = len(self.absent) - MAX_NAMED
        return (
            f"{self.covered:,} of {self.labels:,} labels are carried by some test item; no test item carries {named}"
            f"{f' and {more:,} more' if more > 0 else ''}."
        )


def covered_labels(predictions: Predictions, names: Sequence[str]) -> Covered:
    """Which labels the test items carry; the others are named."""
    carried = set(predictions.carried)
    return Covered(len(names), tuple(name for column, name in enumerate(names) if column not in carried))
