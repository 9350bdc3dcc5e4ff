"""label_balanced: labels take turns, so that rare labels are seen about as often as frequent ones."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from mlcl_core.data.batches import epoch_batches
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.positive_sampling import GroupedIndices, Positive
from mlcl_core.data.samplers.record import Sampler

REDRAWS = 4  # for each position whose item is in the batch already


def label_balanced(
    indices: Int64[Tensor, " n"],
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    labels: LabelMatrix,
    positive: Positive | None = None,
) -> Iterator[Int64[Tensor, " b"]]:
    """Let labels take turns, each adding an item that carries it: rare labels occur about as often as frequent ones.

    Every label has its turn before any label has a second one. Items without labels keep their share of the items, on
    average. Frequent labels still occur more often where they accompany rare ones.

    Args:
        indices, batch_size, seed, epoch: As for :func:`mlcl_core.data.samplers.uniform.uniform`.
        labels: The labels of all items.
        positive: Unused.

    Returns:
        An iterator over as many batches as ``uniform`` gives, of the same sizes, each of different items. Items of rare
        labels recur in several batches of an epoch; many items of frequent labels do not occur in it at all.

    Edge cases:
        No items: no batches. No labels: as ``uniform``. A turn whose item is in the batch already goes to a random
        label; a position still free after ``REDRAWS`` draws goes to a random item.

    Raises:
        InputError: As ``uniform``.
    """
    batches = epoch_batches(torch.arange(len(indices)), batch_size, seed=seed, epoch=epoch)
    items, rng = indices.cpu().numpy(), np.random.default_rng([seed, epoch, 1])
    carriers = GroupedIndices.by_label(labels.csr()[items])
    carried, unlabelled = np.flatnonzero(carriers.lengths[:-1]), len(carriers.lengths) - 1
    if len(carried) == 0:
        yield from (indices[batch] for batch in batches)
        return
    rounds = -(-sum(map(len, batches)) // len(carried))
    turns = rng.permuted(np.tile(carried, (rounds, 1)), axis=1).ravel()
    for number, batch in enumerate(batches):
        size = len(batch)
        wanted = turns[number * size : (number + 1) * size]
        wanted = np.where(rng.random(size) < carriers.lengths[unlabelled] / len(items), unlabelled, wanted)
        redrawn = rng.choice(carried, REDRAWS * size)
        drawn = np.concatenate([carriers.draw(wanted, 1, rng), carriers.draw(redrawn, 1, rng), batch.numpy()])
        # the first occurrence of each item
        first = np.sort(np.unique(drawn, return_index=True)[1])[:size]
        yield indices[drawn[first]]


LABEL_BALANCED = Sampler(
    name="label_balanced",
    title="Labels in turn",
    summary="Labels take turns, and each adds an item that carries it: rare labels are seen about as often as frequent "
    "ones. Items of rare labels occur several times an epoch, many others not at all.",
    make=label_balanced,
    takes_time=True,
)
