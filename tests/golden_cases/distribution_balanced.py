"""distribution_balanced.npz: ResampleLoss of Wu et al., whose parts are switched by its parameters."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """The distribution-balanced loss with a record's parameters, whatever the variant's name."""
    options = weighting(variant, params)
    regularisation, focal = params["logit_reg"], params["focal"]
    loss = build_loss(
        "distribution_balanced",
        negative_scale=regularisation.get("neg_scale", 1.0),
        bias=regularisation.get("init_bias", 0.0),
        gamma=focal["gamma"] if focal["focal"] else 0.0,
        factor=focal["balance_param"] if focal["focal"] else 1.0,
        **options,
    ).with_label_counts(inputs["class_freq"], params["train_num"])
    return Outcome(loss(None, inputs["Y"], logits=inputs["logits"]), loss.per_entry(inputs["logits"], inputs["Y"]))


def weighting(variant: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The options that make the weights."""
    if params["reweight_func"] is None:
        return {"weighting": "none"}
    if params["reweight_func"] == "rebalance":
        given = params["map_param"]
        return {"weighting": "rebalance", "alpha": given["alpha"], "beta": given["beta"], "mu": given["gamma"]}
    if params["reweight_func"] == "CB" and params["CB_loss"]["CB_mode"] == "average_w":
        return {"weighting": "class_balanced", "class_balance": params["CB_loss"]["CB_beta"]}
    raise UnknownVariant(variant)
