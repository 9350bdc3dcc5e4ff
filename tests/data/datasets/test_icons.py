"""The icons: counts, splits and drawings."""

import hashlib
import sys

import numpy as np
import pytest
import torch

from mlcl_core.data import load_data
from mlcl_core.data.datasets import icons
from mlcl_core.errors import InputError


def test_counts(icon_data):
    """1,558 icons, 68 categories, 2.02 labels per icon, 545 label sets, 7 to 343 icons per category."""
    assert icon_data.items.shape == (1558, 1, 32, 32)
    assert icon_data.labels.shape == (1558, 68)
    assert round(icon_data.labels.dense().sum().item() / 1558, 2) == 2.02
    assert len(torch.unique(icon_data.labels.dense(), dim=0)) == 545
    assert (icon_data.labels.dense().sum(0).max(), icon_data.labels.dense().sum(0).min()) == (343, 7)
    assert (icon_data.labels.dense().sum(1) > 1).float().mean().item() == pytest.approx(0.565, abs=1e-3)


def test_known_icons(icon_data):
    """A bell is an alert and no fruit; an apple is a fruit."""
    row = {name: i for i, name in enumerate(icon_data.item_names)}
    column = {name: c for c, name in enumerate(icon_data.label_names)}
    assert icon_data.labels.dense()[row["bell (solid)"], column["Alert"]]
    assert not icon_data.labels.dense()[row["bell (solid)"], column["Fruits + Vegetables"]]
    assert icon_data.labels.dense()[row["apple-whole (solid)"], column["Fruits + Vegetables"]]
    assert (icon_data.labels.dense()[row["bell (solid)"]] == icon_data.labels.dense()[row["bell (regular)"]]).all()


def test_both_styles_in_one_split(icon_data):
    """The outline and the solid drawing of a name, and equal drawings of two names, are in the same split."""
    splits: dict[str, set[str]] = {}
    drawn: dict[bytes, set[str]] = {}
    for name, split, picture in zip(icon_data.item_names, icon_data.split, icon_data.thumbnails, strict=True):
        splits.setdefault(name.split(" (")[0], set()).add(split)
        drawn.setdefault(picture.numpy().tobytes(), set()).add(split)
    assert max(map(len, splits.values())) == 1
    assert max(map(len, drawn.values())) == 1
    assert len(drawn) < 1558  # caret-up and sort-up look alike


def test_every_label_in_every_split(icon_data):
    """Each category occurs in training and test; a category of seven icons may be missing in validation."""
    for split in ("train", "validation", "test"):
        assert icon_data.labels.dense()[icon_data.indices(split)].any(0).sum() >= 67


def test_drawings_are_whole_and_centred(icon_data):
    """Every drawing has ink, none of it on the border, and is centred."""
    ink = (icon_data.thumbnails[:, 0] < 128).numpy()
    assert ink.any((1, 2)).all()
    assert not ink[:, [0, -1]].any()
    assert not ink[:, :, [0, -1]].any()
    for axis in (1, 2):
        lines = ink.any(3 - axis)
        first, last = lines.argmax(1), 63 - lines[:, ::-1].argmax(1)
        assert np.abs((first + last) / 2 - 31.5).max() <= 1


def test_small_pictures_are_the_large_ones_halved(icon_data):
    """Training pixels are the means of two by two thumbnail pixels."""
    means = icon_data.thumbnails.float().view(-1, 1, 32, 2, 32, 2).mean((3, 5))
    assert (means - icon_data.items.float()).abs().max() <= 0.5


def test_seed_moves_only_the_split(icon_data):
    """Another seed gives the same drawings and another split, of the same sizes within 2 %."""
    other = load_data("icons", seed=1)
    digest = [hashlib.sha256(d.items.numpy().tobytes()).hexdigest() for d in (icon_data, other)]
    assert digest[0] == digest[1]
    assert (other.split != icon_data.split).any()
    assert abs(len(other.indices("test")) - len(icon_data.indices("test"))) < 30


def test_without_the_package(monkeypatch):
    """Without the package, one error line says how to install it."""
    monkeypatch.setattr("mlcl_core.package_files.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install fontawesomefree==6\.6\.0"):
        load_data("icons")


def test_without_libyaml(monkeypatch):
    """Without libyaml, the slower loader reads the same categories."""
    fast = icons._drawings(icons._folder())
    monkeypatch.delattr(sys.modules["yaml"], "CSafeLoader", raising=False)
    assert icons._drawings(icons._folder()) == fast
