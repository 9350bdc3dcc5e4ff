"""The fused path under Triton's interpreter, in a process of its own, against whole matrices in float64."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlcl_core.losses.core.fused.problem import Plan
from mlcl_core.losses.core.tile_sums import TRACED

ROOT = Path(__file__).parents[4]


def printed(script: str, **environment: str) -> Any:
    """The JSON that a script beside this file prints, in a process of its own."""
    if sys.platform != "linux":
        pytest.skip("Triton is for Linux")
    command = [sys.executable, "-m", f"tests.losses.core.fused.{script}"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=290, env=os.environ | environment)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def found() -> dict[str, dict]:
    """Errors of all cases, and further facts."""
    return printed("square_cases")


def test_value_and_gradient_equal_the_formula(found):
    """Every option, kind of rule, drawn formulas, sizes, splits, shifts, few items: value to 1e-5, gradient to 1e-4."""
    errors = found["errors"]
    assert len(errors) > 110
    assert {name: each for name, each in errors.items() if not (each[0] < 1e-5 and each[1] < 1e-4)} == {}


def test_derivatives_beyond_the_first_are_those_of_whole_matrices(found):
    """``create_graph`` and torch.func give what ``plain`` gives, and both are said."""
    facts = found["facts"]
    assert facts["second"] < 1e-6
    assert facts["functional"] < 1e-6
    assert facts["said"] == [
        "the gradient itself is to be differentiated: whole matrices instead of the fused kernels",
        TRACED,
    ]


def test_gradients_keep_their_type(found):
    """The gradient of float16 embeddings is float16 and stays within its range; without one there is a value alone."""
    assert found["facts"]["half"] == ["torch.float16", 65504.0]
    value, requires_grad = found["facts"]["without gradient"]
    assert abs(value) < 1e-6
    assert not requires_grad


def test_every_kernel_compiles_for_a_gpu(tmp_path):
    """One item by itself, and with keys, in bfloat16: what the interpreter lets pass, a compiler may not."""
    done = printed("compiled", TRITON_CACHE_DIR=str(tmp_path))
    names = [name for name, _ in done]
    assert sorted(set(names)) == ["add_up", "combine", "finish", "gradient", "one_way_gradient", "prepare", "sums"]
    assert names.count("one_way_gradient") == 2
    over_tiles = [found for name, found in done if name in ("sums", "gradient", "one_way_gradient")]
    assert over_tiles == [["mma", "bf16", "s8", "ex2"]] * 5


def test_references_are_split_where_items_are_few():
    """Few tiles of anchors share out their references; many do not; no share is below four tiles."""
    plan = Plan()
    assert [plan.splits(n, n, plan.gradient) for n in (1, 256, 1024, 4096, 65536)] == [1, 1, 4, 4, 1]
    assert [plan.splits(n, 65536, plan.gradient) for n in (1, 256, 4096)] == [64, 64, 4]
