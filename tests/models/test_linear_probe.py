"""The linear probe: its accuracy on separable labels, its repeatability, labels without positives."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from mlcl_core.models import fit_linear_probe
from mlcl_core.models.linear_probe import STRENGTHS, THRESHOLDS


def separable(n: int, seed: int, noise: float = 0.3):
    """Features whose first three columns determine the three labels, with noise."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.rand(n, 3, generator=generator) < 0.4
    h = torch.randn(n, 8, generator=generator) * noise
    h[:, :3] += y.float()
    return h, y


def fitted(**changes):
    """A probe on 300 and 100 items."""
    (h, y), (h_held, y_held) = separable(300, 0), separable(100, 1)
    inputs = {"h_train": h, "y_train": y, "h_validation": h_held, "y_validation": y_held, "seed": 0, **changes}
    return fit_linear_probe(**inputs)


def test_finds_what_is_there():
    """Labels that depend linearly on the features are predicted on new items."""
    probe = fitted()
    h, y = separable(500, 2)
    assert ((probe.scores(h) >= probe.threshold) == y).float().mean() > 0.9


def test_equals_scikit_learn():
    """A label's scores are those of one logistic regression on standardised features."""
    (h, y), probe = separable(300, 0), fitted()
    x = ((h - h.mean(0)) / h.std(0, correction=0)).double().numpy()
    model = LogisticRegression(C=probe.strength, tol=1e-8).fit(x, y[:, 1].numpy())
    assert np.allclose(probe.scores(h)[:, 1].numpy(), model.predict_proba(x)[:, 1], atol=1e-3)


def test_chosen_from_the_grid():
    """C and threshold come from the literal grids."""
    probe = fitted()
    assert probe.strength in STRENGTHS
    assert probe.threshold in THRESHOLDS


def test_same_input_same_bits():
    """Fitted twice: the same bits."""
    first, second = fitted(), fitted()
    assert torch.equal(first.weights, second.weights)
    assert torch.equal(first.bias, second.bias)
    assert first.threshold == second.threshold


def test_shift_and_scale_of_features_dont_matter():
    """Shift and scale of the features do not matter."""
    (h, _), (h_held, _) = separable(300, 0), separable(100, 1)
    probe = fitted(h_train=1000 * h + 7, h_validation=1000 * h_held + 7)
    assert torch.allclose(probe.scores(1000 * h + 7), fitted().scores(h), atol=1e-3)


def test_labels_without_yes_or_no():
    """A label that no training item has is never predicted, one that all have always is; scores stay finite."""
    _, y = separable(300, 0)
    y[:, 0], y[:, 2] = False, True
    probe = fitted(y_train=y)
    scores = probe.scores(separable(50, 3)[0])
    assert torch.isfinite(scores).all()
    assert (scores[:, 0] < 1e-10).all()
    assert (scores[:, 2] > 1 - 1e-10).all()


def test_no_label_at_all():
    """Without a label in training and validation no label is predicted."""
    nothing = torch.zeros(300, 3, dtype=torch.bool)
    probe = fitted(y_train=nothing, y_validation=nothing[:100])
    assert not (probe.scores(separable(50, 3)[0]) >= probe.threshold).any()


def test_constant_features():
    """Features that are constant in training have no influence, even where they vary later."""
    (h, _), (h_held, _) = separable(300, 0), separable(100, 1)
    h[:, 5], h_held[:, 5] = 3, 3
    probe = fitted(h_train=h, h_validation=h_held)
    moved = h_held.clone()
    moved[:, 5] = 1e6
    assert torch.equal(probe.scores(moved), probe.scores(h_held))
    assert torch.isfinite(fitted(h_train=torch.zeros(300, 8)).scores(h_held)).all()


@pytest.mark.parametrize("n", [0, 1])
def test_few_items(n):
    """Scores of no item and of one."""
    assert fitted().scores(torch.zeros(n, 8)).shape == (n, 3)
