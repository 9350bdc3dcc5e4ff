"""Triton kernel of the gradient of the weighted softmax loss for anchors against references of their own.

:func:`one_way_gradient` computes the gradient of the anchors, and with the sides exchanged that of the references: a
pair acts in one role. Letters as in square_kernels.py.
"""

import triton
import triton.language as tl

from mlcl_core.losses.core.fused.functions import INSIDE_SUM, NUMERATOR_AND_DENOMINATOR, OUTSIDE, reciprocal
from mlcl_core.losses.core.fused.tiles import (
    numbers_of_anchors,
    of_items,
    own_columns,
    own_labels,
    share_of_columns,
    shared_labels,
    tiles_with_own,
)


@triton.jit
def pair_force(
    s, shared, size, other_size, c, a, d, largest, largest_n,
    WEIGHTS: tl.constexpr, OWN: tl.constexpr, PLACEMENT: tl.constexpr, COMPETES: tl.constexpr, FRACTION: tl.constexpr,
    OWNED: tl.constexpr, SHIFT: tl.constexpr,
):  # fmt: skip
    """dL_i / ds_ij of the pairs of a tile; the anchors' numbers lie along its rows, or along its columns."""
    w, below, p, b = WEIGHTS(shared, size, other_size)
    if PLACEMENT == NUMERATOR_AND_DENOMINATOR:
        if FRACTION:
            w = w * reciprocal(below)
        if OWNED:
            w = w * OWN(size)
        b = tl.where(p > 0.0, w, b)
    if SHIFT:
        e = tl.exp2(tl.minimum(s - largest, 1.0))
    else:
        e = tl.exp2(s)
    if COMPETES or PLACEMENT == NUMERATOR_AND_DENOMINATOR:
        force = e * (a * b)
    else:
        force = e * a
    if PLACEMENT == OUTSIDE or PLACEMENT == INSIDE_SUM:  # noqa: SIM109 (Triton knows no tuples here)
        pull = w * (c if PLACEMENT == OUTSIDE else d)
        if FRACTION:
            pull = pull * reciprocal(below)
        if PLACEMENT == INSIDE_SUM:
            # last: one over a small sum times a large exponential would overflow, also where the weight is 0
            pull = pull * (tl.exp2(tl.minimum(s - largest_n, 1.0)) if SHIFT else e)
        return force - pull
    return force - c * p


@triton.jit
def one_way_step(
    labels, other_points, other_labels, other_sizes, factors, z_row, y_a, y_b, s_row, c_row, a_row, d_row, max_row,
    maxn_row, rows, own, j, n, m, scale, acc,
    ANCHORS: tl.constexpr, WEIGHTS: tl.constexpr, OWN: tl.constexpr, PLACEMENT: tl.constexpr, COMPETES: tl.constexpr,
    FRACTION: tl.constexpr, OWNED: tl.constexpr, SHIFT: tl.constexpr, PRECISION: tl.constexpr, BN: tl.constexpr,
    BD: tl.constexpr, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """Add what one tile of the other side does to the gradient of a tile of rows."""
    cols = j * BN + tl.arange(0, BN)
    at = other_points + cols[:, None] * BD + tl.arange(0, BD)[None, :]
    z_col = tl.load(at, mask=cols[:, None] < m, other=0.0) if MASKED else tl.load(at)
    s = tl.dot(z_row, tl.trans(z_col), input_precision=PRECISION) * scale
    shared = shared_labels(labels, other_labels, y_a, y_b, rows, cols, n, m, CP, CA, CB, MASKED)
    if ANCHORS:
        t_col = of_items(other_sizes, cols, m, MASKED)
        force = pair_force(
            s, shared, s_row[:, None], t_col[None, :], c_row[:, None], a_row[:, None], d_row[:, None],
            max_row[:, None], maxn_row[:, None], WEIGHTS, OWN, PLACEMENT, COMPETES, FRACTION, OWNED, SHIFT,
        )  # fmt: skip
    else:
        size, c, a, d, largest, largest_n = numbers_of_anchors(other_sizes, factors, cols, m, PLACEMENT, SHIFT)
        force = pair_force(
            s, shared, size[None, :], s_row[:, None], c[None, :], a[None, :], d[None, :], largest[None, :],
            largest_n[None, :], WEIGHTS, OWN, PLACEMENT, COMPETES, FRACTION, OWNED, SHIFT,
        )  # fmt: skip
    if MASKED:
        force = tl.where((own[:, None] != cols[None, :]) & (cols[None, :] < m), force, 0.0)
    return tl.dot(force.to(z_col.dtype), z_col, acc, input_precision=PRECISION)


@triton.jit
def one_way_gradient(
    points, labels, sizes, other_points, other_labels, other_sizes, own_index, factors, partial, n, m, splits, scale,
    ANCHORS: tl.constexpr, SELF: tl.constexpr, WEIGHTS: tl.constexpr, OWN: tl.constexpr, PLACEMENT: tl.constexpr,
    COMPETES: tl.constexpr, FRACTION: tl.constexpr, OWNED: tl.constexpr, SHIFT: tl.constexpr, PRECISION: tl.constexpr,
    BM: tl.constexpr, BN: tl.constexpr, BD: tl.constexpr, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr,
):  # fmt: skip
    """Gradient of the summed loss by a tile of n points, times the temperature, over a share of the m others.

    ``ANCHORS``: the n points are the anchors and the m the references; else the other way round.
    """
    i, q = tl.program_id(0), tl.program_id(1)
    rows = i * BM + tl.arange(0, BM)
    inside = rows < n
    places = rows[:, None] * BD + tl.arange(0, BD)[None, :]
    z_row = tl.load(points + places, mask=inside[:, None], other=0.0)
    if ANCHORS:
        s_row, c_row, a_row, d_row, max_row, maxn_row = numbers_of_anchors(sizes, factors, rows, n, PLACEMENT, SHIFT)
    else:
        s_row = tl.load(sizes + rows, mask=inside, other=0.0)
        c_row, a_row, d_row, max_row, maxn_row = s_row, s_row, s_row, s_row, s_row
    y_a, y_b = own_labels(labels, rows, n, CP, CA, CB)
    acc = tl.zeros([BM, BD], dtype=tl.float32)
    own = own_columns(own_index, rows, n, SELF)
    first, last = tiles_with_own(own, m, BN)
    low, high, masked_low, masked_high, full = share_of_columns(first, last, q, m, splits, BN)
    for k in range(low, high):
        j = tl.where(k < first, k, k - first + last)
        acc = one_way_step(
            labels, other_points, other_labels, other_sizes, factors, z_row, y_a, y_b, s_row, c_row, a_row, d_row,
            max_row, maxn_row, rows, own, j, n, m, scale, acc, ANCHORS, WEIGHTS, OWN, PLACEMENT, COMPETES, FRACTION,
            OWNED, SHIFT, PRECISION, BN, BD, CP, CA, CB, False,
        )  # fmt: skip
    for k in range(masked_low, masked_high):
        j = tl.where(k < last - first, first + k, full)
        acc = one_way_step(
            labels, other_points, other_labels, other_sizes, factors, z_row, y_a, y_b, s_row, c_row, a_row, d_row,
            max_row, maxn_row, rows, own, j, n, m, scale, acc, ANCHORS, WEIGHTS, OWN, PLACEMENT, COMPETES, FRACTION,
            OWNED, SHIFT, PRECISION, BN, BD, CP, CA, CB, True,
        )  # fmt: skip
    tl.store(partial + q * n * BD + places, acc, mask=inside[:, None])
