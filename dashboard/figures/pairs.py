"""The pairs of one anchor, as arrays."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class AnchorPairs:
    """All pairs of item ``anchor`` as ``loss.explain`` returns them, [n] each; the entry of the item itself is zero.

    ``role`` ``anchor``: the item is S, every other item T. ``reference``: every other item is S, the item T.
    """

    anchor: int
    role: str
    relation: np.ndarray
    shared: np.ndarray
    extra: np.ndarray
    similarity_factor: np.ndarray
    dissimilarity_factor: np.ndarray
    weight: np.ndarray
    positive: np.ndarray
    cosine: np.ndarray
    force: np.ndarray
