"""The watched items: a fixed sample, and what is measured on it."""

import numpy as np
import torch

from mlcl_core.engine import measure
from mlcl_core.engine.build import training_loss
from mlcl_core.engine.config import LossConfig
from mlcl_core.engine.measure import WatchedMetrics, encode, watched_items
from mlcl_core.engine.network import Outputs, build_network
from tests.engine.toy import ITEMS, toy_config, toy_data


def test_watched_items_are_a_fixed_ascending_sample() -> None:
    """The same items for the same seed, each once, of all splits; everything when there is no more."""
    data = toy_data()
    one = watched_items(data, 40, 0)
    assert one.tolist() == sorted(set(one.tolist()))
    assert len(one) == 40
    assert torch.equal(one, watched_items(data, 40, 0))
    assert not torch.equal(one, watched_items(data, 40, 1))
    assert set(data.split[one.numpy()]) == {"train", "validation", "test"}
    assert watched_items(data, 1000, 0).tolist() == list(range(ITEMS))


def test_encoding_is_without_chance_and_in_chunks() -> None:
    """Items encode the same in any company, and the network is left in training mode."""
    data, config = toy_data(), toy_config()
    network = build_network(config, data, training_loss(config.loss))
    everything = encode(network, data, torch.arange(ITEMS), torch.device("cpu")).z
    some = encode(network, data, torch.tensor([5, 2]), torch.device("cpu")).z
    assert torch.allclose(some, everything[[5, 2]], atol=1e-6)
    assert network.training


def test_numbers_that_cannot_be_told_are_left_out() -> None:
    """No overlapping pairs, no items outside training: no such number, instead of NaN."""
    data = toy_data(labels=np.eye(3, dtype=bool)[np.arange(ITEMS) % 3])
    watch = WatchedMetrics(data, ITEMS, 0, None)
    loss = training_loss(LossConfig(rule="all_equal"))
    z = torch.nn.functional.normalize(torch.randn(ITEMS, 4), dim=1)
    numbers = watch.measure(loss, Outputs(z, z, None, None, None))
    assert "cosine_overlap" not in numbers
    assert "cosine_nested" not in numbers
    assert "alignment" not in numbers
    assert {"loss", "cosine_equal", "cosine_disjoint", "knn_macro_f1"} <= set(numbers)
    assert all(np.isfinite(value) for value in numbers.values())


def test_of_many_watched_items_a_fixed_sample_is_measured(monkeypatch) -> None:
    """Metrics of more items than are measured are those of the sample alone, as if the others were not watched."""
    monkeypatch.setattr(measure, "MEASURED", 30)
    data, loss = toy_data(), training_loss(LossConfig())
    watch = WatchedMetrics(data, ITEMS, 0, loss)
    assert len(watch.ids) == ITEMS
    assert watch.rows is not None
    assert len(set(watch.rows.tolist())) == 30
    assert watch.rows.tolist() == sorted(watch.rows.tolist())
    z, h = torch.nn.functional.normalize(torch.randn(ITEMS, 4), dim=1), torch.randn(ITEMS, 5)
    whole = watch.measure(loss, Outputs(h, z, None, None, None))
    z[~torch.isin(torch.arange(ITEMS), watch.rows)] = torch.nan
    assert watch.measure(loss, Outputs(h, z, None, None, None)) == whole
    assert whole["loss"] == float(loss(z[watch.rows], data.labels[watch.ids[watch.rows]]))
