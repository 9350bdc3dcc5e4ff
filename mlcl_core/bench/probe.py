"""Seconds of the linear probe's regressions, against scikit-learn fitting the same labels one by one, in one run."""

from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from mlcl_core.models.linear_probe import STRENGTHS
from mlcl_core.models.logistic import logistic_path

CASES = {"icons": (1092, 64, 68), "digits": (4200, 256, 10), "many": (11_000, 256, 4000)}  # items, features, labels
QUICK = {"icons": (200, 8, 6), "many": (300, 12, 10)}


def probe(
    *, sample: int = 20, rounds: int = 3, device: str = "cpu", threads: int = 0, seed: int = 0, quick: bool = False
) -> dict[str, Any]:
    """Fit every label at the probe's four strengths: as many items, features and labels as icons, digits, and many.

    Args:
        sample: Labels that scikit-learn fits of ``many``; its seconds are those of the sample, times labels by sample.
        rounds: Measurements of each, turn about, of all cases but ``many`` (one).
        device: Of ours: ``cpu`` or ``cuda``.
        threads: CPU threads of ours; 0: as torch has. scikit-learn's solver has one, which is the fastest for it.
        seed: Of the features and labels.
        quick: Small cases and one round, to see that the bench works.

    Returns:
        For each case ``seconds`` of ours, ``scikit_learn_seconds`` (L-BFGS, tol 1e-4, 200 iterations), the median
        ``times_faster_than`` of the rounds, and ``error`` and ``scikit_learn_error``: the largest difference of a
        probability to scikit-learn with tol 1e-10, over 5 labels.
    """
    before = torch.get_num_threads()
    if threads:
        torch.set_num_threads(threads)
    try:
        found: dict[str, Any] = {"device": device, "threads": torch.get_num_threads()}
        for name, sizes in (QUICK if quick else CASES).items():
            x, y = features_and_labels(*sizes, seed)
            found[name] = _compared(x, y, min(sample, sizes[2]), 1 if quick or name == "many" else rounds, device)
            found[name] |= dict(zip(("items", "features", "labels"), sizes, strict=True))
        return found
    finally:
        torch.set_num_threads(before)


def features_and_labels(n: int, d: int, c: int, seed: int) -> tuple[Float64[Tensor, "n d"], Bool[Tensor, "n c"]]:
    """Standardised features of decaying spread, one-sided as after a ReLU, and labels of which most are rare."""
    generator = torch.Generator().manual_seed(seed)
    spread = torch.randn(n, d, generator=generator) / torch.arange(1, d + 1).sqrt()
    x = (spread @ torch.randn(d, d, generator=generator)).relu().double()
    x = (x - x.mean(0)) / x.std(0, correction=0).clamp(min=1e-9)
    score = x.float() @ torch.randn(d, c, generator=generator)
    score = score / score.std(0) + 0.3 * torch.randn(n, c, generator=generator)
    share = (0.3 / torch.arange(1, c + 1) ** 0.7).clamp(min=10 / n)
    y = score > torch.special.ndtri(1 - share)
    y[score.argmax(0), torch.arange(c)] = True  # some item carries it, and some other does not
    y[score.argmin(0), torch.arange(c)] = False
    return x, y


def _compared(x: Tensor, y: Tensor, sample: int, rounds: int, device: str) -> dict[str, Any]:
    part = y if rounds > 1 else y[:, torch.arange(sample) * y.shape[1] // sample]
    ours, theirs = [], []
    weights = x.new_zeros(0)
    for _ in range(rounds):
        begun = perf_counter()
        weights = logistic_path(x.to(device), y.to(device), STRENGTHS).cpu()
        ours.append(perf_counter() - begun)
        begun = perf_counter()
        _by_scikit_learn(x, part, solver="lbfgs", tol=1e-4, max_iter=200)
        theirs.append((perf_counter() - begun) * y.shape[1] / part.shape[1])
    few = torch.arange(5) * y.shape[1] // 5
    exact = _by_scikit_learn(x, y[:, few], solver="newton-cholesky", tol=1e-10, max_iter=10_000)
    usual = _by_scikit_learn(x, y[:, few], solver="lbfgs", tol=1e-4, max_iter=200)
    chosen = weights[:, few]
    probabilities = torch.sigmoid(x @ chosen[:, :, :-1].mT + chosen[:, None, :, -1]).numpy()
    return {
        "seconds": round(median(ours), 3),
        "scikit_learn_seconds": round(median(theirs), 3),
        "times_faster_than": {
            "scikit_learn": round(median(b / a for a, b in zip(ours, theirs, strict=True)), 2),
        },
        "scikit_learn_labels": part.shape[1],
        "error": float(np.abs(probabilities - exact).max()),
        "scikit_learn_error": float(np.abs(usual - exact).max()),
    }


def _by_scikit_learn(x: Tensor, y: Tensor, **options: Any) -> Float64[np.ndarray, "strengths n c"]:
    """Probabilities at each strength, label by label."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    found = np.empty((len(STRENGTHS), *y.shape))
    with threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for nth, strength in enumerate(STRENGTHS):
            for label in range(y.shape[1]):
                model = LogisticRegression(C=strength, **options).fit(x.numpy(), y[:, label].numpy())
                found[nth, :, label] = model.predict_proba(x.numpy())[:, 1]
    return found
