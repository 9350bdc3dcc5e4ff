"""Samplers: repeatable, batches of uniform's sizes, no item twice in one, and what each of them promises."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mlcl_core.data import LabelMatrix, epoch_batches, load_data
from mlcl_core.data.samplers import SAMPLERS, share_with_positives
from mlcl_core.errors import InputError
from mlcl_core.pairs import RULES
from tests.cases import CASES, labels, random_labels

NAMES = list(SAMPLERS)


def by_rule(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The positives of a pair rule, as the engine passes them."""
    return lambda a, b: RULES[name].weights(a, b).positive


SHARED, EQUAL = by_rule("any_shared"), by_rule("all_equal")


def make(
    name: str, y: Tensor, size: int = 8, *, seed: int = 0, epoch: int = 0, positive: Any = SHARED, **params: Any
) -> list[Tensor]:
    """One epoch of all items."""
    matrix, rows = LabelMatrix.of(y), torch.arange(len(y))
    return list(SAMPLERS[name].make(rows, size, seed=seed, epoch=epoch, labels=matrix, positive=positive, **params))


def groups(count: int, size: int) -> Tensor:
    """Label sets of three of 40 labels, each of ``size`` items, in an order of chance."""
    rng = np.random.default_rng(0)
    sets: set[tuple[int, ...]] = set()
    while len(sets) < count:
        sets.add(tuple(sorted(rng.choice(40, 3, replace=False).tolist())))
    y = torch.zeros(count, 40, dtype=torch.bool)
    for row, columns in enumerate(sorted(sets)):
        y[row, list(columns)] = True
    return y.repeat_interleave(size, 0)[torch.from_numpy(rng.permutation(count * size))]


# ---- all of them


@pytest.mark.parametrize("name", NAMES)
def test_a_function_of_seed_and_epoch(name: str) -> None:
    """The same batches for the same two, others for others, whatever was dealt before."""
    y = random_labels(90, 12, 0.15, 3)
    alone = make(name, y, seed=3, epoch=7, positive=EQUAL)
    torch.manual_seed(99)
    np.random.default_rng(99).random(3)
    for epoch in range(3):
        make(name, y, seed=3, epoch=epoch, positive=EQUAL)
    again = make(name, y, seed=3, epoch=7, positive=EQUAL)
    assert all(torch.equal(a, b) for a, b in zip(alone, again, strict=True))
    for other in (make(name, y, seed=3, epoch=8), make(name, y, seed=4, epoch=7)):
        assert not torch.equal(torch.cat(alone), torch.cat(other))


