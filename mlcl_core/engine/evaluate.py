"""The final numbers: a linear probe on the frozen encoder, by one protocol for trained and untrained ones."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.measure import encode
from mlcl_core.engine.network import Network
from mlcl_core.metrics import classification_metrics
from mlcl_core.models import fit_linear_probe

# How much of how much is done.
Tell = Callable[[int, int], None]


def evaluate(
    network: Network, data: MultiLabelData, device: torch.device, seed: int, *, tell: Tell | None = None
) -> tuple[dict[str, float], dict[str, Any]]:
    """Fit the probe on training features, choose on validation, measure on test.

    ``tell`` is called before each label's fit.

    Returns:
        micro_f1, macro_f1, map, hamming_loss, subset_accuracy on test; and what the probe chose (threshold, strength).
    """
    return probe_features(lambda ids: encode(network, data, ids, device).h, data, seed, tell=tell)


def probe_features(
    features_of: Callable[[Tensor], Tensor], data: MultiLabelData, seed: int, *, tell: Tell | None = None
) -> tuple[dict[str, float], dict[str, Any]]:
    """The same for any features of items, given their rows."""
    features, labels = {}, {}
    for split in ("train", "validation", "test"):
        ids = data.indices(split)
        features[split], labels[split] = features_of(ids), data.labels[ids]
    probe = fit_linear_probe(
        features["train"], labels["train"], features["validation"], labels["validation"], seed=seed, on_progress=tell
    )
    numbers = classification_metrics(labels["test"], probe.scores(features["test"]), probe.threshold)
    return numbers, {"threshold": probe.threshold, "strength": probe.strength}
