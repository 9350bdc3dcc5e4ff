"""Triton kernels over single items: before the tiles (:func:`prepare`), between their two passes (:func:`combine`,
:func:`add_up`), and after them (:func:`finish`).
"""

import triton
import triton.language as tl

from mlcl_core.losses.core.fused.functions import (
    COUNT,
    INSIDE_SUM,
    LABELS,
    LN2,
    LOWEST,
    NONE,
    OUTSIDE,
    SUMS,
    WEIGHT_SUM,
)


@triton.jit
def prepare(
    z, y, points, labels, sizes, lengths, n, d, c, min_length,
    UNIT: tl.constexpr, BM: tl.constexpr, BD: tl.constexpr, CP: tl.constexpr,
):  # fmt: skip
    """Embeddings -> points of the operands' type, padded; labels -> bytes, padded; |S|; one over the length."""
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    inside = rows < n
    places = tl.arange(0, BD)
    x = tl.load(z + rows[:, None] * d + places[None, :], mask=inside[:, None] & (places[None, :] < d), other=0.0)
    x = x.to(tl.float32)
    if UNIT:
        # the largest entry first: squares neither overflow nor vanish
        largest = tl.max(tl.abs(x), 1)
        scaled = x / tl.where(largest > 0.0, largest, 1.0)[:, None]
        length = largest * tl.sqrt(tl.sum(scaled * scaled, 1))
        one_over = tl.where(length < min_length, 0.0, 1.0 / tl.where(length > 0.0, length, 1.0))
        tl.store(lengths + rows, one_over, mask=inside)
        x = x * one_over[:, None]
    tl.store(points + rows[:, None] * BD + places[None, :], x.to(points.dtype.element_ty), mask=inside[:, None])
    size = tl.zeros([BM], dtype=tl.int32)
    # items times labels may be beyond the whole numbers of 32 bits
    item = rows.to(tl.int64)[:, None]
    for start in range(0, CP, 32):
        label = start + tl.arange(0, 32)
        carried = tl.load(y + item * c + label[None, :], mask=inside[:, None] & (label[None, :] < c), other=0)
        tl.store(labels + item * CP + label[None, :], carried.to(tl.int8), mask=inside[:, None])
        size += tl.sum(carried.to(tl.int32), 1)
    tl.store(sizes + rows, size.to(tl.float32), mask=inside)


@triton.jit
def merged(total, largest, at, at_largest, inside, SHIFT: tl.constexpr):
    """Add the sum of exponentials that one split of the references left, each with a shift of its own."""
    more = tl.load(at, mask=inside, other=0.0)
    if SHIFT:
        shift = tl.load(at_largest, mask=inside, other=LOWEST)
        best = tl.maximum(largest, shift)
        total = total * tl.exp2(largest - best) + more * tl.exp2(shift - best)
        largest = best
    else:
        total += more
    return total, largest


@triton.jit
def logarithm(total, largest, has, SHIFT: tl.constexpr):
    """A sum, 1 in place of one that does not count, and its logarithm."""
    filled = tl.where(has, total, 1.0)
    out = tl.log2(filled)
    if SHIFT:
        out += tl.where(has, largest, 0.0)
    return filled, out


@triton.jit
def coefficient(W, P, Z, s_row, epsilon, form_scale, PLACEMENT: tl.constexpr, NORMALISE: tl.constexpr):
    """c_i, 0 for an anchor without a loss, and whether it has one."""
    has = (P > 0.0) & (Z > 0.0)
    total = tl.full(W.shape, 1.0, dtype=tl.float32)
    if NORMALISE == COUNT:
        total = P
    if NORMALISE == WEIGHT_SUM:
        total = W
    if NORMALISE == LABELS:
        total = tl.maximum(s_row, 1.0)
    if NORMALISE == WEIGHT_SUM or PLACEMENT == INSIDE_SUM:
        has = has & (W > 0.0)
    if NORMALISE != NONE:
        total += epsilon
    return tl.where(has, form_scale / tl.where(has, total, 1.0), 0.0), has


