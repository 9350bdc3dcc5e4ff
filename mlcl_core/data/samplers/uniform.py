"""uniform: every item once an epoch, in random order."""

from jaxtyping import Int64
from torch import Tensor

from mlcl_core.data.batches import epoch_batches
from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.positive_sampling import Positive
from mlcl_core.data.samplers.record import Sampler


def uniform(
    indices: Int64[Tensor, " n"],
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    labels: LabelMatrix | None = None,
    positive: Positive | None = None,
) -> list[Int64[Tensor, " b"]]:
    """Deal every item once, in random order: :func:`mlcl_core.data.epoch_batches`, independent of the labels.

    Args:
        indices: The items to deal, all different: rows of ``labels``.
        batch_size: Items per batch, at least 1.
        seed, epoch: Both at least 0. The batches depend on these two alone, so a resumed run needs no other state.
        labels, positive: Unused.

    Returns:
        Batches of exactly ``batch_size`` different items. A smaller remainder is left out of this epoch, unless it is
        all there is.

    Edge cases:
        No items: no batches.

    Raises:
        InputError: ``batch_size`` below 1, or a negative seed or epoch.
    """
    return epoch_batches(indices, batch_size, seed=seed, epoch=epoch)


UNIFORM = Sampler(
    name="uniform",
    title="Uniform",
    summary="Items in random order, none twice an epoch; a remainder too small for a batch is left out of it.",
    make=uniform,
)
