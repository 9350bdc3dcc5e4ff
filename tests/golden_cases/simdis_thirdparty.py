"""simdis_thirdparty.npz: two re-implementations of the similarity-dissimilarity loss, and SoftCon of ws-MulSupCon."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """Keys, and the queue where there is one, are the only candidates; keys need no gradient."""
    name, _, against = variant.partition("|")
    z, y = inputs["z"], inputs["Y"]
    options: dict[str, Any] = {"temperature": params["temperature"]}
    if name == "simdis_inside_sum" and not against:
        loss = build_loss("weighted_supcon", placement="inside_sum", no_positive="drop_columns", **options)
        return Outcome(loss(z, y), None)
    if (name, against) not in [("simdis_ws", "keys"), ("simdis_ws", "keys+queue"), ("softcon_ws", "keys")]:
        raise UnknownVariant(variant)
    keys, y_keys = inputs["key_z"].detach(), y
    if against == "keys+queue":
        keys, y_keys = torch.cat([keys, inputs["queue_z"].detach()]), torch.cat([y, inputs["queue_Y"]])
    references = {"references": (keys, y_keys), "candidates": "references"}
    if name == "softcon_ws":
        return Outcome(build_loss("soft_contrastive", no_labels="keep", **options)(z, y, **references), None)
    # the softmax row is the query, and the paper's anchor the key: roles are swapped
    options |= {"rule_params": {"roles": "reference"}, "no_positive": "zero"}
    values = build_loss("weighted_supcon", reduction="none", **options)(z, y, **references)
    return Outcome(build_loss("weighted_supcon", **options)(z, y, **references), values)
