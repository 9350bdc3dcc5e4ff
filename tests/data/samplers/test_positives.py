"""positives: anchors that lack positives get them, and batches that cannot be improved stay uniform's."""

import numpy as np
import pytest
import torch
from torch import Tensor

from mlcl_core.data import SAMPLERS, LabelMatrix, MultiLabelData
from mlcl_core.data.explore import share_with_positives
from mlcl_core.errors import InputError
from tests.cases import labels
from tests.data.samplers.dealer import EQUAL, deal


def groups(count: int, size: int) -> Tensor:
    """Label sets of three of 40 labels, each of ``size`` items, in random order."""
    rng = np.random.default_rng(0)
    sets: set[tuple[int, ...]] = set()
    while len(sets) < count:
        sets.add(tuple(sorted(rng.choice(40, 3, replace=False).tolist())))
    y = torch.zeros(count, 40, dtype=torch.bool)
    for row, columns in enumerate(sorted(sets)):
        y[row, list(columns)] = True
    return y.repeat_interleave(size, 0)[torch.from_numpy(rng.permutation(count * size))]


def test_positives_by_hand() -> None:
    """{a}, {a}, {b}, {b} in batches of two: equal items are dealt together, in every epoch."""
    y = labels("10", "10", "01", "01")
    for epoch in range(20):
        for batch in deal("positives", y, 2, epoch=epoch, positive=EQUAL):
            assert sorted(batch.tolist()) in ([0, 1], [2, 3])


@pytest.mark.parametrize(
    ("y", "size", "at_least", "most", "least"),
    [
        (groups(300, 2), 32, 1, 0.2, 0.95),
        (groups(200, 4), 32, 1, 0.3, 0.95),
        (groups(20, 30), 16, 3, 0.1, 0.8),
    ],
    ids=["pairs", "fours", "three_each"],
)
def test_positives_are_found(y: Tensor, size: int, at_least: int, most: float, least: float) -> None:
    """Under all_equal, where uniform leaves most anchors without enough positives, nearly all get them."""
    share = {}
    for name, params in (("uniform", {}), ("positives", {"at_least": at_least})):
        batches = deal(name, y, size, positive=EQUAL, **params)
        share[name] = share_with_positives(batches, LabelMatrix.of(y), EQUAL, at_least)
    assert share["uniform"] < most
    assert share["positives"] > least


def test_positives_on_the_icons(icon_data: MultiLabelData) -> None:
    """Icons, all_equal, batches of 64: the share of anchors with a positive rises from under 35 % to over 85 %."""
    data = icon_data
    rows, share = data.indices("train"), {}
    for name in ("uniform", "positives"):
        batches = SAMPLERS[name].make(rows, 64, seed=0, epoch=0, labels=data.labels, positive=EQUAL)
        share[name] = share_with_positives(batches, data.labels, EQUAL)
    assert share["uniform"] < 0.35
    assert share["positives"] > 0.85


@pytest.mark.parametrize("y", [torch.eye(60, dtype=torch.bool), torch.ones(60, 3, dtype=torch.bool)])
def test_positives_leaves_what_it_cannot_improve(y: Tensor) -> None:
    """No item has a positive anywhere, or all have: the batches are uniform's."""
    dealt = deal("positives", y, 8, positive=EQUAL)
    assert torch.equal(torch.cat(dealt), torch.cat(deal("uniform", y, 8)))


def test_positives_by_a_rule_without_symmetry() -> None:
    """Positives carry all the anchor's labels and more: twice as many anchors have one as in uniform batches."""

    def includes(a: Tensor, b: Tensor) -> Tensor:
        return ((a[:, None] & ~b[None]).sum(2) == 0) & (b.sum(1)[None] > a.sum(1)[:, None])

    y = groups(120, 2)
    y[::2] &= torch.arange(40) != y[::2].double().argmax(1)[:, None]
    share = {
        name: share_with_positives(deal(name, y, 24, positive=includes), LabelMatrix.of(y), includes)
        for name in ("uniform", "positives")
    }
    assert share["positives"] > 2 * share["uniform"] > 0


@pytest.mark.usefixtures("unchecked")
def test_positives_refuses() -> None:
    """at_least out of range or not whole, no rule."""
    for value in (0, 17, 1.5, float("nan"), "two", True):
        with pytest.raises(InputError, match="sampler positives: at_least is"):
            SAMPLERS["positives"].check({"at_least": value})
    with pytest.raises(InputError, match="there is no rule that says which items are positives"):
        deal("positives", labels("10", "01", "11"), 2, positive=None)


def test_whole_numbers_from_forms() -> None:
    """2.0, as sliders and JSON write it, is 2."""
    checked = SAMPLERS["positives"].check({"at_least": 2.0})
    assert checked == {"at_least": 2}
    assert isinstance(checked["at_least"], int)
