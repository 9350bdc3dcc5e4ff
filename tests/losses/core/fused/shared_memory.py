"""Compiles the fused kernels for GPUs that are not there: a script; prints the shared memory of a block as JSON."""

import json
import sys

import torch
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile

from mlcl_core.losses.core.fused.expression import count_expression
from mlcl_core.losses.core.fused.functions import GIVEN
from mlcl_core.losses.core.fused.one_way_kernels import one_way_gradient
from mlcl_core.losses.core.fused.path import COMMON
from mlcl_core.losses.core.fused.problem import SMALL, FusedProblem, Plan, constants_of
from mlcl_core.losses.core.fused.square_kernels import gradient
from mlcl_core.losses.core.fused.sums import sums
from mlcl_core.losses.core.tiled_problem import LossForm
from mlcl_core.pairs import RULES

POINTERS = {"points": "*bf16", "other_points": "*bf16", "labels": "*i8", "other_labels": "*i8", "own_index": "*i32"}
NUMBERS = {"n": "i32", "m": "i32", "splits": "i32", "scale": "fp32"}


def shared_memory(kernel, capability, blocks, constants):
    """Compile a kernel; the bytes of shared memory that a block of it takes."""
    constants = {name: value for name, value in (constants | blocks.launch()).items() if name in kernel.arg_names}
    kinds = POINTERS | NUMBERS | dict.fromkeys(constants, "constexpr")
    places = {(kernel.arg_names.index(name),): value for name, value in constants.items()}
    source = ASTSource(kernel, {name: kinds.get(name, "*fp32") for name in kernel.arg_names}, places)
    options = {"num_warps": blocks.warps, "num_stages": blocks.stages, **COMMON}
    return compile(source, target=GPUTarget("cuda", capability, 32), options=options).metadata.shared


def largest(plan, capability, *kernels):
    """256 dimensions, 128 labels, a placement and a temperature that keep most: bytes of each kernel."""
    expression = count_expression(RULES["jaccard"], RULES["jaccard"].check({}), 128)
    problem = FusedProblem(expression, LossForm("inside_sum", "count"), 0.01, True, torch.bfloat16, plan)
    constants = constants_of(problem, 256, 128).of_tiles
    constants |= {"SELF": GIVEN.value, "SYMMETRIC": expression.symmetric, "ANCHORS": False}
    blocks = {sums: plan.sums, gradient: plan.gradient, one_way_gradient: plan.gradient}
    return [shared_memory(kernel, capability, blocks[kernel], constants) for kernel in kernels]


if __name__ == "__main__":
    found = {"8.6": largest(Plan(**SMALL), 86, sums, gradient, one_way_gradient), "9.0": largest(Plan(), 90, sums)}
    json.dump(found, sys.stdout)
