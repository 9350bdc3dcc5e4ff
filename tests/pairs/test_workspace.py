"""A workspace returns new arrays, and after clear the same memory in the same order."""

import torch

from mlcl_core.pairs import Workspace


def test_what_is_handed_out():
    """Arrays between two calls of clear are distinct; after clear memory is reused where type and size allow."""
    workspace, like = Workspace(), torch.zeros(1)
    first, second = workspace.like(like, 4, 6), workspace.like(like, 4, 6)
    assert first.shape == second.shape == (4, 6)
    assert first.data_ptr() != second.data_ptr()
    workspace.clear()
    again = workspace.like(like, 2, 6)
    assert again.shape == (2, 6)
    assert again.data_ptr() == first.data_ptr()
    assert workspace.like(like, 4, 6).data_ptr() == second.data_ptr()
    workspace.clear()
    assert workspace.like(like, 4, 6, torch.bfloat16).dtype == torch.bfloat16
    assert workspace.like(like.double(), 40, 6).dtype == torch.float64
    assert workspace.like(like, 0, 6).shape == (0, 6)


def test_a_large_room_is_given_back():
    """Memory up to a size is kept; beyond it all memory is released."""
    workspace, like = Workspace(), torch.zeros(1)
    first = workspace.like(like, 10, 10)
    workspace.shrink(400)
    assert workspace.like(like, 10, 10).data_ptr() == first.data_ptr()
    workspace.shrink(399)
    assert workspace.like(like, 10, 10).data_ptr() != first.data_ptr()