@triton.jit
def combine(
    sizes, partial, value, factors, has_out, n, splits, epsilon, form_scale,
    OWN: tl.constexpr, PLACEMENT: tl.constexpr, NORMALISE: tl.constexpr, SHIFT: tl.constexpr, OWNED: tl.constexpr,
    BM: tl.constexpr,
):  # fmt: skip
    """Value L_i, and the factors of an anchor's pairs: c_i, a_i = c_i omega_i / Z_i, d_i = c_i / N_i, both shifts."""
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    inside = rows < n
    s_row = tl.load(sizes + rows, mask=inside, other=0.0)
    Z = tl.zeros([BM], dtype=tl.float32)
    N, W, P, PULL, LOGS = Z, Z, Z, Z, Z
    MAX = tl.full([BM], LOWEST, dtype=tl.float32)
    MAXN = MAX
    for q in range(splits):
        at = partial + q * SUMS * n + rows
        Z, MAX = merged(Z, MAX, at, at + 6 * n, inside, SHIFT)
        if PLACEMENT == INSIDE_SUM:
            N, MAXN = merged(N, MAXN, at + n, at + 7 * n, inside, SHIFT)
        else:
            PULL += tl.load(at + 4 * n, mask=inside, other=0.0)
            LOGS += tl.load(at + 5 * n, mask=inside, other=0.0)
        W += tl.load(at + 2 * n, mask=inside, other=0.0)
        P += tl.load(at + 3 * n, mask=inside, other=0.0)
    c, has = coefficient(W, P, Z, s_row, epsilon, form_scale, PLACEMENT, NORMALISE)
    filled, log_z = logarithm(Z, MAX, has, SHIFT)
    if PLACEMENT == INSIDE_SUM:
        filled_n, log_n = logarithm(N, MAXN, has, SHIFT)
        out = log_z - log_n
        a = c / filled
        d = c / filled_n
        if OWNED:
            d = d * OWN(s_row)
        tl.store(factors + 2 * n + rows, d, mask=inside)
    else:
        omega = W if PLACEMENT == OUTSIDE else P
        out = omega * log_z - PULL
        if PLACEMENT != OUTSIDE:
            out -= LOGS
        a = c * omega / filled
    tl.store(value + rows, tl.where(has, c * out * LN2, 0.0), mask=inside)
    tl.store(has_out + rows, has.to(tl.int32), mask=inside)
    if OWNED and PLACEMENT == OUTSIDE:
        c = c * OWN(s_row)
    tl.store(factors + rows, c, mask=inside)
    tl.store(factors + n + rows, a, mask=inside)
    if SHIFT:
        # an anchor without a loss: its exponentials are 0
        tl.store(factors + 3 * n + rows, tl.where(has, MAX, -LOWEST), mask=inside)
        tl.store(factors + 4 * n + rows, tl.where(has, MAXN, -LOWEST), mask=inside)


@triton.jit
def add_up(value, has, total, count, n, B: tl.constexpr):
    """Sum of the values and number of anchors with a positive, in one order always."""
    v, h = tl.zeros([B], dtype=tl.float32), tl.zeros([B], dtype=tl.int32)
    for start in range(0, n, B):
        at = start + tl.arange(0, B)
        v += tl.load(value + at, mask=at < n, other=0.0)
        h += tl.load(has + at, mask=at < n, other=0)
    tl.store(total, tl.sum(v, 0))
    tl.store(count, tl.sum(h, 0).to(tl.int64))


@triton.jit
def finish(
    z, lengths, partial, grad, n, d, splits, inverse_temperature,
    UNIT: tl.constexpr, BM: tl.constexpr, BD: tl.constexpr,
):  # fmt: skip
    """Shares of the gradient -> gradient of the embeddings as they came, through their normalisation."""
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    inside = rows < n
    places = tl.arange(0, BD)
    g = tl.zeros([BM, BD], dtype=tl.float32)
    for q in range(splits):
        g += tl.load(partial + q * n * BD + rows[:, None] * BD + places[None, :], mask=inside[:, None], other=0.0)
    g = g * inverse_temperature
    at, known = rows[:, None] * d + places[None, :], inside[:, None] & (places[None, :] < d)
    if UNIT:
        one_over = tl.load(lengths + rows, mask=inside, other=0.0)[:, None]
        u = tl.load(z + at, mask=known, other=0.0).to(tl.float32) * one_over
        g = (g - tl.sum(g * u, 1)[:, None] * u) * one_over
    tl.store(grad + at, g.to(grad.dtype.element_ty), mask=known)