@given(
    n=st.integers(0, 40),
    c=st.integers(0, 7),
    share=st.sampled_from([0.0, 0.05, 0.2, 0.5, 1.0]),
    seed=st.integers(0, 5),
    size=st.integers(1, 50),
    at_least=st.sampled_from([1, 2, 16]),
    rule=st.sampled_from(["any_shared", "all_equal", "jaccard", "hamming"]),
)
def test_any_labels(n: int, c: int, share: float, seed: int, size: int, at_least: int, rule: str) -> None:
    """Uniform's sizes, different items of the given, in their type; positives leaves fewer without in no batch."""
    y = random_labels(n + 100, c, share, seed)
    y[:, : c // 3] = False
    y[100 : 100 + n // 4] = False
    matrix, rows, positive = LabelMatrix.of(y), torch.arange(100, 100 + n), by_rule(rule)
    uniform = epoch_batches(rows, size, seed=seed, epoch=1)
    for name in NAMES:
        params = {"at_least": at_least} if name == "positives" else {}
        make = SAMPLERS[name].make
        batches = list(make(rows, size, seed=seed, epoch=1, labels=matrix, positive=positive, **params))
        assert [len(batch) for batch in batches] == [len(batch) for batch in uniform]
        for batch in batches:
            assert batch.dtype == torch.int64
            assert len(batch.unique()) == len(batch)
            assert set(batch.tolist()) <= set(rows.tolist())
    for before, after in zip(uniform, batches, strict=True):
        shares = [share_with_positives([batch], matrix, positive, at_least) for batch in (before, after)]
        assert shares[0] <= shares[1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", CASES)
def test_odd_labels(name: str, case: str) -> None:
    """Label sets that go wrong elsewhere: no items, no labels, all empty, all alike."""
    y = CASES[case]
    for size in (1, 2, 3):
        want = epoch_batches(torch.arange(len(y)), size, seed=0, epoch=0)
        assert [len(batch) for batch in make(name, y, size)] == [len(batch) for batch in want]


@pytest.mark.parametrize("name", NAMES)
def test_refuses(name: str) -> None:
    """A batch of nothing, a negative seed or epoch, unknown parameters."""
    y = labels("10", "01", "11")
    with pytest.raises(InputError, match="batch_size is 0"):
        make(name, y, 0)
    with pytest.raises(InputError, match="seed is -1"):
        make(name, y, 2, seed=-1)
    with pytest.raises(InputError, match="epoch is -1"):
        make(name, y, 2, epoch=-1)
    with pytest.raises(InputError, match=f"sampler {name} has no option size"):
        SAMPLERS[name].check({"size": 1})


def test_registry() -> None:
    """Every sampler under its own name, explained, with defaults that it takes."""
    for name, sampler in SAMPLERS.items():
        assert sampler.name == name
        assert sampler.summary.endswith(".")
        make(name, random_labels(9, 3, 0.5, 0), 4, **sampler.check({}))


def test_uniform_is_epoch_batches() -> None:
    """To the bit, and it looks at no labels."""
    rows = torch.arange(50, 150)
    for epoch in range(3):
        dealt = SAMPLERS["uniform"].make(rows, 16, seed=5, epoch=epoch, labels=None, positive=None)
        want = epoch_batches(rows, 16, seed=5, epoch=epoch)
        assert all(torch.equal(a, b) for a, b in zip(dealt, want, strict=True))


# ---- label_balanced


def test_balanced_is_even() -> None:
    """One label an item, 400, 120, 60 and 20 of each: in 37 batches of 16 each label comes about as often as another.

    Turns that bring an item which the batch has already go to any label, the smallest one's now and then.
    """
    y = torch.zeros(600, 4, dtype=torch.bool)
    y[:400, 0], y[400:520, 1], y[520:580, 2], y[580:, 3] = True, True, True, True
    seen = y[torch.cat(make("label_balanced", y, 16))].sum(0).double()
    assert float(seen.max() / seen.min()) < 1.25


def test_balanced_keeps_the_share_without_labels() -> None:
    """A quarter of the items have no label, so a quarter of what is dealt has none."""
    y = torch.cat([random_labels(1500, 8, 0.3, 0) | (torch.arange(8) == 0), torch.zeros(500, 8, dtype=torch.bool)])
    dealt = torch.cat(make("label_balanced", y, 32))
    assert float((~y[dealt].any(1)).double().mean()) == pytest.approx(0.25, abs=0.03)


def test_balanced_with_a_label_of_one_item() -> None:
    """A label that cannot fill its turns in a batch gives them up: still no item twice."""
    y = torch.zeros(500, 2, dtype=torch.bool)
    y[0, 0], y[1:, 1] = True, True
    batches = make("label_balanced", y, 50)
    assert all(len(batch.unique()) == 50 for batch in batches)
    assert all(0 in batch for batch in batches)


def test_balanced_without_any_label() -> None:
    """No labels at all: every item once."""
    dealt = torch.cat(make("label_balanced", torch.zeros(40, 3, dtype=torch.bool), 8))
    assert dealt.sort().values.tolist() == list(range(40))


# ---- positives


def test_positives_by_hand() -> None:
    """{a}, {a}, {b}, {b} in batches of two: whoever is dealt first, his like comes, in every epoch."""
    y = labels("10", "10", "01", "01")
    for epoch in range(20):
        for batch in make("positives", y, 2, epoch=epoch, positive=EQUAL):
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
def test_positives_finds_partners(y: Tensor, size: int, at_least: int, most: float, least: float) -> None:
    """Under all_equal, where uniform leaves more than 30 % of the anchors alone, nearly all get their positives."""
    share = {}
    for name, params in (("uniform", {}), ("positives", {"at_least": at_least})):
        batches = make(name, y, size, positive=EQUAL, **params)
        share[name] = share_with_positives(batches, LabelMatrix.of(y), EQUAL, at_least)
    assert share["uniform"] < most
    assert share["positives"] > least


def test_positives_on_the_icons() -> None:
    """Icons, all_equal, batches of 64: from a third of the anchors to nearly nine in ten."""
    data = load_data("icons")
    rows, share = data.indices("train"), {}
    for name in ("uniform", "positives"):
        batches = SAMPLERS[name].make(rows, 64, seed=0, epoch=0, labels=data.labels, positive=EQUAL)
        share[name] = share_with_positives(batches, data.labels, EQUAL)
    assert share["uniform"] < 0.35
    assert share["positives"] > 0.85


@pytest.mark.parametrize("y", [torch.eye(60, dtype=torch.bool), torch.ones(60, 3, dtype=torch.bool)])
def test_positives_leaves_what_it_cannot_better(y: Tensor) -> None:
    """Nobody has a positive anywhere, or everybody has: uniform's very batches."""
    dealt = make("positives", y, 8, positive=EQUAL)
    assert torch.equal(torch.cat(dealt), torch.cat(make("uniform", y, 8)))


def test_positives_by_a_rule_without_symmetry() -> None:
    """Positives are who has all the anchor's labels and more: who can have one has it oftener than uniformly."""

    def includes(a: Tensor, b: Tensor) -> Tensor:
        return ((a[:, None] & ~b[None]).sum(2) == 0) & (b.sum(1)[None] > a.sum(1)[:, None])

    y = groups(120, 2)
    y[::2] &= torch.arange(40) != y[::2].double().argmax(1)[:, None]
    share = [share_with_positives(make(name, y, 24, positive=includes), LabelMatrix.of(y), includes) for name in NAMES]
    assert share[NAMES.index("positives")] > 2 * share[NAMES.index("uniform")] > 0


@pytest.mark.usefixtures("unchecked")
def test_positives_refuses() -> None:
    """at_least out of range or not whole, no rule."""
    for value in (0, 17, 1.5, float("nan"), "two", True):
        with pytest.raises(InputError, match="sampler positives: at_least is"):
            SAMPLERS["positives"].check({"at_least": value})
    with pytest.raises(InputError, match="there is no rule that says which items are positives"):
        make("positives", labels("10", "01", "11"), 2, positive=None)


def test_whole_numbers_from_forms() -> None:
    """2.0, as sliders and JSON write it, is 2."""
    checked = SAMPLERS["positives"].check({"at_least": 2.0})
    assert checked == {"at_least": 2}
    assert isinstance(checked["at_least"], int)


def test_share_by_hand() -> None:
    """{a}, {a}, {a, b} and {c}: under any_shared three of four have a positive, three have two, none has three."""
    y = LabelMatrix.of(labels("100", "100", "110", "001"))
    batches = [torch.arange(4)]
    assert [share_with_positives(batches, y, SHARED, m) for m in (1, 2, 3)] == [0.75, 0.75, 0]
    assert share_with_positives([torch.tensor([0, 3]), torch.tensor([1, 2])], y, SHARED) == 0.5
    assert share_with_positives([], y, SHARED) == 1
