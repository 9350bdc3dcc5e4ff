"""Triton kernels of the gradient of the weighted softmax loss for a batch against itself.

Five launches in all: ``prepare`` (unit vectors, labels as bytes), ``sums`` (tiles x splits of the references),
``combine`` (values and coefficients of the anchors), :func:`gradient` (tiles x splits), ``finish`` (gradient of the
embeddings as they came). Letters as in kernel.py, exponents in base 2: s is the cosine times log2(e) / temperature.
"""

import triton
import triton.language as tl

from mlcl_core.losses.core.fused.functions import INSIDE_SUM, NUMERATOR_AND_DENOMINATOR, OUTSIDE, reciprocal
from mlcl_core.losses.core.fused.tiles import (
    numbers_of_anchors,
    of_items,
    own_labels,
    share_of_columns,
    shared_labels,
)


@triton.jit
def pull_of_positives(
    factors, cols, n, s, e, w, w_back, below, below_back, c_row, d_row, maxn_row,
    PLACEMENT: tl.constexpr, FRACTION: tl.constexpr, SYMMETRIC: tl.constexpr, SHIFT: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """What draws a pair together, in both roles: the weights times the factors of their anchors."""
    if PLACEMENT == OUTSIDE:
        row, col = c_row[:, None], of_items(factors, cols, n, MASKED)[None, :]
    else:
        row, col = d_row[:, None], of_items(factors + 2 * n, cols, n, MASKED)[None, :]
        if SHIFT:
            maxn_col = tl.load(factors + 4 * n + cols, mask=cols < n, other=1e30)
            row = row * tl.exp2(tl.minimum(s - maxn_row[:, None], 1.0))
            col = col * tl.exp2(tl.minimum(s - maxn_col[None, :], 1.0))
    if FRACTION:
        # one division for both
        row = row * below_back
        col = col * below
    if SYMMETRIC:
        pull = w * (row + col)
    else:
        pull = row * w + col * w_back
    if FRACTION:
        pull = pull * reciprocal(below * below_back)
    if PLACEMENT == INSIDE_SUM and not SHIFT:
        # last: one over a small sum times a large exponential would overflow, also where the weight is 0
        pull = pull * e
    return pull


@triton.jit
def gradient_step(
    points, labels, sizes, factors, z_row, y_a, y_b, s_row, c_row, a_row, d_row, max_row, maxn_row, rows, j, n, scale,
    acc,
    WEIGHTS: tl.constexpr, OWN: tl.constexpr, PLACEMENT: tl.constexpr, COMPETES: tl.constexpr, FRACTION: tl.constexpr,
    OWNED: tl.constexpr, SYMMETRIC: tl.constexpr, SHIFT: tl.constexpr, PRECISION: tl.constexpr, BN: tl.constexpr,
    BD: tl.constexpr, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """Add what one tile of other items does to the gradient of a tile of items, in both roles of each pair."""
    cols = j * BN + tl.arange(0, BN)
    at = points + cols[:, None] * BD + tl.arange(0, BD)[None, :]
    z_col = tl.load(at, mask=cols[:, None] < n, other=0.0) if MASKED else tl.load(at)
    t_col = of_items(sizes, cols, n, MASKED)
    a_col = of_items(factors + n, cols, n, MASKED)
    s = tl.dot(z_row, tl.trans(z_col), input_precision=PRECISION) * scale
    m = shared_labels(labels, labels, y_a, y_b, rows, cols, n, n, CP, CA, CB, MASKED)
    w, below, p, b = WEIGHTS(m, s_row[:, None], t_col[None, :])
    w_back, below_back, p_back, b_back = WEIGHTS(m, t_col[None, :], s_row[:, None])
    if PLACEMENT == NUMERATOR_AND_DENOMINATOR:
        if FRACTION:
            w = w * reciprocal(below)
            w_back = w_back * reciprocal(below_back)
        if OWNED:
            w = w * OWN(s_row)[:, None]
            w_back = w_back * OWN(t_col)[None, :]
        b = tl.where(p > 0.0, w, b)
        b_back = tl.where(p_back > 0.0, w_back, b_back)
    WEIGHED: tl.constexpr = COMPETES or PLACEMENT == NUMERATOR_AND_DENOMINATOR
    if SHIFT:
        max_col = tl.load(factors + 3 * n + cols, mask=cols < n, other=1e30)
        e = tl.exp2(tl.minimum(s - max_row[:, None], 1.0)) * a_row[:, None]
        e_back = tl.exp2(tl.minimum(s - max_col[None, :], 1.0)) * a_col[None, :]
        if WEIGHED:
            force = e * b + e_back * b_back
        else:
            force = e + e_back
    else:
        e = tl.exp2(s)
        if WEIGHED:
            force = e * (a_row[:, None] * b + a_col[None, :] * b_back)
        else:
            force = e * (a_row[:, None] + a_col[None, :])
    if PLACEMENT == OUTSIDE or PLACEMENT == INSIDE_SUM:  # noqa: SIM109 (Triton knows no tuples here)
        force -= pull_of_positives(
            factors, cols, n, s, e, w, w_back, below, below_back, c_row, d_row, maxn_row, PLACEMENT, FRACTION,
            SYMMETRIC, SHIFT, MASKED,
        )  # fmt: skip
    else:
        force -= c_row[:, None] * p + of_items(factors, cols, n, MASKED)[None, :] * p_back
    if MASKED:
        force = tl.where((rows[:, None] != cols[None, :]) & (cols[None, :] < n), force, 0.0)
    return tl.dot(force.to(z_col.dtype), z_col, acc, input_precision=PRECISION)


@triton.jit
def gradient(
    points, labels, sizes, factors, partial, n, splits, scale,
    WEIGHTS: tl.constexpr, OWN: tl.constexpr, PLACEMENT: tl.constexpr, COMPETES: tl.constexpr, FRACTION: tl.constexpr,
    OWNED: tl.constexpr, SYMMETRIC: tl.constexpr, SHIFT: tl.constexpr, PRECISION: tl.constexpr, BM: tl.constexpr,
    BN: tl.constexpr, BD: tl.constexpr, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr,
):  # fmt: skip
    """Gradient of the summed loss by the cosines' points, times the temperature, over a share of the other items."""
    i, q = tl.program_id(0), tl.program_id(1)
    rows = i * BM + tl.arange(0, BM)
    inside = rows < n
    places = rows[:, None] * BD + tl.arange(0, BD)[None, :]
    z_row = tl.load(points + places, mask=inside[:, None], other=0.0)
    s_row, c_row, a_row, d_row, max_row, maxn_row = numbers_of_anchors(sizes, factors, rows, n, PLACEMENT, SHIFT)
    y_a, y_b = own_labels(labels, rows, n, CP, CA, CB)
    acc = tl.zeros([BM, BD], dtype=tl.float32)
    first, last = (i * BM) // BN, tl.minimum(tl.cdiv((i + 1) * BM, BN), tl.cdiv(n, BN))
    low, high, masked_low, masked_high, full = share_of_columns(first, last, q, n, splits, BN)
    for k in range(low, high):
        j = tl.where(k < first, k, k - first + last)
        acc = gradient_step(
            points, labels, sizes, factors, z_row, y_a, y_b, s_row, c_row, a_row, d_row, max_row, maxn_row, rows, j, n,
            scale, acc, WEIGHTS, OWN, PLACEMENT, COMPETES, FRACTION, OWNED, SYMMETRIC, SHIFT, PRECISION, BN, BD, CP, CA,
            CB, False,
        )  # fmt: skip
    for k in range(masked_low, masked_high):
        j = tl.where(k < last - first, first + k, full)
        acc = gradient_step(
            points, labels, sizes, factors, z_row, y_a, y_b, s_row, c_row, a_row, d_row, max_row, maxn_row, rows, j, n,
            scale, acc, WEIGHTS, OWN, PLACEMENT, COMPETES, FRACTION, OWNED, SYMMETRIC, SHIFT, PRECISION, BN, BD, CP, CA,
            CB, True,
        )  # fmt: skip
    tl.store(partial + q * n * BD + places, acc, mask=inside[:, None])
