"""The best threshold on the test items themselves, chosen for each metric apart: what a published script reports."""

from dataclasses import dataclass, replace

import numpy as np

from mlcl_core.metrics.conventions import Conventions
from mlcl_core.metrics.hamming import HAMMING_ACCURACY
from mlcl_core.metrics.macro_f1 import MACRO_F1
from mlcl_core.metrics.micro_f1 import MICRO_F1
from mlcl_core.metrics.precision_at_k import PRECISION_AT_1
from mlcl_core.metrics.record import Predictions
from mlcl_core.metrics.samples_f1 import EXAMPLE_F1

PUBLISHED_GRID = np.arange(1, 10) / 10
PUBLISHED_CONVENTIONS = Conventions(absent="scikit_learn")
PUBLISHED_METRICS = {
    metric.name: metric for metric in (HAMMING_ACCURACY, EXAMPLE_F1, MICRO_F1, MACRO_F1, PRECISION_AT_1)
}


@dataclass(frozen=True)
class OptimisticOnTest:
    """Scores that look at the answers: upper ends of what a threshold can do, no estimates for new items.

    Attributes:
        values: The best of each metric over the thresholds.
        thresholds: Where each is; they differ from metric to metric.
        words: What is optimistic about them.
    """

    values: dict[str, float]
    thresholds: dict[str, float]
    words: str = (
        "Optimistic: the best of the thresholds .1 to .9 on the test items themselves, for each metric another one, as "
        "MulSupCon's published script has it; new items can't be expected to reach these scores. Macro-F1 is over all "
        "labels: one that no test item carries counts 0."
    )


def optimistic_on_test(predictions: Predictions) -> OptimisticOnTest:
    """Hamming accuracy, example-F1, micro-F1, macro-F1 and precision@1 as the script of MulSupCon reports them.

    For each metric by itself the largest value over the thresholds .1, .2, ..., .9 on the items that are judged. The
    honest counterpart is :func:`mlcl_core.metrics.thresholds_on_validation`. Beside it the script differs in
    arithmetic alone: it adds 1e-6 to the denominator of each label's F1.

    Args:
        predictions: Of the test items; scores are probabilities. Threshold and conventions are not used: macro-F1 is
            over all labels, and items with no label and none predicted have no example-F1.

    Edge cases:
        Of thresholds that are equally good the lowest is told. Where nothing is there and nothing predicted micro-F1
        is 0, where the script has NaN. With ties precision@1 is the mean of their orders; the script takes the last.

    References:
        Zhang and Wu, "Multi-label supervised contrastive learning", AAAI 2024; ``codes/metrics.py`` of its repository.
    """
    values: dict[str, float] = {}
    thresholds: dict[str, float] = {}
    for threshold in PUBLISHED_GRID.tolist():
        at = replace(predictions, threshold=threshold, conventions=PUBLISHED_CONVENTIONS)
        for name, metric in PUBLISHED_METRICS.items():
            value = float(metric.measure(at))
            if name not in values or value > values[name]:
                values[name], thresholds[name] = value, threshold
    return OptimisticOnTest(values, thresholds)
