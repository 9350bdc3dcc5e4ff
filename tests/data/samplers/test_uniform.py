"""uniform: the batches of epoch_batches."""

import torch

from mlcl_core.data import SAMPLERS, epoch_batches


def test_uniform_is_epoch_batches() -> None:
    """The batches equal those of epoch_batches, without labels."""
    rows = torch.arange(50, 150)
    for epoch in range(3):
        dealt = SAMPLERS["uniform"].make(rows, 16, seed=5, epoch=epoch, labels=None, positive=None)
        want = epoch_batches(rows, 16, seed=5, epoch=epoch)
        assert all(torch.equal(a, b) for a, b in zip(dealt, want, strict=True))
