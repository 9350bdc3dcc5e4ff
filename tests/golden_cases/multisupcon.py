"""multisupcon.npz: MultiSupCon of Zaigrajew and Zieba, its copy with epsilons, and the version for metric-learning."""

from collections.abc import Mapping
from math import log
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import EPSILON, Outcome, UnknownVariant

OPTIONS: dict[str, dict[str, Any]] = {
    "official": {"no_positive": "zero"},
    "eps_fork": {"no_positive": "zero", "similarity": "dot"},
    "pml_pr667": {"no_positive": "drop", "no_negative": "zero"},
}
SINGLE_PRECISION = 2e-6  # eps_fork makes J in float32


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """Jaccard weights from a threshold on; metric-learning's version takes those above it only."""
    family = next((name for name in OPTIONS if variant.startswith(f"{name}_c")), None)
    if family is None:
        raise UnknownVariant(variant)
    options = {
        "rule": "jaccard",
        "rule_params": {
            "threshold": params["threshold"],
            "inclusive": family != "pml_pr667",
            "power": float(params.get("multi", True)),
        },
        "temperature": params["temperature"],
        "base_temperature": params.get("base_temperature", 0.0),
        **OPTIONS[family],
    }
    views = [inputs["z"], inputs.get("z2")][: params.get("n_views", 1)]
    z, y = torch.cat(views), inputs["Y"].repeat(len(views), 1)
    against: dict[str, Any] = {}
    if family == "eps_fork":
        options["temperature"] += EPSILON
        z, against = with_epsilon(z, y, options["temperature"])
    values = build_loss("weighted_supcon", reduction="none", **options)(z, y, **against)
    loss = build_loss("weighted_supcon", **options)(z, y, **against)
    # the reference has one row a view
    values = values.reshape(len(views), -1)
    return Outcome(loss, values, SINGLE_PRECISION) if family == "eps_fork" else Outcome(loss, values)


def with_epsilon(z: Tensor, y: Tensor, temperature: float) -> tuple[Tensor, dict[str, Any]]:
    """Embeddings and references such that the normaliser of each anchor has epsilon times exp of its own item in it.

    That is log(sum exp(s - max) + 1e-8), where the row's largest similarity is the anchor's own. A reference without
    labels stands for it, at similarity 1/tau + log(1e-8) to all items: in one more dimension, in which all items are
    1, so that all similarities grow by 1/tau, which no softmax sees.
    """
    z = torch.cat([F.normalize(z, dim=1), torch.ones_like(z[:, :1])], dim=1)
    stands_for_it = torch.zeros_like(z[:1])
    stands_for_it[0, -1] = 2 + temperature * log(EPSILON)
    return z, {"references": (stands_for_it, torch.zeros_like(y[:1])), "candidates": "both"}
