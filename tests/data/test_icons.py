"""The icons: counts, splits and drawings."""

import hashlib
import sys

import numpy as np
import pytest
import torch

from mlcl_core.data import icons, load_data
from mlcl_core.errors import InputError


@pytest.fixture(scope="module")
def data():
    """Drawn once for this file."""
    return load_data("icons")


def test_counts(data):
    """1,558 icons, 68 categories, 2.02 labels an icon, 545 label sets, from 343 down to 7 icons a category."""
    assert data.items.shape == (1558, 1, 32, 32)
    assert data.labels.shape == (1558, 68)
    assert round(data.labels.sum().item() / 1558, 2) == 2.02
    assert len(torch.unique(data.labels, dim=0)) == 545
    assert (data.labels.sum(0).max(), data.labels.sum(0).min()) == (343, 7)
    assert (data.labels.sum(1) > 1).float().mean().item() == pytest.approx(0.565, abs=1e-3)


def test_known_icons(data):
    """A bell is an alert and no fruit; an apple is."""
    row = {name: i for i, name in enumerate(data.item_names)}
    column = {name: c for c, name in enumerate(data.label_names)}
    assert data.labels[row["bell (solid)"], column["Alert"]]
    assert not data.labels[row["bell (solid)"], column["Fruits + Vegetables"]]
    assert data.labels[row["apple-whole (solid)"], column["Fruits + Vegetables"]]
    assert (data.labels[row["bell (solid)"]] == data.labels[row["bell (regular)"]]).all()


def test_both_styles_in_one_split(data):
    """Outline and solid drawing of one name, and equal drawings of two names, never stand in two splits."""
    splits: dict[str, set[str]] = {}
    drawn: dict[bytes, set[str]] = {}
    for name, split, picture in zip(data.item_names, data.split, data.thumbnails, strict=True):
        splits.setdefault(name.split(" (")[0], set()).add(split)
        drawn.setdefault(picture.numpy().tobytes(), set()).add(split)
    assert max(map(len, splits.values())) == 1
    assert max(map(len, drawn.values())) == 1
    assert len(drawn) < 1558  # caret-up and sort-up look alike


def test_every_label_in_every_split(data):
    """Each category can be trained and tested on; one of seven icons in all may be missing from the validation tenth."""
    for split in ("train", "validation", "test"):
        assert data.labels[data.indices(split)].any(0).sum() >= 67


def test_drawings_are_whole_and_centred(data):
    """Ink in every drawing, none on the border, and as much room left as right and above as below."""
    ink = (data.thumbnails[:, 0] < 128).numpy()
    assert ink.any((1, 2)).all()
    assert not ink[:, [0, -1]].any()
    assert not ink[:, :, [0, -1]].any()
    for axis in (1, 2):
        lines = ink.any(3 - axis)
        first, last = lines.argmax(1), 63 - lines[:, ::-1].argmax(1)
        assert np.abs((first + last) / 2 - 31.5).max() <= 1


def test_small_pictures_are_the_large_ones_halved(data):
    """Training pixels are the means of two by two thumbnail pixels."""
    means = data.thumbnails.float().view(-1, 1, 32, 2, 32, 2).mean((3, 5))
    assert (means - data.items.float()).abs().max() <= 0.5


def test_seed_moves_only_the_split(data):
    """Another seed: the same drawings, another division of the same sizes within 2 %."""
    other = load_data("icons", seed=1)
    digest = [hashlib.sha256(d.items.numpy().tobytes()).hexdigest() for d in (data, other)]
    assert digest[0] == digest[1]
    assert (other.split != data.split).any()
    assert abs(len(other.indices("test")) - len(data.indices("test"))) < 30


def test_without_the_package(monkeypatch):
    """Without the package, one line says how to get it."""
    monkeypatch.setattr(icons, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install fontawesomefree==6\.6\.0"):
        load_data("icons")


def test_without_libyaml(monkeypatch):
    """The slow reader reads the same categories."""
    fast = icons._drawings(icons._folder())
    monkeypatch.delattr(sys.modules["yaml"], "CSafeLoader", raising=False)
    assert icons._drawings(icons._folder()) == fast
