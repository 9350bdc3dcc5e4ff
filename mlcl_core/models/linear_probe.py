"""How well a linear classifier does on frozen features: one measure for trained and untrained encoders."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from jaxtyping import Bool, Float
from threadpoolctl import threadpool_limits
from torch import Tensor

STRENGTHS = (0.001, 0.01, 0.1, 1.0)  # scikit-learn's C: small is strongly regularised
THRESHOLDS = np.round(np.arange(0.04, 0.62, 0.02), 2)
CERTAIN = 30.0  # logit of a label that every training item carries, or minus that of none: a probability of 1e-13
MIN_DEVIATION = 1e-6


@dataclass(frozen=True)
class LinearProbe:
    """One logistic regression per label on standardised features, and one threshold for all labels.

    ``strength`` is the chosen C. All tensors are float64 on the CPU.
    """

    mean: Float[Tensor, " d"]
    deviation: Float[Tensor, " d"]
    weights: Float[Tensor, "c d"]
    bias: Float[Tensor, " c"]
    threshold: float
    strength: float

    def scores(self, h: Float[Tensor, "n d"]) -> Float[Tensor, "n c"]:
        """Probability of each label, in [0, 1], as float64 on the CPU."""
        x = (h.detach().cpu().double() - self.mean) / self.deviation
        return torch.sigmoid(x @ self.weights.T + self.bias)


def fit_linear_probe(
    h_train: Float[Tensor, "n d"],
    y_train: Bool[Tensor, "n c"],
    h_validation: Float[Tensor, "m d"],
    y_validation: Bool[Tensor, "m c"],
    *,
    seed: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> LinearProbe:
    """Fit the probe on training features; choose C and the threshold on validation features.

    Protocol: features are standardised by their training mean and deviation; for each C of ``STRENGTHS``, one
    L2-regularised logistic regression per label; of all pairs of a C and one threshold for all labels, the one with
    the best sum of micro-F1 and macro-F1 on the validation items. Test items are not used. Trained and untrained
    encoders are treated alike.

    Args:
        h_train, h_validation: Frozen features, on any device.
        y_train, y_validation: Which labels each item carries.
        seed: Passed to scikit-learn, whose L-BFGS draws no random numbers: equal inputs give equal bits in one thread.
        on_progress: Called before each fit with the number of fits done and of all fits; an exception ends the work.

    Edge cases:
        A label that no training item carries, or every one: it has no classifier but the fixed probability 0 or 1.
        A feature that is constant over the training items has no influence.
    """
    # imported here: it takes a second or more, and neither a page nor the start of a run needs it
    from scipy.special import expit

    x = h_train.detach().cpu().double()
    mean, deviation = x.mean(0), x.std(0, correction=0)
    deviation = torch.where(deviation < MIN_DEVIATION, torch.inf, deviation)
    standard = ((x - mean) / deviation).numpy()
    validation = ((h_validation.detach().cpu().double() - mean) / deviation).numpy()
    y, y_held = y_train.cpu().numpy(), y_validation.cpu().numpy()

    qualities, probes = [], []
    report = on_progress or (lambda done, of: None)
    for nth, strength in enumerate(STRENGTHS):
        weights, bias = _fit(standard, y, strength, seed, partial(_count, report, nth, y.shape[1]))
        quality, threshold = _best_threshold(y_held, expit(validation @ weights.T + bias))
        qualities.append(quality)
        fitted = torch.from_numpy(weights), torch.from_numpy(bias)
        probes.append(LinearProbe(mean, deviation, *fitted, threshold, strength))
    return probes[int(np.argmax(qualities))]


def _count(report: Callable[[int, int], None], nth: int, labels: int, label: int) -> None:
    report(nth * labels + label, len(STRENGTHS) * labels)


def _fit(
    x: Float[np.ndarray, "n d"],
    y: Bool[np.ndarray, "n c"],
    strength: float,
    seed: int,
    report: Callable[[int], object],
) -> tuple[Float[np.ndarray, "c d"], Float[np.ndarray, " c"]]:
    """Logistic regressions; a label that all items carry, or none, gets a fixed logit."""
    # imported here: it takes a second or more, and neither a page nor the start of a run needs it
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    weights, bias = np.zeros((y.shape[1], x.shape[1])), np.zeros(y.shape[1])
    # one BLAS thread: a second costs more than it saves on products this small, and one keeps the bits reproducible
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for c in range(y.shape[1]):
            report(c)
            carriers = y[:, c].sum()
            if carriers in (0, len(y)):
                bias[c] = CERTAIN if carriers else -CERTAIN
                continue
            # the fastest solver of scikit-learn here: 5 ms per label at 1,081 x 128, newton-cholesky 15
            model = LogisticRegression(C=strength, solver="lbfgs", max_iter=200, tol=1e-4, random_state=seed)
            model.fit(x, y[:, c])
            weights[c], bias[c] = model.coef_[0], model.intercept_[0]
    return weights, bias


def _best_threshold(y: Bool[np.ndarray, "m c"], scores: Float[np.ndarray, "m c"]) -> tuple[float, float]:
    """The best sum of micro-F1 and macro-F1 and its threshold; 0 and 0.5 without any positive."""
    carried = y.any(0)
    if not carried.any():
        return 0.0, 0.5
    quality = []
    for threshold in THRESHOLDS:
        predicted = scores >= threshold
        hit = (predicted & y).sum(0)
        total = predicted.sum(0) + y.sum(0)
        macro = (2 * hit[carried] / total[carried]).mean()
        quality.append(macro + 2 * hit.sum() / total.sum())
    best = int(np.argmax(quality))
    return float(quality[best]), float(THRESHOLDS[best])
