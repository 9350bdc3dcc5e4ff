"""The linear probe on the items as they are given: what was readable before any encoder was trained."""

import torch

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.evaluate import why_no_items
from mlcl_core.evaluation.features import OnProgress, features_by, quiet
from mlcl_core.evaluation.probe import linear_probe
from mlcl_core.evaluation.record import Evaluated

CPU = torch.device("cpu")


def items_as_given(
    data: MultiLabelData, device: torch.device = CPU, on_progress: OnProgress = quiet
) -> Evaluated | None:
    """The linear probe on the features of the items themselves, or on those of the frozen encoder before the network.

    Args:
        data: The items as the network takes them (:func:`mlcl_core.engine.prepare.prepare`).
        device: Where the probe is fitted.
        on_progress: As for a protocol.

    Returns:
        The predictions; None where :func:`mlcl_core.engine.evaluate.why_no_items` says why: pictures, tokens of a
        fine-tuned encoder, or features that are too many for memory.
    """
    if why_no_items(data) is not None:
        return None
    return linear_probe(features_by(data.some, data, device), on_progress=on_progress)


__all__ = ["items_as_given"]
