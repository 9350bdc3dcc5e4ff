"""The queue of past keys."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.models import MemoryQueue


def keys(*ids: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Distinct keys: item k points to (k, 1)."""
    z = torch.tensor([[float(item), 1.0] for item in ids]).reshape(-1, 2)
    return z, torch.ones(len(ids), 3, dtype=torch.bool), torch.tensor(ids, dtype=torch.int64)


def test_it_starts_empty_and_keeps_the_last() -> None:
    """Empty at first; of five keys in a queue of three the last three stay, as unit vectors."""
    queue = MemoryQueue(3, 2, 3)
    assert [len(part) for part in queue.contents()] == [0, 0, 0]
    queue.push(*keys(1, 2))
    assert queue.contents()[2].tolist() == [1, 2]
    queue.push(*keys(3, 4, 5))
    z, y, ids = queue.contents()
    assert sorted(ids.tolist()) == [3, 4, 5]
    torch.testing.assert_close(z, torch.nn.functional.normalize(torch.stack([ids.float(), torch.ones(3)], 1), dim=1))
    assert y.all()


def test_what_was_handed_out_stays_as_it_was() -> None:
    """New keys do not change candidates that a backward pass still needs."""
    queue = MemoryQueue(2, 2, 3)
    queue.push(*keys(1, 2))
    before = queue.contents()[0]
    copy = before.clone()
    queue.push(*keys(3, 4))
    assert torch.equal(before, copy)


@given(st.integers(0, 5), st.lists(st.integers(0, 7), max_size=6))
def test_any_sizes(size: int, pushes: list[int]) -> None:
    """Whatever the sizes, it holds the last ``size`` keys."""
    queue, given_ids = MemoryQueue(size, 2, 3), []
    for count in pushes:
        fresh = list(range(len(given_ids), len(given_ids) + count))
        queue.push(*keys(*fresh))
        given_ids += fresh
    assert sorted(queue.contents()[2].tolist()) == given_ids[-size:] if size else not len(queue.contents()[2])
