"""lin2023_clmtc.npz: the losses of Lin et al. as their code has them, on embeddings that are not normalised.

The code adds 1e-20 to each exponential, beside the largest of its row, and to sum and count of the positives. Where one
item is far from all others that shows, and an anchor without a positive gets a constant: both are added here.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant

FLOOR = 1e-20


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """The loss of that name."""
    if variant not in VARIANTS:
        raise UnknownVariant(variant)
    return VARIANTS[variant](params, inputs)


def options(params: Mapping[str, Any]) -> dict[str, Any]:
    """What all contrastive variants have; one value per anchor."""
    return {
        "temperature": params["temperature"],
        "base_temperature": params["base_temperature"],
        "similarity": "dot",
        "reduction": "none",
        "no_positive": "zero",
    }


def strict(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """SCL: equal label sets, two empty ones too."""
    z, y = inputs["z"], inputs["Y"]
    values = pairs_floored(build_loss("strict", **options(params)), z, y, params)
    return Outcome(values.mean(), values)


def stepwise(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """SLCL: one label after the other; divided by the number of items once more than a mean is."""
    z, y = inputs["z"], inputs["Y"]
    loss = build_loss("stepwise_label", no_labels="keep", **options(params))
    values = torch.stack([pairs_floored(loss, z, y[:, [label]], params) for label in range(y.shape[1])])
    return Outcome(values.mean() / len(y), values)


def jaccard(points: str) -> Callable[[Mapping[str, Any], Mapping[str, Tensor]], Outcome]:
    """JSCL on embeddings, JSPCL on logits."""

    def jaccard_denominator(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
        space = "logits" if points == "logits" else "embeddings"
        loss = build_loss("jaccard_denominator", space=space, **options(params))
        z, y = inputs[points], inputs["Y"]
        values = loss(z, y, logits=z)
        shown = build_loss("jaccard_denominator", **options(params))
        compete, s = shown.pair_weights(y, y, dtype=z.dtype).compete, similarities(z, params)
        others = 1 - torch.eye(len(y), dtype=z.dtype)
        facing, labelled = (compete * others).any(1), y.any(1)
        added = torch.zeros_like(values)
        added[facing] = floor(s, compete)[facing]
        # an empty normaliser: 1e-20 in its place
        alone = labelled & ~facing
        mean = (s * others).sum(1) / others.sum(1)
        added[alone] = (s.detach().amax(1) + (FLOOR * compete.sum(1)).log() - mean)[alone]
        values = values + scale(params) * added
        return Outcome(values.mean(), values)

    return jaccard_denominator


def intra(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """ICL: inside each item; divided by the number of labels once more than a mean is."""
    label_z, y = inputs["label_z"], inputs["Y"]
    n, c = y.shape
    values = build_loss("intra_label", no_labels="keep", **options(params))(None, y, label_z=label_z).reshape(n, c)
    alone = (y & (y.sum(1, keepdim=True) == 1)) | (~y & ((~y).sum(1, keepdim=True) == 1))
    added = torch.stack([floor(similarities(points, params), label_z.new_ones(c, c)) for points in label_z])
    values = values + scale(params) * torch.where(alone, -1.0, added)
    return Outcome(values.mean() / c, values)


def label_correlation(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """LCA: an item without labels counts as 0."""
    loss = build_loss("label_correlation", no_positive="zero")
    return Outcome(loss(None, inputs["Y"], logits=inputs["logits"]), None)


def scale(params: Mapping[str, Any]) -> float:
    """Temperature over base temperature."""
    return params["temperature"] / params["base_temperature"]


def similarities(z: Tensor, params: Mapping[str, Any]) -> Tensor:
    """Dot products over the temperature."""
    return z @ z.T / params["temperature"]


def floor(s: Tensor, compete: Tensor) -> Tensor:
    """What 1e-20 beside each exponential, the anchor's own too, adds to the logarithm of the normaliser."""
    top = s.detach().amax(1, keepdim=True)
    others = compete * (1 - torch.eye(len(s), dtype=compete.dtype))
    log_z = (s - top + others.log().clamp_min(-1e30)).logsumexp(1)
    return torch.logaddexp(log_z, (FLOOR * compete.sum(1)).log()) - log_z


def has_positive(loss: Any, y: Tensor) -> Tensor:
    """Which anchors have a positive."""
    return loss.pair_weights(y, y, self_index=torch.arange(len(y))).positive.any(1)


def pairs_floored(loss: Any, z: Tensor, y: Tensor, params: Mapping[str, Any]) -> Tensor:
    """Values of anchors with what 1e-20 adds to them, and the constant of those without a positive."""
    added = floor(similarities(z, params), z.new_ones(len(y), len(y)))
    return loss(z, y) + scale(params) * torch.where(has_positive(loss, y), added, -1.0)


VARIANTS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Tensor]], Outcome]] = {
    "SCL": strict,
    "SLCL": stepwise,
    "JSCL": jaccard("z"),
    "JSPCL": jaccard("logits"),
    "ICL": intra,
    "LCA_corr_loss": label_correlation,
}
