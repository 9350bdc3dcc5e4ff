"""The fused kernels under Triton's interpreter, in a process of its own, against the formula in float64."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mlcl_core.errors import InputError
from mlcl_core.losses.core.fused import Plan, fused_summed
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs import RULES


@pytest.fixture(scope="module")
def found() -> dict[str, list]:
    """Errors of all cases."""
    if sys.platform != "linux":
        pytest.skip("Triton is for Linux")
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "tests.losses.core.fused_cases"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_value_and_gradient_equal_the_formula(found):
    """Every placement, normalisation and kind of rule, splits, shifts, few items: value to 1e-5, gradient to 1e-4."""
    assert len(found) > 60
    wrong = {
        name: errors for name, errors in found.items() if not (errors[0] < 1e-5 and errors[1] < 1e-4 and errors[2])
    }
    assert not wrong


def test_what_the_kernels_cannot_do_is_refused():
    """A rule that shares out label by label, the regularised form, embeddings that are too wide."""
    z, y = torch.randn(4, 300), torch.ones(4, 3, dtype=torch.bool)
    outside = LossForm("outside", "count")

    def run(z=z[:, :8], rule="any_shared", form=outside):
        return fused_summed(z, y, rule=RULES[rule], params=RULES[rule].check({}), form=form, temperature=0.1)

    with pytest.raises(InputError, match="mulsupcon is not a function of the label counts"):
        run(rule="mulsupcon")
    with pytest.raises(InputError, match="no regularised form"):
        run(form=LossForm("outside", "count", regularised=True))
    with pytest.raises(InputError, match="at most 256"):
        run(z=z)


def test_references_are_split_where_items_are_few():
    """Few tiles of anchors share out their references; many do not; no share is below four tiles."""
    plan = Plan()
    assert [plan.splits(n, plan.gradient) for n in (1, 256, 1024, 4096, 65536)] == [1, 1, 4, 4, 1]
