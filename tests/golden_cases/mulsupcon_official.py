"""mulsupcon_official.npz: ALL, ANY and MulSupCon against momentum keys (the own one included) and a queue."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mlcl_core.losses import build_loss
from tests.golden_cases.outcome import Outcome, UnknownVariant

LOSSES: dict[str, dict[str, Any]] = {
    "all": {"rule": "all_equal", "rule_params": {"empty_match": True}},
    "any": {"rule": "any_shared"},
    "mulsupcon": {"rule": "mulsupcon", "reduction": "rows", "no_positive": "zero"},
    # a row weighs 1 / (B |S_i|), so an anchor is the mean of its rows; anchors without labels count
    "mulsupcon_weighted": {"rule": "mulsupcon", "rule_params": {"rows": "per_anchor"}, "no_positive": "zero"},
}
CANDIDATES = ("keys", "keys+queue", "selfkeys")


def ours(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """``<loss>|<candidates>``: keys, keys and queue, or the batch itself without its gradient."""
    name, _, candidates = variant.partition("|")
    if name not in LOSSES or candidates not in CANDIDATES:
        raise UnknownVariant(variant)
    z, y = inputs["z"], inputs["Y"]
    references = (z.detach() if candidates == "selfkeys" else inputs["key_z"].detach(), y)
    if candidates == "keys+queue":
        queue = inputs["queue_z"].detach(), inputs["queue_Y"]
        references = torch.cat([references[0], queue[0]]), torch.cat([references[1], queue[1]])
    options = {"temperature": params["temperature"], **LOSSES[name]}
    against: dict[str, Any] = {"references": references, "candidates": "references"}
    loss = build_loss("weighted_supcon", **options)
    if name in ("all", "any"):
        values = build_loss("weighted_supcon", **{**options, "reduction": "none"})(z, y, **against)
    else:
        # a row is its anchor with that label alone
        anchor, label = y.nonzero(as_tuple=True)
        alone = torch.nn.functional.one_hot(label, y.shape[1]).bool()
        values = loss.explain(z[anchor], alone, *references).value
    return Outcome(loss(z, y, **against), values)
