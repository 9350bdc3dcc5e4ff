"""Pairs of an anchor with itself: found and cleared by column."""

import pytest
import torch

from mlcl_core.pairs.self_pairs import self_pairs


@pytest.mark.parametrize("dtype", [torch.float32, torch.bool])
def test_only_own_pairs_are_cleared(dtype):
    """An anchor whose own item is not among the references keeps its whole row."""
    x = torch.ones(3, 4, dtype=dtype)
    own = self_pairs(torch.tensor([2, -1, 0]))
    assert own.of(x)[:, 0].tolist() == [1, 0, 1]
    own.zero(x)
    assert x.tolist() == [[1, 1, 0, 1], [1, 1, 1, 1], [0, 1, 1, 1]]


def test_known_to_be_complete():
    """The same where it is known that every anchor has an own item."""
    first, second = torch.arange(6.0).view(2, 3) + 1, torch.arange(6.0).view(2, 3) + 1
    columns = torch.tensor([1, 2])
    assert self_pairs(columns, complete=True).of(first).tolist() == [[2], [6]]
    self_pairs(columns, complete=True).zero(first)
    self_pairs(columns).zero(second)
    assert torch.equal(first, second)
    assert first.tolist() == [[1, 0, 3], [4, 5, 0]]


def test_infinite_entries_are_cleared_too():
    """What stands there does not matter."""
    x = torch.tensor([[torch.inf, 1.0], [torch.nan, 2.0]])
    self_pairs(torch.tensor([0, 0])).zero(x)
    assert x.tolist() == [[0, 1], [0, 2]]


def test_nothing_to_exclude():
    """No index; no references; no anchors."""
    assert self_pairs(None) is None
    for x in (torch.ones(2, 0), torch.ones(0, 3)):
        self_pairs(torch.full((len(x),), -1)).zero(x)
