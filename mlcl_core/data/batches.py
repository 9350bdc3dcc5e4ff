"""Which items come together in a batch: a function of (seed, epoch) alone, so a resumed run needs no state."""

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from mlcl_core.errors import InputError


def epoch_batches(indices: Int64[Tensor, " n"], batch_size: int, *, seed: int, epoch: int) -> list[Int64[Tensor, " b"]]:
    """Deal the items of one epoch into batches, in an order that depends on ``seed`` and ``epoch`` only.

    Args:
        indices: The items to deal, for instance ``data.indices("train")``.
        batch_size: Items a batch, at least 1.
        seed, epoch: Both at least 0. Epochs of one seed have orders of their own.

    Returns:
        Batches of exactly ``batch_size`` items: a smaller rest sits this epoch out (another one the next epoch),
        unless it is all there is.

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
