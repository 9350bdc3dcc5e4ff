"""The best moment is the best on validation items, and test items have no say in it."""

from dataclasses import replace

import pytest
import torch

from mlcl_core.data import LabelMatrix
from mlcl_core.errors import InputError
from mlcl_core.evaluation import best_moment, features_of
from tests.engine.toy import toy_data, toy_trainer

CPU = torch.device("cpu")


def states_of(network):
    """Four states: at steps 0 and 12 the encoder gives zeros for every item."""
    found = []
    for step, seeing in ((0, 0), (4, 1), (8, 1), (12, 0)):
        state = {name: value.clone() for name, value in network.state_dict().items()}
        for name in state:
            state[name] *= seeing or not name.startswith("encoder.")
        found.append((step, state))
    return found


def test_the_best_on_validation():
    """The highest quality, the earlier of two equal ones; the network holds it, and all its features are given."""
    trainer = toy_trainer()
    states = states_of(trainer.network)
    told = []
    found = best_moment(trainer.network, iter(states), trainer.data, CPU, lambda done, of: told.append((done, of)))
    assert found.qualities[4] == found.qualities[8] == max(found.qualities.values())
    assert found.step == 4
    now = trainer.network.state_dict()
    assert all(torch.equal(now[name], value) for name, value in states[1][1].items())
    again = features_of(trainer.network, trainer.data, CPU)
    assert all(torch.equal(found.features.h[split], again.h[split]) for split in again.h)
    assert told[-1] == (4, 4)


def test_poisoned_test_labels_change_nothing():
    """With every test label turned over and every test item replaced, the same moment has the same quality."""
    trainer, data = toy_trainer(), toy_data()
    y, x = data.labels[:].numpy().copy(), data.tensor.clone()
    test = data.split == "test"
    y[test], x[torch.from_numpy(test)] = ~y[test], 1e6
    poisoned = replace(data, labels=LabelMatrix.of(y), items=x)
    states = states_of(trainer.network)
    clean, other = (best_moment(trainer.network, states, each, CPU) for each in (data, poisoned))
    assert (clean.step, clean.qualities) == (other.step, other.qualities)


def test_no_state_is_an_error():
    """Without a state there is nothing to choose."""
    trainer = toy_trainer()
    with pytest.raises(InputError, match="no state"):
        best_moment(trainer.network, [], trainer.data, CPU)
