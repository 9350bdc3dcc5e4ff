"""The embedding space of the test items: retrieval graded by label overlap, and geometry."""

import torch

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.evaluate import why_no_items
from mlcl_core.engine.measure import encode
from mlcl_core.engine.network import Network
from mlcl_core.metrics import space_metrics

CPU = torch.device("cpu")


def space_of(network: Network, data: MultiLabelData, device: torch.device = CPU) -> dict[str, float]:
    """The numbers of the space into which a network encodes the test items (:mod:`mlcl_core.metrics.space`)."""
    ids = data.indices("test")
    seen = encode(network, data, ids, device)
    return space_metrics(seen.h, seen.z, data.labels[ids])


def space_as_given(data: MultiLabelData) -> dict[str, float] | None:
    """Those of neighbours among the test items as they are given; None where the items have no features."""
    if why_no_items(data) is not None:
        return None
    ids = data.indices("test")
    return space_metrics(data.some(ids), None, data.labels[ids])


__all__ = ["space_as_given", "space_of"]
