"""The final metrics: a linear probe on the frozen encoder, by one protocol for trained and untrained encoders."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mlcl_core.data import MultiLabelData
from mlcl_core.engine.measure import encode
from mlcl_core.engine.network import Network
from mlcl_core.metrics import measure_predictions
from mlcl_core.models import fit_linear_probe

MAX_VALUES = 2**27  # of the training items as given: 1 GB in float64, and a fit of minutes
# Takes how much is done, and how much there is.
OnProgress = Callable[[int, int], None]


def evaluate(
    network: Network, data: MultiLabelData, device: torch.device, *, on_progress: OnProgress = lambda done, of: None
) -> tuple[dict[str, float], dict[str, Any]]:
    """Fit the probe on training features, choose on validation, measure on test.

    ``on_progress`` is called before each step of the fits; an exception in it ends the work.

    Returns:
        The final metrics on test, by name; and what the probe chose (threshold, strength).
    """
    return probe_features(lambda ids: encode(network, data, ids, device).h.to(device), data, on_progress=on_progress)


def probe_features(
    features_of: Callable[[Tensor], Tensor], data: MultiLabelData, *, on_progress: OnProgress = lambda done, of: None
) -> tuple[dict[str, float], dict[str, Any]]:
    """:func:`evaluate` for any features of items, given their rows; the probe is fitted on the features' device."""
    features, labels = {}, {}
    for split in ("train", "validation", "test"):
        ids = data.indices(split)
        features[split], labels[split] = features_of(ids), data.labels[ids]
    probe = fit_linear_probe(
        features["train"],
        labels["train"],
        features["validation"],
        labels["validation"],
        on_progress=on_progress,
    )
    numbers = measure_predictions(labels["test"], probe.scores(features["test"]), probe.threshold)
    return numbers, {"threshold": probe.threshold, "strength": probe.strength}


def probe_items(
    data: MultiLabelData, device: torch.device, *, on_progress: OnProgress = lambda done, of: None
) -> dict[str, float] | None:
    """:func:`evaluate` for the items as given: their features, or those of the frozen encoder before the network.

    Returns:
        The final metrics on test, by name; None where :func:`why_no_items` says why.
    """
    if why_no_items(data) is not None:
        return None
    return probe_features(lambda ids: data.some(ids).to(device), data, on_progress=on_progress)[0]


def why_no_items(data: MultiLabelData) -> str | None:
    """Why the probe is not fitted to the items as given, in a sentence; None: it is."""
    if data.kind == "picture":
        return "The items are pictures: no linear probe is fitted to pixels."
    if data.kind == "tokens":
        return "The texts are fine-tuned as tokens: there are no features before the encoder."
    values = len(data.indices("train")) * tuple(data.items.shape)[-1]
    if values > MAX_VALUES:
        return f"The training items have {values:,} values: a linear probe is fitted to at most {MAX_VALUES:,}."
    return None
