"""The batched logistic regressions: scikit-learn's optimum, whatever the features, labels and chunks."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from mlcl_core.errors import RunFailed
from mlcl_core.models import logistic
from mlcl_core.models.logistic import logistic_path

STRENGTHS = (0.001, 0.01, 0.1, 1.0)


def problem(n: int, d: int, shares: tuple[float, ...], seed: int, noise: float = 0.5) -> tuple[Tensor, Tensor]:
    """Correlated, standardised features of decaying spread, and labels that a share of the items carries."""
    generator = torch.Generator().manual_seed(seed)
    mixed = torch.randn(n, d, generator=generator, dtype=torch.float64) / torch.arange(1, d + 1)
    x = (mixed @ torch.randn(d, d, generator=generator, dtype=torch.float64)).relu()
    x = (x - x.mean(0)) / x.std(0, correction=0).clamp(min=1e-9)
    score = x @ torch.randn(d, len(shares), generator=generator, dtype=torch.float64)
    score = score / score.std(0) + noise * torch.randn(n, len(shares), generator=generator, dtype=torch.float64)
    order = score.argsort(0).argsort(0)
    return x, order >= n - (n * torch.tensor(shares)).round().clamp(1, n - 1)


def probabilities(x: Tensor, weights: Tensor) -> Tensor:
    """One matrix a strength."""
    return torch.sigmoid(x @ weights[:, :, :-1].mT + weights[:, None, :, -1])


def reference(x: Tensor, y: Tensor) -> np.ndarray:
    """Probabilities of scikit-learn's regressions, far converged."""
    found = np.empty((len(STRENGTHS), *y.shape))
    for nth, strength in enumerate(STRENGTHS):
        for label in range(y.shape[1]):
            model = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-10, max_iter=10_000)
            found[nth, :, label] = model.fit(x.numpy(), y[:, label].numpy()).predict_proba(x.numpy())[:, 1]
    return found


@pytest.mark.parametrize(
    ("n", "d", "shares", "noise"),
    [
        (400, 12, (0.5, 0.2, 0.05), 0.5),
        (300, 20, (0.3, 0.02, 0.004), 0.0),  # separable, and one carrier alone
        (30, 50, (0.5, 0.1, 0.9), 0.5),  # more features than items
    ],
)
def test_equals_scikit_learn(n: int, d: int, shares: tuple[float, ...], noise: float) -> None:
    """Probabilities at every strength are within 1e-4 of those of scikit-learn with tol 1e-10."""
    x, y = problem(n, d, shares, 0, noise)
    found = probabilities(x, logistic_path(x, y, STRENGTHS))
    assert np.abs(found.numpy() - reference(x, y)).max() < 1e-4


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(1, 12), st.integers(1, 5), st.integers(0, 10**6), st.sampled_from([0.1, 1, 30]))
def test_the_gradient_is_zero(n: int, d: int, c: int, seed: int, scale: float) -> None:
    """Where a label arrives its gradient vanishes, for features of any spread and repeated items."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=generator, dtype=torch.float64).pow(3) * scale
    x[n // 2 :] = x[: n - n // 2].clone()
    x -= x.mean(0)
    y = torch.rand(n, c, generator=generator) < torch.rand(c, generator=generator)
    y[0], y[1] = True, False
    for strength, weights in zip(STRENGTHS, logistic_path(x, y, STRENGTHS), strict=True):
        wrong = torch.sigmoid(x @ weights[:, :-1].T + weights[:, -1]) - y.double()
        gradient = weights[:, :-1] + strength * wrong.T @ x
        # the diagonal that it is measured by is at most the trace of the objective's largest Hessian
        assert gradient.norm(dim=1).max() < 1e-5 * (1 + strength * x.square().sum() / 4) ** 0.5
        assert (strength * wrong.sum(0)).abs().max() < 1e-5 * (strength * n / 4) ** 0.5


def test_chunks_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels that walk alone arrive where they do together."""
    x, y = problem(200, 8, (0.5, 0.3, 0.1, 0.05, 0.02), 1)
    together = probabilities(x, logistic_path(x, y, STRENGTHS))
    monkeypatch.setattr(logistic, "CHUNK_BYTES", 1)
    assert torch.allclose(probabilities(x, logistic_path(x, y, STRENGTHS)), together, atol=1e-5)


def test_progress_and_stop() -> None:
    """Steps are told before they are taken, from none to all; an exception ends the work at once."""
    x, y = problem(200, 8, (0.5, 0.3, 0.1), 1)
    told: list[tuple[int, int]] = []
    logistic_path(x, y, STRENGTHS, lambda done, of: told.append((done, of)))
    assert told[0] == (0, 12)
    assert told[-1] == (12, 12)
    assert told == sorted(told)
    assert len(told) > 20

    class Stopped(Exception):
        pass

    def stop(done: int, of: int) -> None:
        calls.append(done)
        if len(calls) == 7:
            raise Stopped

    calls: list[int] = []
    with pytest.raises(Stopped):
        logistic_path(x, y, STRENGTHS, stop)
    assert len(calls) == 7


@pytest.mark.parametrize("little", [0, 2**60])
def test_threads_are_as_before(monkeypatch: pytest.MonkeyPatch, little: int) -> None:
    """A small problem is worked on by one thread, a large one by as many as torch has; afterwards torch has its own."""
    monkeypatch.setattr(logistic, "FEW_PRODUCTS", little)
    before, seen = torch.get_num_threads(), []
    try:
        torch.set_num_threads(2)
        logistic_path(*problem(50, 4, (0.5,), 1), STRENGTHS, lambda *_: seen.append(torch.get_num_threads()))
        assert set(seen) == {1 if little else 2}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_a_label_that_does_not_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error of one line, not a classifier that is nearly right."""
    monkeypatch.setattr(logistic, "MAX_STEPS", 2)
    with pytest.raises(RunFailed, match=r"3 labels .* did not arrive in 2 steps"):
        logistic_path(*problem(200, 8, (0.5, 0.3, 0.1), 1), STRENGTHS)


def test_steps_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Separable labels of correlated features take under 150 steps at all strengths together."""
    told: list[int] = []
    x, y = problem(300, 20, (0.3, 0.1, 0.02), 0, 0.0)
    logistic_path(x, y, STRENGTHS, lambda done, of: told.append(done))
    assert len(told) < 150
