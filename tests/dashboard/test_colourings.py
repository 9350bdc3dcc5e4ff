"""Ways to colour the points of a cloud: classes, steps of numbers, and colours that all eyes tell apart."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.classes import NOTHING, OTHER, by_class, by_number, step_edges
from dashboard.figures.colouring import Shown
from dashboard.figures.colourings import COLOURINGS
from dashboard.figures.colourings.label_set import by_label_set
from dashboard.figures.colours import CLASSES, DISJOINT, STEPS
from dashboard.figures.item_loss import loss_of_items
from mlcl_core.losses import build_loss
from mlcl_core.metrics import nearest_neighbours, purity
from mlcl_core.runs.records import WatchedItems

PROVES = {
    "test_each_colouring_paints": (
        "mean Jaccard similarity of its labels with those of its 15 nearest in the embedding",
        "Items with the same label set have the same mark.",
        "all that are less frequent",
        "no pairs with the anchor",
        "there are no labels",
    ),
}
# Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB
EYES = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]


def linear(colour: str) -> np.ndarray:
    """A colour as linear RGB."""
    c = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eyes: str) -> np.ndarray:
    """A colour as these eyes see it, in CIE L*a*b*."""
    seen = np.clip(np.array(EYES[eyes]) @ linear(colour), 0, 1)
    f = np.array(XYZ) @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(f > 216 / 24389, np.cbrt(f), (24389 / 27 * f + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(colour: str, page: str) -> float:
    """Contrast of two colours, after WCAG."""
    low, high = sorted(float(np.array(XYZ[1]) @ linear(one)) for one in (colour, page))
    return (high + 0.05) / (low + 0.05)


def items(y: list[list[int]]) -> WatchedItems:
    """Watched items with these labels."""
    labels = np.array(y, dtype=bool)
    names = tuple("abcdefgh"[: labels.shape[1]])
    n = len(labels)
    return WatchedItems(np.arange(n), np.array(["train"] * n), ("",) * n, labels, names, None)


@pytest.mark.parametrize("eyes", EYES)
def test_classes_of_one_shape_differ_in_colour(eyes: str) -> None:
    """At least 20 apart in L*a*b* (2.3 is just noticeable); no two classes share colour and shape."""
    assert len(set(CLASSES)) == len(CLASSES) == 12
    for (one, shape), (other, same) in combinations([*CLASSES, (DISJOINT, "dot")], 2):
        assert shape != same or np.linalg.norm(lab(one, eyes) - lab(other, eyes)) >= 20, (one, other, shape)


@pytest.mark.parametrize("eyes", EYES)
def test_steps_rise_in_lightness(eyes: str) -> None:
    """By at least 4 from each to the next, for all eyes; each can be seen on either page."""
    light = [lab(colour, eyes)[0] for colour in STEPS]
    assert min(np.diff(light)) >= 4
    assert all(contrast(colour, page) >= 1.5 for colour in STEPS for page in ("#FFFFFF", "#12151A"))


def test_steps_by_hand() -> None:
    """Limits are round; a value on a limit belongs to the step above, the largest to the last; what is none is grey."""
    assert step_edges(np.array([0.0, 0.8])).tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    assert step_edges(np.zeros(0), (0.0, 1.0)).tolist() == pytest.approx(np.arange(9) / 8)
    assert step_edges(np.array([0.3, 12.0])).tolist() == pytest.approx([0, 2, 4, 6, 8, 10, 12])
    found = by_number("x", np.array([0.0, 0.2, 1.0, np.nan, -3.0, 7.0]), "m", missing="none", within=(0.0, 1.0))
    assert found.code.tolist() == [0, 1, 7, NOTHING, 0, 7]
    assert [mark.name for mark in found.marks][::7] == ["0.875 and more", "below 0.125"]
    assert found.marks[1].name == "0.75 to 0.875"
    assert found.marks[-1].name == "none"
    assert found.marks[0].colour == STEPS[-1]


@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False, width=32), min_size=1, max_size=40))
def test_every_value_has_a_step(numbers: list[float]) -> None:
    """At most eight steps, ascending, around all but the outermost hundredths; each code has a mark."""
    values = np.array(numbers)
    edges = step_edges(values)
    assert 2 <= len(edges) <= 9
    assert (np.diff(edges) > 0).all()
    low, high = np.percentile(values, (1, 99))
    room = 1e-6 * max(abs(edges[0]), abs(edges[-1]), edges[1] - edges[0])
    assert edges[0] <= low + room
    assert high <= edges[-1] + room
    found = by_number("x", values, "m", missing="none")
    assert set(found.code.tolist()) <= {mark.code for mark in found.marks}
    assert sum(found.counts().values()) == len(values)


def test_many_names_share_the_last_mark() -> None:
    """The twelve most frequent have one each, equally frequent ones by the alphabet; 12 names need no "others"."""
    names = [f"n{k:02d}" for k in range(14) for _ in range(1 + (k == 13))]
    found = by_class("x", names, "m")
    assert [mark.name for mark in found.marks] == ["n13", *(f"n{k:02d}" for k in range(11)), "2 others"]
    assert found.code[-1] == 0
    assert found.code[11:13].tolist() == [OTHER, OTHER]
    assert len(by_class("x", names[:12], "m").marks) == 12
    assert by_class("x", [], "m").marks == ()


def test_label_sets() -> None:
    """Equal sets share a mark, whatever the order of the items; the empty set is one of them."""
    watched = items([[1, 0], [1, 1], [1, 0], [0, 0]])
    found = by_label_set(watched.labels, watched.label_names)
    assert found.code.tolist() == [0, 2, 0, 1]
    assert [mark.name for mark in found.marks] == ["{a}", "{ } (no labels)", "{a, b}"]


@pytest.mark.parametrize("name", COLOURINGS)
def test_each_colouring_paints(name: str) -> None:
    """A code with a mark for each point; where something is missing, the reason in words; purity is the metric's."""
    torch.manual_seed(0)
    watched = items([[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 0, 0], [1, 0, 1], [0, 1, 0]])
    h = torch.randn(6, 3)
    h[3] = 0
    pure = purity(nearest_neighbours(h), watched.labels)
    numbers = {"purity": pure, "loss": np.arange(6.0)}
    found = COLOURINGS[name].paint(Shown(watched, None, "", numbers.__getitem__))
    if name in ("relation", "weight"):
        assert found == "no pairs with the anchor"
        return
    assert not isinstance(found, str)
    assert set(found.code.tolist()) <= {mark.code for mark in found.marks}
    assert sum(found.counts().values()) == 6
    without = COLOURINGS[name].paint(Shown(items([[], []]), None, "", lambda of: np.zeros(2)))
    assert (without == "there are no labels") == (name == "label")
    if name == "purity":
        assert [mark.name for mark in found.marks if mark.code == found.code[3]] == ["no neighbours"]
    if name in numbers:
        assert COLOURINGS[name].paint(Shown(watched, None, "", lambda of: f"no {of}")) == f"no {name}"


