"""The fused kernels compiled for a GPU, which takes none: run as a script; prints the instructions of each as JSON."""

import json
import sys

import torch
import triton
from triton.backends.compiler import GPUTarget

from mlcl_core.losses import build_loss
from mlcl_core.losses.core.fused import items, one_way_kernels, square_kernels, summed, sums

A100 = 80  # compute capability, the oldest that has bfloat16
NAMES = {
    torch.float32: "fp32",
    torch.bfloat16: "bf16",
    torch.int8: "i8",
    torch.uint8: "u8",
    torch.int32: "i32",
    torch.int64: "i64",
}
OF_LAUNCH = ("num_warps", "num_stages", "enable_fp_fusion", "maxnreg")
KERNELS = {
    items: ("prepare", "combine", "add_up", "finish"),
    sums: ("sums",),
    square_kernels: ("gradient",),
    one_way_kernels: ("one_way_gradient",),
}
DONE = []


class Grid:
    """In place of a kernel: every launch compiles it for its arguments, as Triton would."""

    def __init__(self, kernel):
        """Of a kernel."""
        self.kernel = kernel

    def __getitem__(self, grid):
        """The launch."""
        return self.launch

    def launch(self, *args, **named):
        """None and the number 1 become constants."""
        options = {name: named.pop(name) for name in OF_LAUNCH if name in named}
        types, constants = {}, dict(named)
        for name, x in zip(self.kernel.arg_names, args, strict=False):
            if isinstance(x, torch.Tensor):
                types[name] = f"*{NAMES[x.dtype]}"
            elif x is None or (isinstance(x, int) and x == 1):
                constants[name] = x
            else:
                types[name] = "i32" if isinstance(x, int) else "fp32"
        types = {name: types.get(name, "constexpr") for name in self.kernel.arg_names}
        source = triton.compiler.ASTSource(self.kernel, types, constexprs=constants)
        ptx = triton.compile(source, target=GPUTarget("cuda", A100, 32), options=options).asm["ptx"]
        DONE.append((self.kernel.__name__, [name for name in ("mma", "bf16", "s8", "ex2") if name in ptx]))


if __name__ == "__main__":
    for module, names in KERNELS.items():
        for name in names:
            setattr(module, name, Grid(getattr(module, name)))
    summed.refused_by_machine = lambda device: ""
    loss = build_loss("weighted_supcon", path="fused", placement="inside_sum", temperature=0.01)
    z, y = torch.ones(1, 16, requires_grad=True), torch.ones(1, 3, dtype=torch.bool)
    loss(z, y)
    keys = torch.ones(5, 16, requires_grad=True), torch.ones(5, 3, dtype=torch.bool)
    loss(z, y, references=keys, candidates="references")
    json.dump(DONE, sys.stdout)
