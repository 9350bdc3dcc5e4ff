"""The loss of each item as anchor, from the function that trains."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64

from mlcl_core.losses import PairLoss

OTHER_VALUES = "the values of the run's loss do not belong to single items"


def loss_of_items(
    loss: PairLoss,
    z: Float[np.ndarray, "n d"],
    labels: Bool[np.ndarray, "n c"],
    prototypes: Float[np.ndarray, "c d"] | None = None,
) -> Float64[np.ndarray, " n"] | str:
    """The value of a loss for each item as anchor, all items taken as one batch; 0 for an anchor without a positive.

    A text where its values are of another number. ``prototypes``, for a loss that has them, stand behind the items.
    """
    each = replace(loss, reduction="none")  # type: ignore[type-var]  # every loss is a dataclass
    points = torch.from_numpy(np.asarray(z, np.float32))
    more = None if prototypes is None else torch.from_numpy(np.asarray(prototypes, np.float32))
    with torch.no_grad():
        values = each(points, torch.from_numpy(labels), prototypes=more).numpy().astype(np.float64)
    behind = 0 if prototypes is None else len(prototypes)
    return values[: len(z)] if len(values) in (len(z), len(z) + behind) else OTHER_VALUES
