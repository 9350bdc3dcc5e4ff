"""Triton kernels of the weighted softmax loss for a batch against itself: sums of each anchor, then the gradient.

Five launches: :func:`prepare` (unit vectors, labels as bytes), :func:`sums` (tiles x splits of the references),
:func:`combine` (values and coefficients of the anchors), :func:`gradient` (tiles x splits), :func:`finish` (gradient of
the embeddings as they came). Letters as in kernel.py, exponents in base 2: s is the cosine times log2(e) / temperature.

Importing this module imports Triton, which reads TRITON_INTERPRET then.
"""

import linecache
import os
from functools import lru_cache
from hashlib import sha256
from typing import Any

import triton
import triton.language as tl

OUTSIDE, INSIDE, INSIDE_SUM, NUMERATOR_AND_DENOMINATOR = (tl.constexpr(k) for k in range(4))
COUNT, WEIGHT_SUM, LABELS, NONE = (tl.constexpr(k) for k in range(4))
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
    for start in range(0, CP, 32):
        label = start + tl.arange(0, 32)
        carried = tl.load(y + rows[:, None] * c + label[None, :], mask=inside[:, None] & (label[None, :] < c), other=0)
        tl.store(labels + rows[:, None] * CP + label[None, :], carried.to(tl.int8), mask=inside[:, None])
        size += tl.sum(carried.to(tl.int32), 1)
    tl.store(sizes + rows, size.to(tl.float32), mask=inside)


@triton.jit
def shared_labels(
    labels, y_a, y_b, rows, cols, n, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr, MASKED: tl.constexpr
):
    """m of a tile. ``y_a`` and ``y_b`` hold the anchors' labels where they fit; else both sides are read in chunks."""
    if CA + CB == CP:
        at = labels + cols[:, None] * CP + tl.arange(0, CA)[None, :]
        other = tl.load(at, mask=cols[:, None] < n, other=0) if MASKED else tl.load(at)
        m = tl.dot(y_a, tl.trans(other), out_dtype=tl.int32)
        if CB > 0:
            at = labels + cols[:, None] * CP + CA + tl.arange(0, CB)[None, :]
            other = tl.load(at, mask=cols[:, None] < n, other=0) if MASKED else tl.load(at)
            m = tl.dot(y_b, tl.trans(other), m, out_dtype=tl.int32)
    else:
        m = tl.zeros([rows.shape[0], cols.shape[0]], dtype=tl.int32)
        for start in range(0, CP, CA):
            places = start + tl.arange(0, CA)[None, :]
            own = tl.load(labels + rows[:, None] * CP + places, mask=rows[:, None] < n, other=0)
            other = tl.load(labels + cols[:, None] * CP + places, mask=cols[:, None] < n, other=0)
            m = tl.dot(own, tl.trans(other), m, out_dtype=tl.int32)
    return m.to(tl.float32)


@triton.jit
def own_labels(labels, rows, n, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr):
    """The anchors' labels in one or two blocks; with chunks the blocks are not used."""
    y_a = tl.load(labels + rows[:, None] * CP + tl.arange(0, CA)[None, :], mask=rows[:, None] < n, other=0)
    y_b = y_a
    if CB > 0:
        y_b = tl.load(labels + rows[:, None] * CP + CA + tl.arange(0, CB)[None, :], mask=rows[:, None] < n, other=0)
    return y_a, y_b


@triton.jit
def share_of_tiles(i, q, n, splits, BM: tl.constexpr, BN: tl.constexpr):
    """Tiles of references for split ``q`` of the tile ``i`` of anchors.

    Positions ``low`` to ``high`` among those without a mask (those before ``first``, then those from ``last`` on), and
    for the last split ``masked`` ones: where the anchors meet themselves, and the tile that n cuts (``full``).
    """
    tiles, full = tl.cdiv(n, BN), n // BN
    first, last = (i * BM) // BN, tl.minimum(tl.cdiv((i + 1) * BM, BN), tiles)
    plain = tl.minimum(first, full) + tl.maximum(full - last, 0)
    masked = tl.where(q == splits - 1, last - first + tl.where(last < tiles, tiles - full, 0), 0)
    return plain * q // splits, plain * (q + 1) // splits, first, last, full, masked


