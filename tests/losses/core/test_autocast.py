"""Under bfloat16 autocast every loss computes as it does without."""

import pytest
import torch

from mlcl_core.losses import LOSSES, Combined, build_loss, fitted_to_labels

N, C, D = 12, 5, 8
GENERATOR = torch.Generator().manual_seed(0)
Y = torch.rand(N, C, generator=GENERATOR) < 0.4
INPUTS = {
    name: torch.randn(*shape, generator=GENERATOR)
    for name, shape in {
        "embeddings": (N, D),
        "logits": (N, C),
        "label_z": (N, C, D),
        "mixture": (N, C, 2 + D),
        "prototypes": (C, D),
    }.items()
}


def run(loss, half):
    """Value and gradients of a loss, inside autocast or not."""
    inputs = {name: x.clone().requires_grad_() for name, x in INPUTS.items() if name in loss.needs}
    loss = fitted_to_labels(loss, Y)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        value = loss(inputs.get("embeddings"), Y, **{name: x for name, x in inputs.items() if name != "embeddings"})
    value.backward()
    return value, *(x.grad for x in inputs.values())


@pytest.mark.parametrize("name", [*LOSSES, "combined"])
def test_autocast_changes_nothing(name):
    """Value and gradient are equal to the last bit, and float32."""
    loss = Combined(build_loss("hero"), build_loss("bce")) if name == "combined" else build_loss(name)
    for ours, expected in zip(run(loss, half=True), run(loss, half=False), strict=True):
        assert ours.dtype == torch.float32
        assert torch.equal(ours, expected)
