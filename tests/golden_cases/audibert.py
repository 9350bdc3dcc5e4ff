"""audibert.npz: the losses of Audibert et al., one view, self excluded, with prototypes and without."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from mlcl_core.losses import WeightedSupCon, build_loss
from mlcl_core.pairs import RULES
from tests.golden_cases.outcome import EPSILON, Outcome, UnknownVariant


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """The loss of that name."""
    if variant not in VARIANTS:
        raise UnknownVariant(variant)
    return VARIANTS[variant](params, inputs)


def base(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """Base of Audibert et al.: Jaccard weights that sum to 1, mean over the anchors that have a positive."""
    options = {
        "rule": "jaccard",
        "rule_params": {"epsilon": EPSILON},
        "normalise": "weight_sum",
        "epsilon": EPSILON,
        "temperature": params["temperature"],
    }
    z, y = inputs["z"], inputs["Y"]
    values = build_loss("weighted_supcon", reduction="none", **options)(z, y)
    terms = explained(build_loss("weighted_supcon", **options), z, y)
    return Outcome(
        build_loss("weighted_supcon", **options)(z, y), values / (terms.has_positive.sum().double() + EPSILON)
    )


def mulsupcon(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """MulSupCon of Audibert et al.: mean over all (anchor, label) rows; a row is its anchor with that label alone."""
    options = {"rule": "mulsupcon", "rule_params": {"epsilon": EPSILON}, "temperature": params["temperature"]}
    z, y = inputs["z"], inputs["Y"]
    anchor, label = y.nonzero(as_tuple=True)
    alone = torch.nn.functional.one_hot(label, y.shape[1]).bool()
    rows = build_loss("weighted_supcon", **options).explain(z[anchor], alone, z, y, self_index=anchor).value
    return Outcome(build_loss("weighted_supcon", reduction="rows", no_positive="zero", **options)(z, y), rows)


def proto_only(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """Items against prototypes alone: mean over the items."""
    return both("proto_only", inputs, temperature=params["temperature"])


def msc(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """Items against the other items and the prototypes: mean over the items."""
    options = {name: params[name] for name in ("temperature", "alpha", "beta")}
    return both("msc", inputs, epsilon=EPSILON, **options)


def mscwrg(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """Items and prototypes as one batch; its values are divided by the number of anchors with a positive already."""
    return crowd("msc_without_regularisation", params, inputs)


def mscrg(params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """The same, regularised."""
    return crowd("msc_regularised", params, inputs)


def both(name: str, inputs: Mapping[str, Tensor], **options: Any) -> Outcome:
    """A loss on items and prototypes, reduced and not."""
    z, y, prototypes = inputs["z"], inputs["Y"], inputs["prototypes"]
    loss, values = build_loss(name, **options), build_loss(name, reduction="none", **options)
    return Outcome(loss(z, y, prototypes=prototypes), values(z, y, prototypes=prototypes))


def crowd(name: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """A loss whose anchors are items and prototypes."""
    options = {"temperature": params["temperature"], "alpha": params["alpha"], "epsilon": EPSILON}
    outcome = both(name, inputs, **options)
    every_point = torch.cat([inputs["Y"], torch.eye(inputs["Y"].shape[1], dtype=torch.bool)])
    weights = RULES["overlap_ratio"].weights(
        every_point, every_point, self_index=torch.arange(len(every_point)), alpha=params["alpha"]
    )
    assert outcome.values is not None
    return Outcome(outcome.loss, outcome.values / weights.positive.any(1).sum().clamp_min(1))


def explained(loss: WeightedSupCon, z: Tensor, y: Tensor):
    """A batch against itself, explained."""
    return loss.explain(z, y, z, y, self_index=torch.arange(len(y)))


VARIANTS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Tensor]], Outcome]] = {
    "base": base,
    "mulsupcon": mulsupcon,
    "proto_only": proto_only,
    "msc": msc,
    "mscwrg": mscwrg,
    "mscrg": mscrg,
}