@triton.jit
def sums_step(
    points, labels, sizes, z_row, y_a, y_b, s_row, own_row, rows, j, n, scale, Z, N, W, P, PULL, LOGS, MAX, MAXN,
    WEIGHTS: tl.constexpr, PLACEMENT: tl.constexpr, COMPETES: tl.constexpr, FRACTION: tl.constexpr, OWNED: tl.constexpr,
    SHIFT: tl.constexpr, PRECISION: tl.constexpr, BN: tl.constexpr, BD: tl.constexpr, CP: tl.constexpr,
    CA: tl.constexpr, CB: tl.constexpr, MASKED: tl.constexpr,
):  # fmt: skip
    """Add one tile of references to the sums of the anchors."""
    cols = j * BN + tl.arange(0, BN)
    at = points + cols[:, None] * BD + tl.arange(0, BD)[None, :]
    z_col = tl.load(at, mask=cols[:, None] < n, other=0.0) if MASKED else tl.load(at)
    t_col = tl.load(sizes + cols, mask=cols < n, other=0.0) if MASKED else tl.load(sizes + cols)
    s = tl.dot(z_row, tl.trans(z_col), input_precision=PRECISION) * scale
    m = shared_labels(labels, y_a, y_b, rows, cols, n, CP, CA, CB, MASKED)
    w, below, p, b = WEIGHTS(m, s_row[:, None], t_col[None, :])
    if FRACTION:
        w = w * reciprocal(below)
    if OWNED and PLACEMENT != OUTSIDE:
        w = w * own_row[:, None]
    if MASKED:
        valid = (rows[:, None] != cols[None, :]) & (cols[None, :] < n)
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
        best = tl.maximum(MAX, tl.max(tl.where(b > 0.0, s, LOWEST), 1))
        e = tl.where(b > 0.0, tl.exp2(tl.minimum(s - best[:, None], 1.0)), 0.0)
        Z = Z * tl.exp2(MAX - best) + tl.sum(b * e, 1)
        MAX = best
        if PLACEMENT == INSIDE_SUM:
            best = tl.maximum(MAXN, tl.max(tl.where(w > 0.0, s, LOWEST), 1))
            e = tl.where(w > 0.0, tl.exp2(tl.minimum(s - best[:, None], 1.0)), 0.0)
            N = N * tl.exp2(MAXN - best) + tl.sum(w * e, 1)
            MAXN = best
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
    points, labels, sizes, partial, n, splits, scale,
    WEIGHTS: tl.constexpr, OWN: tl.constexpr, PLACEMENT: tl.constexpr, COMPETES: tl.constexpr, FRACTION: tl.constexpr,
    OWNED: tl.constexpr, SHIFT: tl.constexpr, PRECISION: tl.constexpr, BM: tl.constexpr, BN: tl.constexpr,
    BD: tl.constexpr, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr,
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
    low, high, first, last, full, masked = share_of_tiles(i, q, n, splits, BM, BN)
    for k in range(low, high):
        j = tl.where(k < first, k, k - first + last)
        Z, N, W, P, PULL, LOGS, MAX, MAXN = sums_step(
            points, labels, sizes, z_row, y_a, y_b, s_row, own_row, rows, j, n, scale, Z, N, W, P, PULL, LOGS, MAX,
            MAXN, WEIGHTS, PLACEMENT, COMPETES, FRACTION, OWNED, SHIFT, PRECISION, BN, BD, CP, CA, CB, False,
        )  # fmt: skip
    for k in range(masked):
        j = tl.where(k < last - first, first + k, full)
        Z, N, W, P, PULL, LOGS, MAX, MAXN = sums_step(
            points, labels, sizes, z_row, y_a, y_b, s_row, own_row, rows, j, n, scale, Z, N, W, P, PULL, LOGS, MAX,
            MAXN, WEIGHTS, PLACEMENT, COMPETES, FRACTION, OWNED, SHIFT, PRECISION, BN, BD, CP, CA, CB, True,
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
        z = tl.load(at, mask=inside, other=0.0)
        if SHIFT:
            shift = tl.load(at + 6 * n, mask=inside, other=LOWEST)
            best = tl.maximum(MAX, shift)
            Z = Z * tl.exp2(MAX - best) + z * tl.exp2(shift - best)
            MAX = best
        else:
            Z += z
        if PLACEMENT == INSIDE_SUM:
            z = tl.load(at + n, mask=inside, other=0.0)
            if SHIFT:
                shift = tl.load(at + 7 * n, mask=inside, other=LOWEST)
                best = tl.maximum(MAXN, shift)
                N = N * tl.exp2(MAXN - best) + z * tl.exp2(shift - best)
                MAXN = best
            else:
                N += z
        else:
            PULL += tl.load(at + 4 * n, mask=inside, other=0.0)
            LOGS += tl.load(at + 5 * n, mask=inside, other=0.0)
        W += tl.load(at + 2 * n, mask=inside, other=0.0)
        P += tl.load(at + 3 * n, mask=inside, other=0.0)
    has = (P > 0.0) & (Z > 0.0)
    total = tl.full([BM], 1.0, dtype=tl.float32)
    if NORMALISE == COUNT:
        total = P
    if NORMALISE == WEIGHT_SUM:
        total = W
        has = has & (W > 0.0)
    if NORMALISE == LABELS:
        total = tl.maximum(s_row, 1.0)
    if PLACEMENT == INSIDE_SUM:
        has = has & (W > 0.0)
    if NORMALISE != NONE:
        total += epsilon
    c = tl.where(has, form_scale / tl.where(has, total, 1.0), 0.0)
    filled = tl.where(has, Z, 1.0)
    log_z = tl.log2(filled)
    if SHIFT:
        log_z += tl.where(has, MAX, 0.0)
    if PLACEMENT == INSIDE_SUM:
        filled_n = tl.where(has, N, 1.0)
        log_n = tl.log2(filled_n)
        if SHIFT:
            log_n += tl.where(has, MAXN, 0.0)
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
    t_col = tl.load(sizes + cols, mask=cols < n, other=0.0) if MASKED else tl.load(sizes + cols)
    a_col = tl.load(factors + n + cols, mask=cols < n, other=0.0) if MASKED else tl.load(factors + n + cols)
    s = tl.dot(z_row, tl.trans(z_col), input_precision=PRECISION) * scale
    m = shared_labels(labels, y_a, y_b, rows, cols, n, CP, CA, CB, MASKED)
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
    # pull of the positives: weights with the factor of their anchor
    if PLACEMENT == OUTSIDE or PLACEMENT == INSIDE_SUM:  # noqa: SIM109 (Triton knows no tuples here)
        if PLACEMENT == OUTSIDE:
            f_row, at_col = c_row, factors + cols
        else:
            f_row, at_col = d_row, factors + 2 * n + cols
        f_col = tl.load(at_col, mask=cols < n, other=0.0) if MASKED else tl.load(at_col)
        row, col = f_row[:, None], f_col[None, :]
        if PLACEMENT == INSIDE_SUM:
            if SHIFT:
                maxn_col = tl.load(factors + 4 * n + cols, mask=cols < n, other=1e30)
                row = row * tl.exp2(tl.minimum(s - maxn_row[:, None], 1.0))
                col = col * tl.exp2(tl.minimum(s - maxn_col[None, :], 1.0))
            else:
                row = row * e
                col = col * e
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
        force -= pull
    else:
        c_col = tl.load(factors + cols, mask=cols < n, other=0.0) if MASKED else tl.load(factors + cols)
        force -= c_row[:, None] * p + c_col[None, :] * p_back
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
    s_row = tl.load(sizes + rows, mask=inside, other=0.0)
    c_row = tl.load(factors + rows, mask=inside, other=0.0)
    a_row = tl.load(factors + n + rows, mask=inside, other=0.0)
    d_row, max_row, maxn_row = c_row, c_row, c_row
    if PLACEMENT == INSIDE_SUM:
        d_row = tl.load(factors + 2 * n + rows, mask=inside, other=0.0)
    if SHIFT:
        max_row = tl.load(factors + 3 * n + rows, mask=inside, other=1e30)
        maxn_row = tl.load(factors + 4 * n + rows, mask=inside, other=1e30)
    y_a, y_b = own_labels(labels, rows, n, CP, CA, CB)
    acc = tl.zeros([BM, BD], dtype=tl.float32)
    low, high, first, last, full, masked = share_of_tiles(i, q, n, splits, BM, BN)
    for k in range(low, high):
        j = tl.where(k < first, k, k - first + last)
        acc = gradient_step(
            points, labels, sizes, factors, z_row, y_a, y_b, s_row, c_row, a_row, d_row, max_row, maxn_row, rows, j, n,
            scale, acc, WEIGHTS, OWN, PLACEMENT, COMPETES, FRACTION, OWNED, SYMMETRIC, SHIFT, PRECISION, BN, BD, CP, CA,
            CB, False,
        )  # fmt: skip
    for k in range(masked):
        j = tl.where(k < last - first, first + k, full)
        acc = gradient_step(
            points, labels, sizes, factors, z_row, y_a, y_b, s_row, c_row, a_row, d_row, max_row, maxn_row, rows, j, n,
            scale, acc, WEIGHTS, OWN, PLACEMENT, COMPETES, FRACTION, OWNED, SYMMETRIC, SHIFT, PRECISION, BN, BD, CP, CA,
            CB, True,
        )  # fmt: skip
    tl.store(partial + q * n * BD + places, acc, mask=inside[:, None])


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
