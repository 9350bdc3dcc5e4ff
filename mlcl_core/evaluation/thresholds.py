"""One threshold for all labels, as the protocols choose it, or one for each label."""

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np

from mlcl_core.evaluation.record import Evaluated
from mlcl_core.metrics import thresholds_on_validation
from mlcl_core.options import Param


def with_thresholds(
    evaluated: Evaluated,
    *,
    thresholds: Annotated[
        Literal["one", "per_label"], Param("One threshold for all labels, or for each the best by its validation F1.")
    ] = "one",
) -> Evaluated:
    """What was evaluated, with thresholds of the labels by :func:`mlcl_core.metrics.thresholds_on_validation`.

    Args:
        evaluated: Scores and the protocol's own threshold.
        thresholds: ``one``: the protocol's; ``per_label``: ``chosen`` then has a list under ``threshold`` and, under
            ``thresholds``, how they were chosen.
    """
    if thresholds == "one":
        return evaluated
    found = thresholds_on_validation(evaluated.validation, "per_label")
    chosen = {**evaluated.chosen, "threshold": np.atleast_1d(found.value).tolist(), "thresholds": found.words}
    return replace(evaluated, validation=found.on(evaluated.validation), test=found.on(evaluated.test), chosen=chosen)


__all__ = ["with_thresholds"]
