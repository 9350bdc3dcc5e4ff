"""From which score on a label is predicted, chosen on items that are not the test's."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float64, Int64

from mlcl_core.metrics.item_mean import ratio
from mlcl_core.metrics.record import Predictions

GRID = np.arange(1, 100) / 100
NUMBERS = 4_000_000  # scores at once


@dataclass(frozen=True, eq=False)
class Thresholds:
    """What was chosen.

    Attributes:
        value: One threshold for all labels, or one for each.
        words: How it was chosen, in one sentence.
    """

    value: float | Float64[np.ndarray, " c"]
    words: str

    def on(self, predictions: Predictions) -> Predictions:
        """The same scores, with this threshold."""
        return replace(predictions, threshold=self.value)


def thresholds_on_validation(
    validation: Predictions,
    each: Literal["one", "per_label"] = "one",
    grid: Float64[np.ndarray, " t"] = GRID,
) -> Thresholds:
    """The best of a grid of thresholds on validation items; test items have no part in it.

    Args:
        validation: Labels and scores of the validation items; their threshold is not used.
        each: ``one`` for all labels, by the sum of micro-F1 and macro-F1 over the labels that some validation item
            carries; ``per_label``, each by its own F1.
        grid: Ascending, on the scale of the scores.

    Edge cases:
        Of thresholds that are equally good the middle one is taken. A label that no validation item carries has no F1
        of its own: it takes the one threshold of all labels, which ``words`` says. No validation item with a label:
        the middle of the grid.
    """
    reached, hits = _counted(validation, grid)
    carriers = validation.labels.sum(0)
    carried = carriers > 0
    total = reached + carriers
    f1 = ratio(2 * hits, total, 0.0)
    macro = f1[:, carried].mean(1) if carried.any() else np.zeros(len(grid))
    one = float(grid[_middle_best(macro + ratio(2 * hits.sum(1), total.sum(1), 0.0))])
    span = f"of {len(grid)} from {grid[0]:g} to {grid[-1]:g}"
    if each == "one":
        return Thresholds(one, f"The threshold {span} with the best sum of micro-F1 and macro-F1 on validation items.")
    best = [float(grid[_middle_best(f1[:, label])]) if there else one for label, there in enumerate(carried)]
    left = int((~carried).sum())
    lacking = (
        f" {left:,} label{'s'[: left != 1]} without a validation item {'take' if left != 1 else 'takes'} the one that "
        "is best for all labels together."
    )
    words = f"For each label the threshold {span} with its best F1 on validation items."
    return Thresholds(np.array(best), words + lacking * (left > 0))


def _counted(
    predictions: Predictions, grid: Float64[np.ndarray, " t"]
) -> tuple[Int64[np.ndarray, "t c"], Int64[np.ndarray, "t c"]]:
    """For each threshold and label: items that reach it, and those of them that carry the label."""
    n, c = predictions.labels.shape
    places = len(grid) + 1  # a score's place is the number of thresholds that it reaches
    reached, hits = np.zeros(c * places, np.int64), np.zeros(c * places, np.int64)
    rows = max(1, NUMBERS // max(1, c))
    for start in range(0, n, rows):
        scores, labels = predictions.scores[start : start + rows], predictions.labels[start : start + rows]
        place = np.searchsorted(grid, scores, side="right") + places * np.arange(c)
        for into, found in ((reached, place.ravel()), (hits, place[labels])):
            into += np.bincount(found, minlength=len(into))
    reached, hits = (counts.reshape(c, places)[:, ::-1].cumsum(1)[:, ::-1][:, 1:].T for counts in (reached, hits))
    return reached, hits


def _middle_best(quality: Float64[np.ndarray, " t"]) -> int:
    best = np.flatnonzero(quality == quality.max())
    return int(best[len(best) // 2])
