"""How well label sets are predicted, by scikit-learn, with one answer to labels that the test items don't carry."""

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor


def classification_metrics(
    y_true: Bool[Tensor, "n c"] | Bool[np.ndarray, "n c"],
    scores: Float[Tensor, "n c"] | Float[np.ndarray, "n c"],
    threshold: float,
) -> dict[str, float]:
    """Compare label sets with scores; a label is predicted where its score reaches the threshold.

    Args:
        y_true: Which of the ``c`` labels each item carries.
        scores: Higher is likelier; any scale.
        threshold: One for all labels, on the scale of ``scores``.

    Returns:
        ``micro_f1``, ``macro_f1``, ``map``, ``hamming_loss``, ``subset_accuracy``, all in [0, 1], never NaN.

    Edge cases:
        A label that no item carries: left out of ``macro_f1`` and ``map``, which are means over the labels that some
        item carries; predicting it still costs ``micro_f1``, ``hamming_loss`` and ``subset_accuracy``. No item carries
        any label: ``macro_f1`` and ``map`` are 0, and so is ``micro_f1``. No items: all five are 0.

    Example:
        >>> y = torch.tensor([[True, False], [True, True]])
        >>> classification_metrics(y, torch.tensor([[0.9, 0.1], [0.8, 0.3]]), 0.5)["subset_accuracy"]
        0.5
    """
    # imported here: it takes a second or more, and whoever opens a page or starts a run does not need it yet
    from sklearn.metrics import accuracy_score, average_precision_score, f1_score, hamming_loss

    y, s = _array(y_true), _array(scores).astype(np.float64)
    if len(y) == 0:
        return dict.fromkeys(("micro_f1", "macro_f1", "map", "hamming_loss", "subset_accuracy"), 0.0)
    predicted = s >= threshold
    carried = y.any(0)
    # one column at a time: scikit-learn takes a single label column for a binary problem of another shape
    f1 = [f1_score(y[:, c], predicted[:, c], zero_division=0) for c in np.flatnonzero(carried)]
    precision = [average_precision_score(y[:, c], s[:, c]) for c in np.flatnonzero(carried)]
    return {
        "micro_f1": float(f1_score(y.ravel(), predicted.ravel(), zero_division=0)),
        "macro_f1": float(np.mean(f1)) if f1 else 0.0,
        "map": float(np.mean(precision)) if precision else 0.0,
        "hamming_loss": float(hamming_loss(y, predicted)),
        "subset_accuracy": float(accuracy_score(y, predicted)),
    }


def _array(values: Tensor | np.ndarray) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else values
