"""Numbers of an embedding space with labels: retrieval among the items, and geometry."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.metrics.alignment import ALIGNMENT, alignment_of
from mlcl_core.metrics.health import EFFECTIVE_RANK, effective_rank
from mlcl_core.metrics.neighbour_ndcg import neighbour_ndcg
from mlcl_core.metrics.neighbours import NEIGHBOURS, Neighbours, nearest_neighbours
from mlcl_core.metrics.purity import purity
from mlcl_core.metrics.record import MetricRecord
from mlcl_core.metrics.uniformity import UNIFORMITY, uniformity


@dataclass(frozen=True, eq=False)
class Space:
    """Embedded items: what every metric of a space is a function of.

    Attributes:
        h: Features before the projection head: neighbours are looked for here.
        z: Projected features, where the loss acts, of the same items: geometry is measured here; None where there is
            no projection head.
        labels: Which of the ``c`` labels each item has.
        k: Number of neighbours.
    """

    h: Float[Tensor, "n d"]
    z: Float[Tensor, "n e"] | None
    labels: Bool[np.ndarray, "n c"]
    k: int = NEIGHBOURS

    @cached_property
    def near(self) -> Neighbours:
        """The nearest neighbours of each item by cosine."""
        return nearest_neighbours(self.h.detach().cpu(), self.k)


@dataclass(frozen=True, kw_only=True)
class SpaceMetric(MetricRecord):
    """A number of a space.

    Attributes:
        measure: NaN where the space has no such number; it is then left out.
    """

    measure: Callable[[Space], float]


def space_metrics(
    h_test: Float[Tensor, "n d"],
    z_test: Float[Tensor, "n e"] | None,
    labels: Bool[Tensor, "n c"] | Bool[np.ndarray, "n c"],
    *,
    k: int = NEIGHBOURS,
) -> dict[str, float]:
    """The metrics of ``SPACE_METRICS`` of some items, by name; those that they do not have are left out.

    Args:
        h_test: Features before the projection head.
        z_test: Projected features of the same items; None where there is no projection head.
        labels: Which labels each item has.
        k: Number of neighbours of an item.
    """
    rows = labels.detach().cpu().numpy() if isinstance(labels, Tensor) else labels
    space = Space(h_test, None if z_test is None else z_test.detach().cpu(), rows, k)
    found = {name: float(record.measure(space)) for name, record in SPACE_METRICS.items()}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def shared_label_alignment(space: Space) -> float:
    """:func:`mlcl_core.metrics.alignment` of the pairs that share a label, which are the same for each loss."""
    if space.z is None:
        return math.nan
    y = space.z.new_tensor(space.labels)
    own = range(len(y))

    def positive(rows: slice) -> Bool[Tensor, "rows n"]:
        shared = y[rows] @ y.T > 0
        shared[range(len(shared)), own[rows]] = False
        return shared

    return alignment_of(space.z, positive)


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def _of_z(space: Space, measure: Callable[[Tensor], float]) -> float:
    return math.nan if space.z is None or not len(space.z) else measure(space.z)


RETRIEVAL = SpaceMetric(
    name="neighbour_ndcg",
    title="Neighbour nDCG",
    summary="How near the best order of its neighbours an item has them, each worth the overlap of its labels.",
    direction="up",
    low=0,
    high=1,
    measure=lambda space: _mean(neighbour_ndcg(space.near, space.labels)),
)
PURITY = SpaceMetric(
    name="neighbour_purity",
    title="Neighbour purity",
    summary="Mean Jaccard similarity of an item's labels with those of its nearest neighbours.",
    direction="up",
    low=0,
    high=1,
    measure=lambda space: _mean(purity(space.near, space.labels)),
)
SHARED_ALIGNMENT = SpaceMetric(
    name=ALIGNMENT.name,
    title=ALIGNMENT.title,
    summary="Mean squared distance, on the unit sphere, of pairs that share a label.",
    direction=ALIGNMENT.direction,
    low=ALIGNMENT.low,
    high=ALIGNMENT.high,
    measure=shared_label_alignment,
)
SPREAD = SpaceMetric(
    name=UNIFORMITY.name,
    title=UNIFORMITY.title,
    summary=UNIFORMITY.summary,
    direction=UNIFORMITY.direction,
    low=UNIFORMITY.low,
    high=UNIFORMITY.high,
    measure=lambda space: _of_z(space, uniformity),
)
RANK = SpaceMetric(
    name=EFFECTIVE_RANK.name,
    title=EFFECTIVE_RANK.title,
    summary=EFFECTIVE_RANK.summary,
    direction=EFFECTIVE_RANK.direction,
    low=EFFECTIVE_RANK.low,
    measure=lambda space: _of_z(space, effective_rank),
)
SPACE_METRICS = {record.name: record for record in (RETRIEVAL, PURITY, SHARED_ALIGNMENT, SPREAD, RANK)}
