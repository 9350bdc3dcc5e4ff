"""A part of the training items: how many, which, and what stays as it was."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mlcl_core.data import UNUSED, LabelMatrix, MultiLabelData, fingerprint_of, standardised, with_train_share
from mlcl_core.engine.config import DataConfig
from mlcl_core.engine.measure import watched_items
from mlcl_core.errors import InputError


def made(items: int = 200) -> MultiLabelData:
    """Features of a file, 3 labels of 50, 20 and 2 % of the items."""
    rng = np.random.default_rng(0)
    labels = rng.random((items, 3)) < [0.5, 0.2, 0.02]
    return MultiLabelData(
        name="made",
        title="made",
        kind="features",
        items=torch.from_numpy(rng.normal(size=(items, 4)).astype(np.float32)),
        labels=LabelMatrix.of(labels),
        label_names=("a", "b", "c"),
        split=np.where(np.arange(items) % 4 < 2, "train", np.where(np.arange(items) % 4 == 2, "validation", "test")),
        item_names=tuple(map(str, range(items))),
    )


def test_a_fifth_of_the_training_items():
    """20 of 100 by the seed, with every label in its share; validation, test, rows and hashes of items stay."""
    data = made()
    part = with_train_share(data, 0.2, 3)
    assert len(part.indices("train")) == 20
    assert (part.split == UNUSED).sum() == 80
    for split in ("validation", "test"):
        assert torch.equal(part.indices(split), data.indices(split))
    assert set(part.indices("train").tolist()) <= set(data.indices("train").tolist())
    counts = part.labels.select(part.indices("train")).counts()
    assert (counts > 0).all()
    assert torch.allclose(counts / 20, data.labels.select(data.indices("train")).counts() / 100, atol=0.05)
    assert np.array_equal(fingerprint_of(part).items, fingerprint_of(data).items)
    again, other = with_train_share(data, 0.2, 3), with_train_share(data, 0.2, 4)
    assert np.array_equal(again.split, part.split)
    assert not np.array_equal(other.split, part.split)
    assert part.said == ("trained on: 20 of 100 training items (data.train_share)",)


def test_what_is_unused_is_not_looked_at():
    """Means and deviations are those of the part; no unused item is watched; its split has a mark of its own."""
    part = with_train_share(made(), 0.2, 0)
    trained = part.tensor[part.indices("train")]
    assert torch.allclose(trained.mean(0), torch.zeros(4), atol=1e-6)
    assert torch.allclose(trained.std(0, correction=0), torch.ones(4), atol=1e-5)
    watched = watched_items(part, 1000, 0)
    assert len(watched) == 120
    assert UNUSED not in part.split[watched.numpy()]
    assert fingerprint_of(part).split.tolist().count(3) == 80


def test_the_scale_of_new_items_is_that_of_the_part():
    """Rows as they stand in the file come out as the rows of the part, whatever all training items are like."""
    data = made()
    given = 3 * data.tensor.numpy() + 7
    rows, scale = standardised(given, data.split == "train")
    part = with_train_share(replace(data, items=torch.from_numpy(rows), scale=scale), 0.2, 0)
    assert part.scale is not None
    assert np.allclose(part.scale.standardised(given), part.tensor.numpy(), atol=1e-5)


def test_all_items_are_the_data_as_they_are():
    """A share of 1, the default of the setting, changes nothing; one item is too few, and said."""
    data = made()
    assert with_train_share(data, 1.0, 0) is data
    assert DataConfig().train_share == 1
    with pytest.raises(InputError, match=r"data.train_share is 0.01: 1 of 100 training items"):
        with_train_share(data, 0.01, 0)
    with pytest.raises(InputError, match="there is no split 'unused'"):
        data.indices(UNUSED)
