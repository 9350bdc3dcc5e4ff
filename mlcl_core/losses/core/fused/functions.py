"""What the Triton kernels of losses have in common: constants, small functions, and the functions that rules become.

Importing this module imports Triton, which reads TRITON_INTERPRET then.
"""

import linecache
import os
from functools import lru_cache
from hashlib import sha256
from typing import Any

import triton
import triton.language as tl
from triton.errors import TritonError

OUTSIDE, INSIDE, INSIDE_SUM, NUMERATOR_AND_DENOMINATOR = (tl.constexpr(k) for k in range(4))
COUNT, WEIGHT_SUM, LABELS, NONE = (tl.constexpr(k) for k in range(4))
NO_SELF, SAME, GIVEN = (tl.constexpr(k) for k in range(3))  # where anchors meet their own items
LN2 = tl.constexpr(0.6931471805599453)
LOWEST = tl.constexpr(-1e30)  # a maximum over nothing
SUMS = tl.constexpr(8)  # of an anchor: Z, N, W, P, pull, logarithms, and the shifts of Z and N
INTERPRETED = tl.constexpr(os.environ.get("TRITON_INTERPRET") == "1")


@triton.jit
def reciprocal(x):
    """1 / x, to one unit in the last place on a GPU: one instruction."""
    if INTERPRETED:
        return 1.0 / x
    return tl.inline_asm_elementwise("rcp.approx.ftz.f32 $0, $1;", "=f,f", [x], tl.float32, is_pure=True, pack=1)


@triton.jit
def power(x, y):
    """x ** y as torch has it: NaN for a negative base with a broken exponent."""
    size = tl.exp2(y * tl.log2(tl.abs(x)))
    whole = tl.floor(y) == y
    half = y * 0.5
    negative = tl.where(whole, tl.where(tl.floor(half) == half, size, -size), float("nan"))
    size = tl.where(x < 0.0, negative, size)
    return tl.where((y == 0.0) | (x == 1.0), 1.0, size)


@triton.jit
def fill(x, B: tl.constexpr):
    """Ones: the smallest kernel, which shows whether a machine compiles and runs any."""
    tl.store(x + tl.arange(0, B), tl.full([B], 1.0, dtype=tl.float32))


@lru_cache(maxsize=256)
def compiled(source: str, own: str) -> tuple[Any, Any]:
    """The Triton functions ``weights(m, s, t)`` and ``own(s)`` of a :class:`CountExpression`."""
    return _function("weights(m, s, t)", source), _function("own(s)", own)


def _function(signature: str, source: str) -> Any:
    text = f"@triton.jit\ndef {signature}:\n" + "".join(f"    {line}\n" for line in source.splitlines())
    # Triton reads the source of its functions: this is where inspect finds it
    file = f"<{signature} {sha256(text.encode()).hexdigest()[:16]}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, Any] = {
        "triton": triton, "tl": tl, "power": power, "reciprocal": reciprocal, "__name__": __name__
    }  # fmt: skip
    exec(compile(text, file, "exec"), names)
    return names[signature.split("(")[0]]


__all__ = [
    "COUNT",
    "GIVEN",
    "INSIDE_SUM",
    "INTERPRETED",
    "LABELS",
    "LN2",
    "LOWEST",
    "NONE",
    "NO_SELF",
    "NUMERATOR_AND_DENOMINATOR",
    "OUTSIDE",
    "SAME",
    "SUMS",
    "TritonError",
    "compiled",
    "fill",
    "power",
    "reciprocal",
]
