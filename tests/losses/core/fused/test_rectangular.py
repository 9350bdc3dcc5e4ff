"""Fused kernels of anchors against references under Triton's interpreter, in a process of its own, against float64."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def found() -> dict[str, dict]:
    """Errors of all cases, and facts."""
    if sys.platform != "linux":
        pytest.skip("Triton is for Linux")
    root = Path(__file__).parents[4]
    command = [sys.executable, "-m", "tests.losses.core.fused.rectangular_cases"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_value_and_gradients_equal_the_formula(found):
    """Placements, normalisations, rules, sizes, own items, small temperatures: value to 1e-5, gradients to 1e-4."""
    assert len(found["errors"]) > 80
    wrong = {
        name: errors
        for name, errors in found["errors"].items()
        if not (errors[0] < 1e-5 and errors[1] < 1e-4 and errors[2])
    }
    assert not wrong


def test_rules_that_tell_prototypes_apart_are_refused(found):
    """``msc`` shares out label by label, ``proto_only`` looks at the kind of a reference: no function of the counts."""
    assert found["facts"]["refused"].keys() == {"msc", "proto_only"}
    assert all("no function of the label counts of a pair" in why for why in found["facts"]["refused"].values())


def test_auto_takes_the_kernels(found):
    """Under bfloat16 autocast, batch, queue and prototypes go by the same kernels as with ``fused``, silently."""
    assert found["facts"]["auto"] == [True, []]


def test_two_runs_give_equal_bits_and_derivatives_of_any_order_exist(found):
    """Batch, queue and prototypes twice; the gradient's own gradient is that of whole matrices."""
    assert found["facts"]["equal bits"]
    assert found["facts"]["second"] < 1e-5
