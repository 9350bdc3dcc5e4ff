"""epoch_batches: every item once, stateless, remainders."""

import pytest
import torch

from mlcl_core.data import epoch_batches
from mlcl_core.errors import InputError

IDS = torch.arange(100, 123)


def test_every_item_once():
    """Whole batches hold different items of the split, all of one size."""
    batches = epoch_batches(IDS, 5, seed=0, epoch=0)
    dealt = torch.cat(batches)
    assert [len(batch) for batch in batches] == [5] * 4
    assert len(dealt.unique()) == 20
    assert set(dealt.tolist()) <= set(IDS.tolist())


def test_stateless():
    """Epoch 7 is the same whether or not the six before it are dealt; other seeds and epochs give other batches."""
    alone = torch.cat(epoch_batches(IDS, 23, seed=3, epoch=7))
    for epoch in range(7):
        epoch_batches(IDS, 23, seed=3, epoch=epoch)
    assert torch.equal(alone, torch.cat(epoch_batches(IDS, 23, seed=3, epoch=7)))
    assert not torch.equal(alone, torch.cat(epoch_batches(IDS, 23, seed=3, epoch=8)))
    assert not torch.equal(alone, torch.cat(epoch_batches(IDS, 23, seed=4, epoch=7)))


def test_the_remainder_changes():
    """The items that are left out differ from epoch to epoch."""
    out = [set(IDS.tolist()) - set(torch.cat(epoch_batches(IDS, 5, seed=0, epoch=e)).tolist()) for e in range(20)]
    assert all(len(rest) == 3 for rest in out)
    assert len(set().union(*out)) > 15


def test_fixed_order():
    """The order of seed 0, epoch 0 is fixed, so that old runs resume with new versions."""
    assert torch.cat(epoch_batches(torch.arange(8), 8, seed=0, epoch=0)).tolist() == ORDER


ORDER = [2, 4, 3, 6, 5, 0, 1, 7]


@pytest.mark.parametrize(("n", "size", "sizes"), [(0, 4, []), (1, 4, [1]), (3, 4, [3]), (4, 4, [4]), (9, 4, [4, 4])])
def test_uneven_ends(n, size, sizes):
    """A smaller remainder is left out, unless it is all there is."""
    assert [len(b) for b in epoch_batches(torch.arange(n), size, seed=0, epoch=0)] == sizes


def test_refuses():
    """A batch size of 0 and a negative seed or epoch are refused."""
    with pytest.raises(InputError, match="batch_size is 0"):
        epoch_batches(IDS, 0, seed=0, epoch=0)
    with pytest.raises(InputError, match="seed is -1"):
        epoch_batches(IDS, 4, seed=-1, epoch=0)
    with pytest.raises(InputError, match="epoch is -1"):
        epoch_batches(IDS, 4, seed=0, epoch=-1)
