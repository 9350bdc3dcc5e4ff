"""The protocol of the linear probe gives the numbers that a training reports; options that do not exist are refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mlcl_core.data import LabelMatrix
from mlcl_core.engine.evaluate import evaluate
from mlcl_core.errors import InputError
from mlcl_core.evaluation import PROTOCOLS, Features, features_of, items_as_given, why_no_items
from mlcl_core.metrics import measure_predictions
from tests.engine.toy import toy_data, toy_trainer

CPU = torch.device("cpu")


def test_equals_what_a_training_reports():
    """All final metrics, threshold and C are those of the engine, from the network or from its features."""
    trainer = toy_trainer()
    numbers, chosen = evaluate(trainer.network, trainer.data, CPU)
    for subject in (trainer.network, features_of(trainer.network, trainer.data, CPU)):
        found = PROTOCOLS["probe"].run(subject, trainer.data, CPU)
        test = found.test
        assert measure_predictions(test.labels, test.scores, test.threshold) == numbers
        assert found.chosen == chosen


def test_the_published_grid():
    """Labels that the features show are found, also by features of unlike scales; equal seeds give equal scores."""
    generator = torch.Generator().manual_seed(0)
    y = torch.rand(300, 3, generator=generator) < 0.4
    h = torch.randn(300, 8, generator=generator) * 0.3
    h[:, :3] += y.float()
    parts = {"train": slice(0, 150), "validation": slice(150, 200), "test": slice(200, 300)}
    features = Features(
        {name: h[part] for name, part in parts.items()}, {name: y[part] for name, part in parts.items()}
    )
    found = PROTOCOLS["probe"].run(features, toy_data(), CPU, {"fit": "adamw"})
    assert (found.test.predicted == found.test.labels).mean() > 0.9
    assert sum(setting["labels"] for setting in found.chosen["settings"]) == 3
    assert np.array_equal(
        PROTOCOLS["probe"].run(features, toy_data(), CPU, {"fit": "adamw"}).test.scores, found.test.scores
    )
    other = PROTOCOLS["probe"].run(features, toy_data(), CPU, {"fit": "adamw", "head_seed": 1})
    assert not np.array_equal(other.test.scores, found.test.scores)


def test_items_as_given_are_their_features():
    """The probe on the items equals the probe on features that are the items; test labels choose nothing."""
    data = toy_data()
    found = items_as_given(data)
    rows = {split: data.indices(split) for split in ("train", "validation", "test")}
    same = PROTOCOLS["probe"].run(
        Features({s: data.tensor[r] for s, r in rows.items()}, {s: data.labels[r] for s, r in rows.items()}), data, CPU
    )
    assert found is not None
    assert np.array_equal(found.test.scores, same.test.scores)
    y = data.labels[:].numpy().copy()
    y[data.split == "test"] = ~y[data.split == "test"]
    turned = items_as_given(replace(data, labels=LabelMatrix.of(y)))
    assert turned is not None
    assert turned.chosen == found.chosen
    assert np.array_equal(turned.test.scores, found.test.scores)


def test_pictures_are_not_probed_as_given():
    """Pixels and tokens have no line of their own, and the reason is a sentence."""
    data = toy_data()
    pictures = replace(data, kind="picture", items=torch.zeros(len(data), 1, 4, 4, dtype=torch.uint8))
    tokens = replace(data, kind="tokens", items=torch.zeros(len(data), 4, dtype=torch.int32))
    for items, word in ((pictures, "pixels"), (tokens, "tokens")):
        assert items_as_given(items) is None
        assert word in why_no_items(items)


def test_unknown_options_are_refused():
    """An option that a protocol does not have is an error that names those it has."""
    with pytest.raises(InputError, match="the protocol probe has no option nothing"):
        PROTOCOLS["probe"].run(toy_trainer().network, toy_data(), CPU, {"nothing": 1})
