"""The linear probe: what a linear classifier reads in frozen features."""

from collections import Counter
from typing import Annotated, Any, Literal

from torch import Tensor

from mlcl_core.evaluation.adamw_heads import SETTINGS, fit_heads
from mlcl_core.evaluation.features import Features, OnProgress, quiet
from mlcl_core.evaluation.record import Evaluated, Protocol
from mlcl_core.metrics import Predictions
from mlcl_core.models import best_threshold, fit_linear_probe
from mlcl_core.options import Param


def linear_probe(
    features: Features,
    *,
    fit: Annotated[
        Literal["exact", "adamw"], Param("Logistic regressions at their optimum, or a published grid of AdamW.")
    ] = "exact",
    head_seed: Annotated[int, Param("Of the classifiers of fit=adamw.", ge=0, le=2**31 - 1)] = 0,
    on_progress: OnProgress = quiet,
) -> Evaluated:
    """Fit a linear classifier a label on training features; choose its settings and the threshold on validation ones.

    ``exact`` is :func:`mlcl_core.models.fit_linear_probe`, whose numbers ``mlcl train`` reports: it has no seed and no
    step to choose. ``adamw`` is the grid of a published comparison (:func:`mlcl_core.evaluation.adamw_heads.fit_heads`)
    with its mistakes mended: only trained heads are averaged, and the threshold is chosen on validation items.

    Args:
        features: Frozen features.
        fit: How.
        head_seed: Of ``adamw``.
        on_progress: Called with how much is done and how much there is; an exception ends the work.

    Edge cases:
        ``exact``: a label that no training item carries, or every one, is predicted for none or for all.

    Raises:
        RunFailed: NaN or infinity in the features.
    """
    h, labels = features.h, features.labels
    given = h["train"], labels["train"], h["validation"], labels["validation"]
    chosen: dict[str, Any]
    if fit == "exact":
        probe = fit_linear_probe(*given, on_progress=on_progress)
        scores_of, threshold = probe.scores, probe.threshold
        chosen = {"threshold": threshold, "strength": probe.strength}
    else:
        heads = fit_heads(*given, seed=head_seed, on_progress=on_progress)
        scores_of = heads.scores
        _, threshold = best_threshold(labels["validation"], [scores_of(h["validation"]).T])
        taken = Counter(SETTINGS[setting] for setting in heads.chosen.tolist())
        settings = [{"learning_rate": rate, "decay": decay, "labels": n} for (rate, decay), n in taken.most_common()]
        chosen = {"threshold": threshold, "fit": fit, "seed": head_seed, "settings": settings}

    def predictions(split: str) -> Predictions:
        return Predictions(_array(labels[split]), _array(scores_of(h[split])), threshold)

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
