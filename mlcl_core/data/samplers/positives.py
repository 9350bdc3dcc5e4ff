"""positives: uniform batches, in which items are swapped until the anchors have positives."""

from collections.abc import Iterator
from typing import Annotated

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from mlcl_core.data.batches import epoch_batches
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.positive_sampling import CandidatePool, Positive, swap_in_positives
from mlcl_core.data.samplers.record import Sampler
from mlcl_core.errors import InputError
from mlcl_core.options import Param


def positives(
    indices: Int64[Tensor, " n"],
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    labels: LabelMatrix,
    positive: Positive | None,
    at_least: Annotated[int, Param("Positives that each anchor is to have in its batch.", ge=1, le=16)] = 1,
) -> Iterator[Int64[Tensor, " b"]]:
    """Deal as ``uniform`` does, then swap items of each batch until its anchors have positives, as far as possible.

    For anchors with too few positives, candidates are drawn from all items: items with the same label set, items with
    the anchor's rarest label, and random items; ``positive`` decides which of them help. A candidate replaces an item
    that no anchor in the batch depends on: preferably one that has enough positives itself. Batches are independent of
    each other: an item may occur in two batches of an epoch while another is left out. Items without a positive in the
    whole set are never drawn as candidates and are replaced like any others, so strict rules see them less often.

    Args:
        indices, batch_size, seed, epoch: As for :func:`mlcl_core.data.samplers.uniform.uniform`.
        labels: The labels of all items.
        positive: Bool [a c], Bool [b c] -> Bool [a b]: which references are positives of which anchors under the
            training rule. An item is never a positive of itself, whatever this returns.
        at_least: Positives that each anchor is to have, from 1 to 16.

    Returns:
        An iterator over as many batches as ``uniform`` gives, of the same sizes, each of different items. No batch has
        fewer anchors with enough positives than uniform's; where all anchors have enough, or none can have, the batch
        is uniform's own.

    Edge cases:
        No items: no batches. All items in one batch: nothing to swap.

    Raises:
        InputError: As ``uniform``; or ``positive`` is None.

    Cost:
        ``positive`` is evaluated on the batch, and on its anchors with too few positives against two batches of
        candidates, two or three times: 3 to 11 ms for 256 items and 68 labels. Only these label rows are dense.
    """
    if positive is None:
        raise InputError("sampler positives: there is no rule that says which items are positives; give one")
    batches = epoch_batches(torch.arange(len(indices)), batch_size, seed=seed, epoch=epoch)
    items, rng = indices.cpu().numpy(), np.random.default_rng([seed, epoch, 1])
    pool = CandidatePool(labels.csr()[items], positive)
    return (indices[swap_in_positives(batch.numpy(), pool, at_least, rng)] for batch in batches)


POSITIVES = Sampler(
    name="positives",
    title="Positives for each anchor",
    summary="Uniform batches, in which items that no anchor needs are swapped for positives of anchors without one: "
    "strict rules leave fewer anchors without a positive. Items of common label sets occur more often, others less.",
    make=positives,
    needs_positive=True,
    takes_time=True,
)
