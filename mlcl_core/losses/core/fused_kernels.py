"""Triton kernels over tiles of pairs of a batch with itself: sums of each anchor, then the gradient.

Five launches: :func:`prepare` (unit vectors, labels as bytes), :func:`sums` (tiles x splits of the references),
:func:`combine` (values and coefficients of the anchors), :func:`gradient` (tiles x splits), :func:`finish` (gradient of
the embeddings as they came). Letters as in kernel.py, exponents in base 2: s is the cosine times log2(e) / temperature.
"""

import triton
import triton.language as tl

from mlcl_core.losses.core.triton_functions import (
    INSIDE_SUM,
    LOWEST,
    NUMERATOR_AND_DENOMINATOR,
    OUTSIDE,
    SUMS,
    reciprocal,
)


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
        # bytes of thousands of labels are more than 32 bits count
        own_at = labels + rows[:, None].to(tl.int64) * CP
        other_at = labels + cols[:, None].to(tl.int64) * CP
        for start in range(0, CP, CA):
            places = start + tl.arange(0, CA)[None, :]
            own = tl.load(own_at + places, mask=rows[:, None] < n, other=0)
            other = tl.load(other_at + places, mask=cols[:, None] < n, other=0)
            m = tl.dot(own, tl.trans(other), m, out_dtype=tl.int32)
    return m.to(tl.float32)


@triton.jit
def own_labels(labels, rows, n, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr):
    """The anchors' labels in one or two blocks; with chunks the blocks are not used."""
    at = labels + rows[:, None].to(tl.int64) * CP
    y_a = tl.load(at + tl.arange(0, CA)[None, :], mask=rows[:, None] < n, other=0)
    y_b = y_a
    if CB > 0:
        y_b = tl.load(at + CA + tl.arange(0, CB)[None, :], mask=rows[:, None] < n, other=0)
    return y_a, y_b


@triton.jit
def of_items(x, cols, n, MASKED: tl.constexpr):
    """A number of each item of a tile, 0 beyond n."""
    return tl.load(x + cols, mask=cols < n, other=0.0) if MASKED else tl.load(x + cols)


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
def add_shifted(s, weight, total, largest):
    """Add a tile to sums of weight exp2(s) over ``largest``, which becomes the largest s of a weight above 0."""
    best = tl.maximum(largest, tl.max(tl.where(weight > 0.0, s, LOWEST), 1))
    e = tl.where(weight > 0.0, tl.exp2(tl.minimum(s - best[:, None], 1.0)), 0.0)
    return total * tl.exp2(largest - best) + tl.sum(weight * e, 1), best


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
    t_col = of_items(sizes, cols, n, MASKED)
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
