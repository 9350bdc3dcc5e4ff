"""audibert.npz: the losses of Audibert et al., one view, self excluded."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from mlcl_core.losses import WeightedSupCon, build_loss
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


def explained(loss: WeightedSupCon, z: Tensor, y: Tensor):
    """A batch against itself, opened."""
    return loss.explain(z, y, z, y, self_index=torch.arange(len(y)))


VARIANTS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Tensor]], Outcome]] = {
    "base": base,
    "mulsupcon": mulsupcon,
}
