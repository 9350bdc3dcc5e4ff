"""probabilistic: items are mixtures, and those whose labels overlap enough should overlap."""

from math import exp, log, pi, sqrt

import numpy as np
import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses import LOSSES, BatchLoss, PairLoss, build_loss
from mlcl_core.losses import probabilistic as module
from mlcl_core.losses.probabilistic import mixture_similarity
from mlcl_core.models import MixtureHead, mixture_mean
from tests.cases import CASES, DTYPES, TOLERANCE, labels


def mixtures(n: int, c: int, d: int = 3, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Random mixtures as a head packs them."""
    generator = torch.Generator().manual_seed(seed)
    raw = torch.randn(n, c, d + 2, generator=generator, dtype=torch.float64)
    packed = torch.cat([raw[..., :1].log_softmax(1), 0.3 * raw[..., 1:2], raw[..., 2:]], 2)
    return packed.to(dtype)


def overlap(p: np.ndarray, q: np.ndarray) -> float:
    """k(p, q) by loops over labels."""
    total = 0.0
    for a, b in zip(p, q, strict=True):
        variance = exp(a[1]) ** 2 + exp(b[1]) ** 2
        squared = sum((x - y) ** 2 for x, y in zip(a[2:], b[2:], strict=True))
        total += exp(a[0]) * exp(b[0]) * (2 * pi * variance) ** (-len(a[2:]) / 2) * exp(-squared / 2 / variance)
    return total


def loops(m: np.ndarray, y: np.ndarray, tau: float, threshold: float, weight: float) -> list[float | None]:
    """The loss of each anchor, None where it has no labels."""
    n, values = len(m), []
    if m.shape[1] == 0:
        return [None] * n
    sim = [[overlap(p, q) / sqrt(overlap(p, p) * overlap(q, q)) for q in m] for p in m]
    for i in range(n):
        S = set(np.flatnonzero(y[i]))
        if not S:
            values.append(None)
            continue
        others = [j for j in range(n) if j != i]
        A = [j for j in others if len(S & set(np.flatnonzero(y[j]))) >= threshold * len(S | set(np.flatnonzero(y[j])))]
        value = -weight * sum(m[i][label][0] for label in S) / len(S)
        if A:
            normaliser = log(sum(exp(sim[i][k] / tau) for k in others))
            value += sum(normaliser - sim[i][j] / tau for j in A) / len(A)
        values.append(value)
    return values


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("case", CASES)
def test_equal_to_the_loops(case, dtype):
    """Values of every case, their mean over those with labels, over all, and their sum."""
    y = CASES[case]
    m = mixtures(*y.shape)
    told = loops(m.numpy(), y.numpy(), 0.5, 0.5, 0.7)
    expected = np.array([value or 0.0 for value in told])
    close = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    options = {"temperature": 0.5, "label_weight": 0.7}
    given = {
        reduction: build_loss("probabilistic", reduction=reduction, **options)(None, y, mixture=m.to(dtype)).numpy()
        for reduction in ("none", "sum", "mean")
    }
    np.testing.assert_allclose(given["none"], expected, **close)
    np.testing.assert_allclose(given["sum"], expected.sum(), rtol=close["rtol"], atol=len(y) * close["atol"])
    counted = sum(value is not None for value in told)
    np.testing.assert_allclose(given["mean"], expected.sum() / max(counted, 1), **close)
    zero = build_loss("probabilistic", no_positive="zero", **options)(None, y, mixture=m.to(dtype))
    np.testing.assert_allclose(zero, expected.sum() / max(len(y), 1), **close)


def test_overlap_is_the_integral():
    """One label, one dimension: the closed form is the integral of the product of both densities."""
    p, q = np.array([[0.0, log(0.5), 0.2]]), np.array([[0.0, log(0.8), -0.4]])
    x = np.linspace(-12, 12, 200_001)
    densities = [np.exp(-((x - m[0, 2]) ** 2) / 2 / exp(m[0, 1]) ** 2) / sqrt(2 * pi) / exp(m[0, 1]) for m in (p, q)]
    assert overlap(p, q) == pytest.approx(np.trapezoid(densities[0] * densities[1], x), rel=1e-9)
    found = module.log_overlap(torch.tensor(p)[None, None], torch.tensor(q)[None, None])
    assert found.exp().item() == pytest.approx(overlap(p, q))


def test_similarity_is_one_with_oneself():
    """In (0, 1], symmetric, 1 for the same mixture; in tiles of one anchor what it is at once."""
    m = mixtures(5, 3)
    m[4] = m[0]
    s = mixture_similarity(m, torch.arange(5))
    torch.testing.assert_close(s, s.T)
    torch.testing.assert_close(s.diagonal(), torch.ones(5, dtype=torch.float64))
    assert s[0, 4].item() == pytest.approx(1)
    assert bool((s > 0).all())
    assert bool((s <= 1 + 1e-12).all())


def test_tiles_change_nothing(monkeypatch):
    """Values and gradients of tiles of one anchor are those of all at once."""
    y, found = CASES["five_relations"], []
    for size in (2**22, 1):
        monkeypatch.setattr(module, "MAX_TILE", size)
        m = mixtures(*y.shape).requires_grad_()
        value = build_loss("probabilistic")(None, y, mixture=m)
        found.append((value.detach(), torch.autograd.grad(value, m)[0]))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found[0][1], found[1][1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_finite(case):
    """Whatever the labels, with twins among the items."""
    y = CASES[case]
    m = mixtures(*y.shape)
    if len(m) > 1:
        m[1] = m[0]
    m.requires_grad_()
    build_loss("probabilistic")(None, y, mixture=m).backward()
    assert m.grad.isfinite().all()


@pytest.mark.parametrize("case", CASES)
def test_pairs_opened_in_a_batch(case):
    """Values are those that train, without the fit; forces are autograd's, with respect to the similarities."""
    y = CASES[case]
    m, anchors = mixtures(*y.shape), (len(y) + 1) // 2
    loss = build_loss("probabilistic", temperature=0.5, label_weight=0, reduction="none")
    assert isinstance(loss, BatchLoss)
    assert not isinstance(loss, PairLoss)
    terms = loss.explain_batch(y, anchors=anchors, mixture=m)
    torch.testing.assert_close(terms.value, loss(None, y, mixture=m)[:anchors])
    torch.testing.assert_close(terms.cosine, mixture_similarity(m, torch.arange(anchors)))
    s = terms.scaled_cosine.clone().requires_grad_()
    torch.testing.assert_close(s.detach(), terms.cosine / 0.5)
    losses = [
        (s[i, [k for k in range(len(y)) if k != i]].logsumexp(0) - s[i, terms.positive[i]]).mean()
        for i in range(anchors)
        if terms.positive[i].any()
    ]
    force = torch.autograd.grad(sum(losses), s)[0] if losses else torch.zeros_like(s)
    torch.testing.assert_close(terms.force, force)


def test_the_head_makes_mixtures():
    """Weights that sum to 1, means of length 1, scales of at least 0.1; z is the mean of all."""
    torch.manual_seed(0)
    m = MixtureHead(6, 8, 4, 3)(torch.randn(5, 6))
    assert m.shape == (5, 3, 6)
    torch.testing.assert_close(m[..., 0].exp().sum(1), torch.ones(5))
    torch.testing.assert_close(m[..., 2:].norm(dim=2), torch.ones(5, 3))
    assert bool((m[..., 1].exp() >= 0.1).all())
    by_hand = sum(m[2, label, 0].exp() * m[2, label, 2:] for label in range(3))
    torch.testing.assert_close(mixture_mean(m)[2], by_hand)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "given: none"),
        ({"mixture": torch.zeros(2, 3, 5)}, r"given: \(2, 3, 5\)"),
        ({"mixture": torch.zeros(2, 2, 2)}, "one component a label"),
        ({"mixture": torch.zeros(2, 2, 5), "prototypes": torch.zeros(2, 3)}, "no prototypes"),
    ],
)
def test_bad_input(inputs, words):
    """Mixtures that are missing or of another shape, and inputs it does not take, are refused."""
    with pytest.raises(InputError, match=words):
        build_loss("probabilistic")(None, labels("10", "11"), **inputs)


def test_it_says_that_it_is_experimental():
    """Its source is an abstract, and the registry says so."""
    assert LOSSES["probabilistic"].experimental
    assert LOSSES["probabilistic"].source.startswith("After the abstract of")
