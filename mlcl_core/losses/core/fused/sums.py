"""Triton kernel of the sums of each anchor over its references, which may be the anchors themselves.

Letters as in kernel.py, exponents in base 2: s is the cosine times log2(e) / temperature.
"""

import triton
import triton.language as tl

from mlcl_core.losses.core.fused.functions import (
    INSIDE_SUM,
    LOWEST,
    NUMERATOR_AND_DENOMINATOR,
    OUTSIDE,
    SUMS,
    reciprocal,
)
from mlcl_core.losses.core.fused.tiles import (
    of_items,
    own_columns,
    own_labels,
    share_of_columns,
    shared_labels,
    tiles_with_own,
)


@triton.jit
def add_shifted(s, weight, total, largest):
    """Add a tile to sums of weight exp2(s) over ``largest``, which becomes the largest s of a weight above 0."""
    best = tl.maximum(largest, tl.max(tl.where(weight > 0.0, s, LOWEST), 1))
    e = tl.where(weight > 0.0, tl.exp2(tl.minimum(s - best[:, None], 1.0)), 0.0)
    return total * tl.exp2(largest - best) + tl.sum(weight * e, 1), best


@triton.jit
def sums_step(
    other_points, labels, other_labels, other_sizes, z_row, y_a, y_b, s_row, own_row, rows, own, j, n, m, scale,
    Z, N, W, P, PULL, LOGS, MAX, MAXN,
    WEIGHTS: tl.constexpr, PLACEMENT: tl.constexpr, COMPETES: tl.constexpr, FRACTION: tl.constexpr, OWNED: tl.constexpr,
    SHIFT: tl.constexpr, PRECISION: tl.constexpr, BN: tl.constexpr, BD: tl.constexpr, CP: tl.constexpr,
    CA: tl.constexpr, CB: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """Add one tile of references to the sums of the anchors."""
    cols = j * BN + tl.arange(0, BN)
    at = other_points + cols[:, None] * BD + tl.arange(0, BD)[None, :]
    z_col = tl.load(at, mask=cols[:, None] < m, other=0.0) if MASKED else tl.load(at)
    t_col = of_items(other_sizes, cols, m, MASKED)
    s = tl.dot(z_row, tl.trans(z_col), input_precision=PRECISION) * scale
    shared = shared_labels(labels, other_labels, y_a, y_b, rows, cols, n, m, CP, CA, CB, MASKED)
    w, below, p, b = WEIGHTS(shared, s_row[:, None], t_col[None, :])
    if FRACTION:
        w = w * reciprocal(below)
    if OWNED and PLACEMENT != OUTSIDE:
        w = w * own_row[:, None]
    if MASKED:
        valid = (own[:, None] != cols[None, :]) & (cols[None, :] < m)
        w = tl.where(valid, w, 0.0)
        p = tl.where(valid, p, 0.0)
        if COMPETES:
            b = tl.where(valid, b, 0.0)
        else:
            b = tl.where(valid, 1.0, 0.0)
    if PLACEMENT == NUMERATOR_AND_DENOMINATOR:
        b = tl.where(p > 0.0, w, b)
    WEIGHED: tl.constexpr = COMPETES or MASKED or PLACEMENT == NUMERATOR_AND_DENOMINATOR
    if SHIFT:
        Z, MAX = add_shifted(s, b, Z, MAX)
        if PLACEMENT == INSIDE_SUM:
            N, MAXN = add_shifted(s, w, N, MAXN)
    else:
        e = tl.exp2(s)
        if WEIGHED:
            Z += tl.sum(b * e, 1)
        else:
            Z += tl.sum(e, 1)
        if PLACEMENT == INSIDE_SUM:
            N += tl.sum(w * e, 1)
    W += tl.sum(w, 1)
    P += tl.sum(p, 1)
    if PLACEMENT == OUTSIDE:
        PULL += tl.sum(w * s, 1)
    elif PLACEMENT != INSIDE_SUM:
        PULL += tl.sum(p * s, 1)
        LOGS += tl.sum(tl.where(p > 0.0, tl.log2(w), 0.0), 1)
    return Z, N, W, P, PULL, LOGS, MAX, MAXN


@triton.jit
def sums(
    points, labels, sizes, other_points, other_labels, other_sizes, own_index, partial, n, m, splits, scale,
    SELF: tl.constexpr, WEIGHTS: tl.constexpr, OWN: tl.constexpr, PLACEMENT: tl.constexpr, COMPETES: tl.constexpr,
    FRACTION: tl.constexpr, OWNED: tl.constexpr, SHIFT: tl.constexpr, PRECISION: tl.constexpr, BM: tl.constexpr,
    BN: tl.constexpr, BD: tl.constexpr, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr,
):  # fmt: skip
    """Sums of a tile of anchors over a share of the references."""
    i, q = tl.program_id(0), tl.program_id(1)
    rows = i * BM + tl.arange(0, BM)
    inside = rows < n
    z_row = tl.load(points + rows[:, None] * BD + tl.arange(0, BD)[None, :], mask=inside[:, None], other=0.0)
    s_row = tl.load(sizes + rows, mask=inside, other=0.0)
    own_row = OWN(s_row)
    y_a, y_b = own_labels(labels, rows, n, CP, CA, CB)
    Z = tl.zeros([BM], dtype=tl.float32)
    N, W, P, PULL, LOGS = Z, Z, Z, Z, Z
    MAX = tl.full([BM], LOWEST, dtype=tl.float32)
    MAXN = MAX
    own = own_columns(own_index, rows, n, SELF)
    first, last = tiles_with_own(own, m, BN)
    low, high, masked_low, masked_high, full = share_of_columns(first, last, q, m, splits, BN)
    for k in range(low, high):
        j = tl.where(k < first, k, k - first + last)
        Z, N, W, P, PULL, LOGS, MAX, MAXN = sums_step(
            other_points, labels, other_labels, other_sizes, z_row, y_a, y_b, s_row, own_row, rows, own, j, n, m, scale,
            Z, N, W, P, PULL, LOGS, MAX, MAXN, WEIGHTS, PLACEMENT, COMPETES, FRACTION, OWNED, SHIFT, PRECISION, BN, BD,
            CP, CA, CB, False,
        )  # fmt: skip
    for k in range(masked_low, masked_high):
        j = tl.where(k < last - first, first + k, full)
        Z, N, W, P, PULL, LOGS, MAX, MAXN = sums_step(
            other_points, labels, other_labels, other_sizes, z_row, y_a, y_b, s_row, own_row, rows, own, j, n, m, scale,
            Z, N, W, P, PULL, LOGS, MAX, MAXN, WEIGHTS, PLACEMENT, COMPETES, FRACTION, OWNED, SHIFT, PRECISION, BN, BD,
            CP, CA, CB, True,
        )  # fmt: skip
    if OWNED and PLACEMENT == OUTSIDE:
        W = W * own_row
        PULL = PULL * own_row
    at = partial + q * SUMS * n + rows
    tl.store(at, Z, mask=inside)
    tl.store(at + 2 * n, W, mask=inside)
    tl.store(at + 3 * n, P, mask=inside)
    if PLACEMENT == INSIDE_SUM:
        tl.store(at + n, N, mask=inside)
    else:
        tl.store(at + 4 * n, PULL, mask=inside)
        tl.store(at + 5 * n, LOGS, mask=inside)
    if SHIFT:
        tl.store(at + 6 * n, MAX, mask=inside)
        tl.store(at + 7 * n, MAXN, mask=inside)
