"""The batches of an epoch, a function of (seed, epoch) alone, so that a resumed run needs no other state."""

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from mlcl_core.errors import InputError


def epoch_batches(indices: Int64[Tensor, " n"], batch_size: int, *, seed: int, epoch: int) -> list[Int64[Tensor, " b"]]:
    """Deal the items of one epoch into batches, in an order that depends on ``seed`` and ``epoch`` only.

    Args:
        indices: The items to deal, such as ``data.indices("train")``.
        batch_size: Items per batch, at least 1.
        seed, epoch: Both at least 0. Each epoch of a seed has another order.

    Returns:
        Batches of exactly ``batch_size`` items. A smaller remainder is left out of this epoch (another one of the
        next), unless it is all there is.

    Edge cases:
        No items: no batches.

    Raises:
        InputError: ``batch_size`` below 1, or a negative seed or epoch.
    """
    if batch_size < 1:
        raise InputError(f"batch_size is {batch_size}; it must be at least 1")
    if seed < 0 or epoch < 0:
        raise InputError(f"seed is {seed} and epoch is {epoch}; both must be at least 0")
    if len(indices) == 0:
        return []
    order = torch.from_numpy(np.random.default_rng([seed, epoch]).permutation(len(indices)))
    dealt = indices[order.to(indices.device)]
    whole = len(dealt) // batch_size * batch_size
    return list(dealt[:whole].split(batch_size)) if whole else [dealt]


def steps_an_epoch(items: int, batch_size: int) -> int:
    """How many batches :func:`epoch_batches`, and every sampler, deals in an epoch."""
    return max(1, items // batch_size) if items else 0
