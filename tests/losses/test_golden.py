"""Golden numbers: value, un-reduced value and gradients equal those of the published codes, record by record.

The folder comes from MLCL_GOLDEN (default: tests/golden); other seeds, shapes and cases in files of the same form work.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mlcl_core.losses import build_loss
from mlcl_core.losses.weighted_supcon import WeightedSupCon

FOLDER = Path(os.environ.get("MLCL_GOLDEN") or Path(__file__).parents[1] / "golden")
TOLERANCE = 1e-9
EPSILON = 1e-8

# What SupConLoss masks are called here; it averages over all anchors, so no_positive is zero everywhere.
MASKS: dict[str, dict[str, Any]] = {
    "mask_any": {"rule": "any_shared"},
    "mask_all": {"rule": "all_equal", "rule_params": {"empty_match": True}},
    "mask_jaccard": {"rule": "jaccard", "normalise": "weight_sum"},
    "mask_overlap": {
        "rule": "similarity_dissimilarity",
        "rule_params": {"factors": "similarity"},
        "normalise": "weight_sum",
    },
    "labels": {"rule": "any_shared"},
    "simclr": {"rule": "any_shared"},
}


@dataclass(frozen=True)
class Outcome:
    """Ours, in the shape of a record: the loss and its un-reduced values (in the reference's order)."""

    loss: Tensor
    values: Tensor


def supcon_hobbitlong(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
    """SupConLoss with a mask, one view or two."""
    y = inputs["Y"]
    if variant.startswith("simclr"):
        # without labels an item is a class of its own, which its other view shares
        y = torch.eye(len(y), dtype=torch.bool)
    mask = next(name for name in MASKS if variant == name or variant.startswith(f"{name}_"))
    options = {
        "no_positive": "zero",
        "temperature": params["temperature"],
        "base_temperature": params["base_temperature"],
        **MASKS[mask],
    }
    views = [inputs["z"], inputs["z2"]][: params["n_views"]]
    against: dict[str, Any] = {}
    if params["contrast_mode"] == "one":
        z = views[0]
        if len(views) > 1:
            against = {"references": (torch.cat(views[1:]), y.repeat(len(views) - 1, 1)), "candidates": "both"}
    else:
        z, y = torch.cat(views), y.repeat(len(views), 1)
    values = build_loss("weighted_supcon", reduction="none", **options)(z, y, **against)
    return Outcome(build_loss("weighted_supcon", **options)(z, y, **against), values.reshape(-1, len(inputs["Y"])))


def base(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
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


def mulsupcon(variant: str, params: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Outcome:
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


# file -> variant -> ours; None: every variant of the file. What a file holds beyond them is not in the registry yet.
OURS: dict[str, dict[str | None, Callable[..., Outcome]]] = {
    "supcon_hobbitlong": {None: supcon_hobbitlong},
    "audibert": {"base": base, "mulsupcon": mulsupcon},
}


def records(file: str) -> list[dict[str, Any]]:
    """The records of one golden file that ours can be compared with."""
    path = FOLDER / f"{file}.npz"
    if not path.exists():
        return []
    with np.load(path, allow_pickle=False) as arrays:
        index = json.loads(str(arrays["index"]))
    known = OURS[file]
    return [record for record in index["records"] if None in known or record["variant"] in known]


def compare(given: Tensor, expected: np.ndarray, what: str, *, whole: bool) -> None:
    """Largest difference within tolerance; ``whole`` measures it against the largest entry, as for gradients."""
    array = given.detach().numpy().reshape(np.shape(expected))
    scale = np.maximum(1, np.max(np.abs(expected), initial=0.0) if whole else np.abs(expected))
    worst = np.max(np.abs(array - expected) / scale, initial=0.0)
    assert worst <= TOLERANCE, f"{what} is off by {worst:.2e}"


ALL = [(file, record) for file in OURS for record in records(file)]


@pytest.mark.parametrize(
    ("file", "record"), ALL, ids=[f"{file}-{r['id']}-{r['case']}-{r['variant']}" for file, r in ALL]
)
def test_equal_to_the_published_code(file, record):
    """Loss, un-reduced values and gradients of every record; finite ones where the reference fails."""
    with np.load(FOLDER / f"{file}.npz", allow_pickle=False) as arrays:
        inputs = {name: torch.from_numpy(arrays[key]) for name, key in record["inputs"].items()}
        outputs = {name: arrays[key] for name, key in record["outputs"].items()}
        expected = arrays["loss"][record["id"]]
    inputs["Y"] = inputs["Y"].bool()
    leaves = {f"grad_{name}": x.requires_grad_() for name, x in inputs.items() if x.is_floating_point()}
    ours = OURS[file].get(None) or OURS[file][record["variant"]]
    outcome = ours(record["variant"], record["params"], {"z2": None, **inputs})
    outcome.loss.backward()
    if record["reference_fails"]:
        assert torch.isfinite(outcome.loss)
        assert torch.isfinite(outcome.values).all()
        assert all(torch.isfinite(leaf.grad).all() for leaf in leaves.values() if leaf.grad is not None)
        return
    compare(outcome.loss, expected, "the loss", whole=False)
    for name, array in outputs.items():
        if name in leaves:
            compare(leaves[name].grad, array, name, whole=True)
        else:
            compare(outcome.values, array, name, whole=False)


@pytest.mark.parametrize("file", OURS)
def test_something_was_compared(file):
    """A missing file, or one without a record of a variant that ours knows, fails."""
    assert records(file), f"no record of {file} in {FOLDER}"


@pytest.mark.parametrize("file", OURS)
def test_the_comparison_can_fail(file):
    """The proof that the test sees: another temperature is off by far more than the tolerance."""
    with np.load(FOLDER / f"{file}.npz", allow_pickle=False) as arrays:
        record = max(records(file), key=lambda r: -1 if r["reference_fails"] else arrays["loss"][r["id"]])
        inputs = {name: torch.from_numpy(arrays[key]) for name, key in record["inputs"].items()}
        expected = arrays["loss"][record["id"]]
    inputs["Y"] = inputs["Y"].bool()
    ours = OURS[file].get(None) or OURS[file][record["variant"]]
    params = {**record["params"], "temperature": 1.01 * record["params"]["temperature"]}
    with pytest.raises(AssertionError, match="the loss is off"):
        compare(ours(record["variant"], params, {"z2": None, **inputs}).loss, expected, "the loss", whole=False)
