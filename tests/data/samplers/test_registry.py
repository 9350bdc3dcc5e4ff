"""Laws of every sampler: repeatable, batches of uniform's sizes, no item twice in a batch."""

from typing import Annotated

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.data import SAMPLERS, LabelMatrix, epoch_batches
from mlcl_core.data.explore import sampler_effect, share_with_positives
from mlcl_core.data.samplers import Sampler
from mlcl_core.engine.build import training_sampler
from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.losses import build_loss
from mlcl_core.options import Param
from tests.cases import CASES, labels, random_labels
from tests.data.samplers.dealer import EQUAL, by_rule, deal

NAMES = list(SAMPLERS)


@pytest.mark.parametrize("name", NAMES)
def test_a_function_of_seed_and_epoch(name: str) -> None:
    """Equal seed and epoch give equal batches, whatever was dealt before; another of either gives others."""
    y = random_labels(90, 12, 0.15, 3)
    alone = deal(name, y, seed=3, epoch=7, positive=EQUAL)
    torch.manual_seed(99)
    np.random.default_rng(99).random(3)
    for epoch in range(3):
        deal(name, y, seed=3, epoch=epoch, positive=EQUAL)
    again = deal(name, y, seed=3, epoch=7, positive=EQUAL)
    assert all(torch.equal(a, b) for a, b in zip(alone, again, strict=True))
    for other in (deal(name, y, seed=3, epoch=8), deal(name, y, seed=4, epoch=7)):
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
    """Uniform's sizes, items of those given; no batch of positives has fewer satisfied anchors than uniform's."""
    y = random_labels(n + 100, c, share, seed)
    y[:, : c // 3] = False
    y[100 : 100 + n // 4] = False
    matrix, rows, positive = LabelMatrix.of(y), torch.arange(100, 100 + n), by_rule(rule)
    uniform = epoch_batches(rows, size, seed=seed, epoch=1)
    dealt = {}
    for name, sampler in SAMPLERS.items():
        params = {"at_least": at_least} if name == "positives" else {}
        batches = dealt[name] = list(
            sampler.make(rows, size, seed=seed, epoch=1, labels=matrix, positive=positive, **params)
        )
        assert [len(batch) for batch in batches] == [len(batch) for batch in uniform]
        for batch in batches:
            assert batch.dtype == torch.int64
            assert len(batch.unique()) == len(batch)
            assert set(batch.tolist()) <= set(rows.tolist())
    for before, after in zip(uniform, dealt["positives"], strict=True):
        shares = [share_with_positives([batch], matrix, positive, at_least) for batch in (before, after)]
        assert shares[0] <= shares[1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", CASES)
def test_odd_labels(name: str, case: str) -> None:
    """Label sets that go wrong elsewhere: no items, no labels, all empty, all alike."""
    y = CASES[case]
    for size in (1, 2, 3):
        want = epoch_batches(torch.arange(len(y)), size, seed=0, epoch=0)
        assert [len(batch) for batch in deal(name, y, size)] == [len(batch) for batch in want]


@pytest.mark.parametrize("name", NAMES)
def test_refuses(name: str) -> None:
    """A batch of nothing, a negative seed or epoch, unknown parameters."""
    y = labels("10", "01", "11")
    with pytest.raises(InputError, match="batch_size is 0"):
        deal(name, y, 0)
    with pytest.raises(InputError, match="seed is -1"):
        deal(name, y, 2, seed=-1)
    with pytest.raises(InputError, match="epoch is -1"):
        deal(name, y, 2, epoch=-1)
    with pytest.raises(InputError, match=f"sampler {name} has no option size"):
        SAMPLERS[name].check({"size": 1})


def test_registry() -> None:
    """Every sampler under its own name, explained, with defaults that it takes."""
    for name, sampler in SAMPLERS.items():
        assert sampler.name == name
        assert sampler.summary.endswith(".")
        deal(name, random_labels(9, 3, 0.5, 0), 4, **sampler.check({}))


def test_a_record_is_all_that_a_new_sampler_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once registered, a sampler is configured, its parameters are checked, and its effect is compared."""

    def rotated(
        indices: torch.Tensor,
        batch_size: int,
        *,
        turn: Annotated[int, Param("Places that items move on.", ge=0, le=9)] = 1,
        seed: int,
        epoch: int,
        **_labels_and_rule: object,
    ) -> list[torch.Tensor]:
        return epoch_batches(indices.roll(turn), batch_size, seed=seed, epoch=epoch)

    monkeypatch.setitem(SAMPLERS, "rotated", Sampler("rotated", "Rotated", "Items move on by some places.", rotated))
    config = TrainConfig.model_validate({"training": {"sampler": "rotated", "sampler_params": {"turn": 2}}})
    make, _ = training_sampler(config, build_loss("weighted_supcon"))
    batches = make(torch.arange(9), 4, seed=0, epoch=0, labels=None, positive=None)
    assert torch.equal(torch.cat(list(batches)), torch.cat(epoch_batches(torch.arange(9).roll(2), 4, seed=0, epoch=0)))
    wrong = TrainConfig.model_validate({"training": {"sampler": "rotated", "sampler_params": {"turn": 10}}})
    with pytest.raises(InputError, match="sampler rotated: turn is 10; it must be a whole number from 0 to 9"):
        training_sampler(wrong, build_loss("weighted_supcon"))
    y = LabelMatrix.of(random_labels(20, 3, 0.4, 0))
    assert sampler_effect(y, torch.arange(20), 8, "any_shared")["rotated"].batches == 2
