"""Digit scenes: exact labels, separate sources for each split, seeds, bad parameters."""

import numpy as np
import pytest
import torch

from mlcl_core.data import load_data
from mlcl_core.data.datasets import digits
from mlcl_core.data.datasets.digits import MAX_OVERLAP, _layout
from mlcl_core.errors import InputError


@pytest.fixture(scope="module")
def data():
    """400 scenes, composed once for this file."""
    return load_data("digits", scenes=400)


def test_sizes(data):
    """400 scenes in 70, 10 and 20 %, ten labels, one to four digits each."""
    assert data.items.shape == (400, 1, 32, 32)
    assert [len(data.indices(split)) for split in ("train", "validation", "test")] == [280, 40, 80]
    assert data.labels.dense().sum(1).unique().tolist() == [1, 2, 3, 4]
    assert data.label_names == tuple("0123456789")


def test_many_label_sets():
    """Two thousand scenes have more than 175 label sets."""
    assert len(torch.unique(load_data("digits", scenes=2000).labels.dense(), dim=0)) > 175


def test_names_list_the_digits(data):
    """A scene's name lists the digits of its label row."""
    for row in (0, 57, 399):
        have = data.labels.dense()[row].nonzero()[:, 0].tolist()
        assert data.item_names[row] == f"scene {row}: " + " ".join(map(str, have))


def test_more_digits_more_ink(data):
    """Every scene shows ink, and four digits show more than twice that of one."""
    ink = (255 - data.items.float()).mean((1, 2, 3))
    count = data.labels.dense().sum(1)
    assert ink.min() > 1
    assert ink[count == 4].mean() > 2 * ink[count == 1].mean()


def test_all_quarters(data):
    """Single digits are found in all four quarters of the picture."""
    single = 255 - data.items[data.labels.dense().sum(1) == 1][:, 0].float()
    at = torch.arange(32.0)
    mass = single.sum((1, 2))
    y, x = (single.sum(2) * at).sum(1) / mass, (single.sum(1) * at).sum(1) / mass
    quarters = {(bool(a > 16), bool(b > 16)) for a, b in zip(y, x, strict=True)}
    assert len(quarters) == 4
    assert x.std() > 3
    assert y.std() > 3


def test_layouts_overlap_little():
    """For three digits, a layout with at most a quarter of overlap is nearly always found; many layouts touch."""
    generator = torch.Generator().manual_seed(0)
    used = torch.tensor([[True, True, True, False]]).expand(500, 4)
    side, centre = _layout(500, used, lambda *shape: torch.rand(*shape, generator=generator))
    low, high = centre - side[..., None] / 2, centre + side[..., None] / 2
    assert low.min() >= 0
    assert high.max() <= 32
    common = torch.minimum(high[:, :, None], high[:, None]) - torch.maximum(low[:, :, None], low[:, None])
    share = common.clamp_min(0).prod(-1) / torch.minimum(side[:, :, None], side[:, None]) ** 2
    worst = share.masked_fill(torch.eye(4, dtype=torch.bool), 0)[:, :3, :3].amax((1, 2))
    assert (worst <= MAX_OVERLAP).float().mean() > 0.9
    assert (worst > 0.05).float().mean() > 0.3


def test_splits_share_no_source(monkeypatch):
    """The scenes of different splits are drawn from different source digits."""
    seen = []
    compose = digits._scenes

    def spy(num_scenes, sources, classes, generator):
        seen.append({source.numpy().tobytes() for source in sources})
        assert set(classes.tolist()) == set(range(10))
        return compose(num_scenes, sources, classes, generator)

    monkeypatch.setattr(digits, "_scenes", spy)
    load_data("digits", scenes=20)
    assert len(seen) == 3
    for i, j in ((0, 1), (0, 2), (1, 2)):
        # a few of the 1,797 digits are equal pixel by pixel, though they are different sources
        assert len(seen[i] & seen[j]) <= 2


def test_same_seed_same_scenes(data):
    """Equal seeds give equal pixels, labels and splits; another seed gives other pixels."""
    again, other = load_data("digits", scenes=400), load_data("digits", scenes=400, seed=1)
    assert torch.equal(again.items, data.items)
    assert torch.equal(again.labels.dense(), data.labels.dense())
    assert np.array_equal(again.split, data.split)
    assert not torch.equal(other.items, data.items)


@pytest.mark.parametrize("params", [{"scenes": 3}, {"scenes": float("nan")}, {"scenes": "many"}, {"scene": 100}])
def test_bad_parameters(params):
    """Too few scenes, a value that is no number, or an unknown name is one error line."""
    with pytest.raises(InputError, match="digits"):
        load_data("digits", **params)
