"""The linear probe: its accuracy on separable labels, its repeatability, labels without positives."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from mlcl_core.engine import preset
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.measure import encode
from mlcl_core.errors import RunFailed
from mlcl_core.models import fit_linear_probe, linear_probe, thresholds
from mlcl_core.models.linear_probe import STRENGTHS
from mlcl_core.models.thresholds import THRESHOLDS


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
    inputs = {"h_train": h, "y_train": y, "h_validation": h_held, "y_validation": y_held, **changes}
    return fit_linear_probe(**inputs)


def test_finds_what_is_there():
    """Labels that depend linearly on the features are predicted on new items."""
    probe = fitted()
    h, y = separable(500, 2)
    assert ((probe.scores(h) >= probe.threshold) == y).float().mean() > 0.9


def by_scikit_learn(h, y, h_held, y_held):
    """Probabilities of the held items, C and threshold, label by label and threshold by threshold."""
    mean, deviation = h.double().mean(0), h.double().std(0, correction=0)
    deviation[deviation < 1e-6] = torch.inf
    x, held = (((part.double() - mean) / deviation).numpy() for part in (h, h_held))
    y, y_held = y.numpy(), y_held.numpy()
    carried, found = y_held.any(0), []
    for strength in STRENGTHS:
        scores = np.empty(y_held.shape)
        for label in range(y.shape[1]):
            if y[:, label].all() or not y[:, label].any():
                scores[:, label] = y[0, label]
                continue
            model = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-10, max_iter=10_000)
            with threadpool_limits(1):
                scores[:, label] = model.fit(x, y[:, label]).predict_proba(held)[:, 1]
        for threshold in THRESHOLDS:
            hit, of = ((scores >= threshold) & y_held).sum(0), (scores >= threshold).sum(0) + y_held.sum(0)
            quality = (2 * hit[carried] / of[carried]).mean() + 2 * hit.sum() / of.sum()
            found.append((quality, -len(found), scores, strength, float(threshold)))
    return max(found, key=lambda one: one[:2])[2:]


def same_as_scikit_learn(*features_and_labels):
    """Same C, same threshold, probabilities within 1e-4."""
    scores, strength, threshold = by_scikit_learn(*features_and_labels)
    probe = fit_linear_probe(*features_and_labels)
    assert (probe.strength, probe.threshold) == (strength, threshold)
    assert np.abs(probe.scores(features_and_labels[2]).numpy() - scores).max() < 1e-4


@pytest.mark.parametrize("noise", [0.0, 0.3, 2.0])
def test_equals_scikit_learn(noise):
    """Separable, noisy, constant, rare, everywhere, nowhere: scikit-learn with tol 1e-10 chooses the same."""
    (h, y), (h_held, y_held) = separable(240, 0, noise), separable(120, 1, noise)
    h[:, 5], h_held[:, 5] = 3, 3
    rare, rare_held = h[:, :1] > h[:, 0].topk(3).values[-1], h_held[:, :1] > 1.2
    sets = ((y, rare), (y_held, rare_held))
    y, y_held = (torch.cat([one, r, r & False, r | True], 1) for one, r in sets)
    same_as_scikit_learn(h, y, h_held, y_held)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["icons", "digits"])
def test_equals_scikit_learn_on_presets(name):
    """On the features of an untrained encoder: the same C and threshold, probabilities within 1e-4."""
    trainer = Trainer(preset(name))
    rows = [trainer.data.indices(split)[:1200] for split in ("train", "validation")]
    h, h_held = (encode(trainer.network, trainer.data, ids, trainer.device).h for ids in rows)
    y, y_held = (trainer.data.labels[ids] for ids in rows)
    same_as_scikit_learn(h, y, h_held, y_held)


def test_thresholds_in_pieces(monkeypatch):
    """Labels whose scores are counted a few at a time give the same choice."""
    whole = fitted()
    monkeypatch.setattr(linear_probe, "SCORES_AT_ONCE", 1)
    assert (fitted().threshold, fitted().strength) == (whole.threshold, whole.strength)


def test_a_score_on_a_threshold_reaches_it():
    """A label that half of the training items carry, without features: a probability of exactly .5 is .5 or more."""
    y = torch.arange(40)[:, None] % 2 == 0
    probe = fit_linear_probe(torch.zeros(40, 2), y, torch.zeros(40, 2), y)
    assert (probe.scores(torch.zeros(1, 2)) == 0.5).all()
    x, bias = torch.zeros(40, 2, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    reached, hits = thresholds._counted(y, linear_probe._scores(x, x[:1], bias))
    assert reached[:, 0].tolist() == [40 * (threshold <= 0.5) for threshold in THRESHOLDS]
    assert hits[:, 0].tolist() == [20 * (threshold <= 0.5) for threshold in THRESHOLDS]


@pytest.mark.parametrize("part", ["h_train", "h_validation"])
@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_features_that_are_no_numbers(part, bad):
    """They are an error of one line."""
    h = separable(300 if part == "h_train" else 100, 0)[0]
    h[7, 2] = bad
    with pytest.raises(RunFailed, match="features contain NaN or infinity"):
        fitted(**{part: h})


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