@pytest.mark.parametrize("loss", ["weighted_supcon", "msc", "proto_only", "jaccard_denominator"])
def test_the_loss_of_an_item_is_that_of_the_training(loss: str) -> None:
    """The mean over anchors with a positive is the loss of the batch."""
    torch.manual_seed(1)
    z, y = torch.randn(12, 4), torch.rand(12, 3) < 0.5
    made = build_loss(loss)
    prototypes = torch.randn(3, 4) if "prototypes" in made.needs else None
    each = loss_of_items(made, z.numpy(), y.numpy(), None if prototypes is None else prototypes.numpy())
    assert isinstance(each, np.ndarray)
    assert each.sum() / (each > 0).sum() == pytest.approx(float(made(z, y, prototypes=prototypes)), rel=1e-5)


def test_prototypes_are_no_items() -> None:
    """Where prototypes are anchors too, their losses are left out: each item keeps its own."""
    torch.manual_seed(1)
    z, y, prototypes = torch.randn(12, 4), torch.rand(12, 3) < 0.5, torch.randn(3, 4)
    made = build_loss("msc_regularised")
    each = loss_of_items(made, z.numpy(), y.numpy(), prototypes.numpy())
    every = replace(made, reduction="none")(z, y, prototypes=prototypes)
    assert len(every) == 15
    assert each == pytest.approx(every[:12].numpy(), rel=1e-6)
