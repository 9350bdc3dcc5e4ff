"""Weighted kNN by hand: votes, ties, items without a direction; k, temperature and threshold by validation items."""

import math

import pytest
import torch

from mlcl_core.evaluation import PROTOCOLS, Features
from tests.engine.toy import toy_data

CPU = torch.device("cpu")


def at(*degrees):
    """Directions in the plane, by their angle; None: no direction."""
    rows = [(0.0, 0.0) if d is None else (math.cos(math.radians(d)), math.sin(math.radians(d))) for d in degrees]
    return torch.tensor(rows)


def scores_of(train, test, y, **options):
    """Scores of the test items, which validate too; a test item carries the first label."""
    y, held = torch.tensor(y, dtype=torch.bool), torch.tensor([[True, False]] * len(test))
    features = Features(
        {"train": train, "validation": test, "test": test}, {"train": y, "validation": held, "test": held}
    )
    return PROTOCOLS["knn"].run(features, toy_data(), CPU, options)


def test_by_hand():
    """Of neighbours at 0 and 60 degrees the first weighs e^(1/T), the second e^(.5/T); the one at 180 has no vote."""
    found = scores_of(at(0, 60, 180), at(0), [[1, 0], [0, 1], [1, 1]], k=2, temperature=0.5)
    near, far = math.exp(1 / 0.5), math.exp(0.5 / 0.5)
    assert found.test.scores[0] == pytest.approx([near / (near + far), far / (near + far)])
    assert found.chosen["k"] == 2
    assert found.chosen["temperature"] == 0.5


def test_tied_neighbours_share_the_places_left():
    """k = 2: the nearest takes one place, the two that are tied behind it half of one each, in any order."""
    near, far = math.exp(1.0), math.exp(0.5)
    for order in ([0, 1, 2], [0, 2, 1], [2, 0, 1]):
        y = torch.tensor([[1, 0], [0, 1], [0, 0]])[order].tolist()
        found = scores_of(at(0, 60, -60)[order], at(0), y, k=2, temperature=1)
        assert found.test.scores[0] == pytest.approx([near / (near + far), far / 2 / (near + far)])


def test_few_items_and_none():
    """More neighbours than training items: all vote. Without a direction: no vote, and no label."""
    found = scores_of(at(0, None), at(0, None), [[1, 0], [1, 1]], k=9, temperature=1)
    assert found.test.scores.tolist() == [[1, 0], [0, 0]]
    assert found.chosen["k"] == 1
    assert scores_of(at(None, None), at(0), [[1, 0], [1, 1]]).test.scores.tolist() == [[0, 0]]


def test_validation_chooses():
    """Two labels in two directions with a stray item beside each: five neighbours outvote it; a given k stands."""
    generator = torch.Generator().manual_seed(0)
    degrees = torch.cat([torch.rand(30, generator=generator) * 20, 90 + torch.rand(30, generator=generator) * 20])
    y = torch.zeros(60, 2, dtype=torch.bool)
    y[:30, 0] = y[30:, 1] = True
    y[::10] = ~y[::10]
    h = at(*degrees.tolist())
    clean = torch.arange(60)[torch.arange(60) % 10 != 0]
    features = Features(
        {"train": h, "validation": h[clean], "test": h}, {"train": y, "validation": y[clean], "test": y}
    )
    told = []
    found = PROTOCOLS["knn"].run(features, toy_data(), CPU, on_progress=lambda *done: told.append(done))
    assert (found.validation.predicted == found.validation.labels).all()
    assert told[-1] == (20, 20)
    assert PROTOCOLS["knn"].run(features, toy_data(), CPU, {"k": 1}).chosen["k"] == 1
