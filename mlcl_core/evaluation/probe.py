"""The linear probe: what a linear classifier reads in frozen features."""

from typing import Any

from torch import Tensor

from mlcl_core.evaluation.features import Features, OnProgress, quiet
from mlcl_core.evaluation.record import Evaluated, Protocol
from mlcl_core.metrics import Predictions
from mlcl_core.models import fit_linear_probe


def linear_probe(features: Features, *, on_progress: OnProgress = quiet) -> Evaluated:
    """Fit one logistic regression a label on training features; choose C and the threshold on validation features.

    The fit is :func:`mlcl_core.models.fit_linear_probe`, whose numbers ``mlcl train`` reports.

    Edge cases:
        As there: a label that no training item carries, or every one, is predicted for none or for all.

    Raises:
        RunFailed: NaN or infinity in the features.
    """
    h, labels = features.h, features.labels
    probe = fit_linear_probe(
        h["train"], labels["train"], h["validation"], labels["validation"], on_progress=on_progress
    )

    def predictions(split: str) -> Predictions:
        return Predictions(_array(labels[split]), _array(probe.scores(h[split])), probe.threshold)

    chosen = {"threshold": probe.threshold, "strength": probe.strength}
    return Evaluated(predictions("validation"), predictions("test"), chosen)


def _array(values: Tensor) -> Any:
    return values.cpu().numpy()


PROBE = Protocol(
    name="probe",
    title="Linear probe",
    summary="A logistic regression for each label on the frozen encoder's output h.",
    source="Alain and Bengio 2016, arXiv 1610.01644",
    takes="features",
    evaluate=linear_probe,
)
