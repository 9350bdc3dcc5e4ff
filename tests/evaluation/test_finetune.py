"""Fine-tuning improves a toy, leaves the network as it was, and lets validation items choose."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mlcl_core.data import LabelMatrix
from mlcl_core.errors import RunFailed
from mlcl_core.evaluation import PROTOCOLS, Features, report
from mlcl_core.evaluation.finetune import at_an_end
from mlcl_core.metrics import measure_predictions
from tests.engine.toy import toy_data, toy_trainer

CPU = torch.device("cpu")
FINETUNE = PROTOCOLS["finetune"]
SHORT = {"epochs": 4, "batch_size": 16}


def macro_f1(found):
    """On the validation items."""
    seen = found.validation
    return measure_predictions(seen.labels, seen.scores, seen.threshold)["macro_f1"]


def test_it_improves_an_untrained_encoder():
    """On a toy without noise, trained to the end, an encoder whose features tell little predicts the labels well."""
    data = toy_data(noise=0.1)
    network = toy_trainer().network
    with torch.no_grad():
        for parameter in network.encoder.parameters():
            parameter *= 0.1
    short = FINETUNE.run(network, data, CPU, {**SHORT, "epochs": 1, "learning_rate": 1e-4})
    long = FINETUNE.run(network, data, CPU, {**SHORT, "epochs": 30, "learning_rate": 0.01})
    assert macro_f1(long) > 0.85
    assert macro_f1(short) < 0.7
    assert 1 <= long.chosen["epoch"] <= 30


def test_a_choice_at_an_end_is_said():
    """The last epoch, the smallest and the largest rate are doubts; the middle of both and a given rate are none."""
    rates = (3e-4, 1e-3, 3e-3)
    assert at_an_end(3, 4, 1e-3, rates) == at_an_end(3, 4, 0.01, (0.01,)) == ()
    assert at_an_end(4, 4, 3e-3, rates) == (
        "fine-tuning: the best of 4 epochs is the last; more of them may score higher",
        "fine-tuning: of the learning rates 0.0003, 0.001, 0.003 the largest is best; larger ones may score higher",
    )
    assert "the smallest is best; smaller ones" in at_an_end(1, 4, 3e-4, rates)[0]
    data = toy_data()
    found = FINETUNE.run(toy_trainer().network, data, CPU, {**SHORT, "epochs": 1, "learning_rate": 1e-3})
    assert report(found, data, resamples=100)["doubts"][-1] == found.doubts[0]


def test_the_network_comes_back():
    """Weights, mode and random state are those from before; equal seeds, equal scores; test labels choose nothing."""
    network, data = toy_trainer().network.eval(), toy_data()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    random = torch.get_rng_state()
    told = []
    found = FINETUNE.run(network, data, CPU, SHORT, lambda *done: told.append(done))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert not network.training
    assert torch.equal(torch.get_rng_state(), random)
    assert told == [(step, 3 * 4 * 4) for step in range(3 * 4 * 4)]
    y = data.labels[:].numpy().copy()
    y[data.split == "test"] = ~y[data.split == "test"]
    turned = FINETUNE.run(network, replace(data, labels=LabelMatrix.of(y)), CPU, SHORT)
    assert turned.chosen == found.chosen
    assert np.array_equal(turned.test.scores, found.test.scores)


def test_a_rate_that_diverges_is_left():
    """A loss that is not finite ends a rate; at every rate, it is a failure in one line."""
    network, data = toy_trainer().network, toy_data()
    with torch.no_grad():
        next(iter(network.encoder.parameters())).fill_(torch.inf)
    with pytest.raises(RunFailed, match="NaN or infinite in the first epoch"):
        FINETUNE.run(network, data, CPU, SHORT)


def test_features_cannot_be_fine_tuned():
    """Frozen features have no weights left."""
    with pytest.raises(TypeError, match="finetune trains a network"):
        FINETUNE.run(Features({}, {}), toy_data(), CPU)
