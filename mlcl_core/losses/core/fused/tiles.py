"""What the Triton kernels over tiles of pairs have in common: which tiles, and what is read of their items."""

import triton
import triton.language as tl

from mlcl_core.losses.core.fused.functions import GIVEN, INSIDE_SUM, LOWEST, SAME


@triton.jit
def own_labels(labels, rows, n, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr):
    """The rows' labels in one or two blocks; with chunks the blocks are not used."""
    at = labels + rows.to(tl.int64)[:, None] * CP
    y_a = tl.load(at + tl.arange(0, CA)[None, :], mask=rows[:, None] < n, other=0)
    y_b = y_a
    if CB > 0:
        y_b = tl.load(at + CA + tl.arange(0, CB)[None, :], mask=rows[:, None] < n, other=0)
    return y_a, y_b


@triton.jit
def shared_labels(
    labels, other_labels, y_a, y_b, rows, cols, n, m, CP: tl.constexpr, CA: tl.constexpr, CB: tl.constexpr,
    MASKED: tl.constexpr,
):  # fmt: skip
    """Shared labels of a tile. ``y_a`` and ``y_b`` hold those of its rows where they fit; else both come in chunks."""
    if CA + CB == CP:
        at = other_labels + cols[:, None] * CP + tl.arange(0, CA)[None, :]
        other = tl.load(at, mask=cols[:, None] < m, other=0) if MASKED else tl.load(at)
        shared = tl.dot(y_a, tl.trans(other), out_dtype=tl.int32)
        if CB > 0:
            at = other_labels + cols[:, None] * CP + CA + tl.arange(0, CB)[None, :]
            other = tl.load(at, mask=cols[:, None] < m, other=0) if MASKED else tl.load(at)
            shared = tl.dot(y_b, tl.trans(other), shared, out_dtype=tl.int32)
    else:
        shared = tl.zeros([rows.shape[0], cols.shape[0]], dtype=tl.int32)
        # items times labels may be beyond the whole numbers of 32 bits
        own_at = labels + rows.to(tl.int64)[:, None] * CP
        other_at = other_labels + cols.to(tl.int64)[:, None] * CP
        for start in range(0, CP, CA):
            places = start + tl.arange(0, CA)[None, :]
            own = tl.load(own_at + places, mask=rows[:, None] < n, other=0)
            other = tl.load(other_at + places, mask=cols[:, None] < m, other=0)
            shared = tl.dot(own, tl.trans(other), shared, out_dtype=tl.int32)
    return shared.to(tl.float32)


@triton.jit
def of_items(x, cols, n, MASKED: tl.constexpr):
    """A number of each item of a tile, 0 beyond n."""
    return tl.load(x + cols, mask=cols < n, other=0.0) if MASKED else tl.load(x + cols)


@triton.jit
def own_columns(own, rows, n, SELF: tl.constexpr):
    """The column where each row meets its own item, -1 for none: the same, one that is given, or none at all."""
    if SELF == SAME:
        return tl.where(rows < n, rows, -1)
    if SELF == GIVEN:
        return tl.load(own + rows, mask=rows < n, other=-1)
    return tl.full(rows.shape, -1, dtype=tl.int32)


@triton.jit
def tiles_with_own(own, m, BN: tl.constexpr):
    """The first tile of columns where a row may meet its own item, and the one after the last."""
    last = tl.cdiv(tl.max(own, 0) + 1, BN)
    return tl.minimum(tl.min(tl.where(own >= 0, own, m), 0) // BN, last), last


@triton.jit
def share_of_columns(first, last, q, m, splits, BN: tl.constexpr):
    """Tiles of columns for split ``q``: positions among those without a mask, and among those with one.

    Masked are the tiles ``first`` to ``last``, where a row may meet its own item, and the tile ``full`` that m cuts.
    """
    tiles, full = tl.cdiv(m, BN), m // BN
    plain = first + tl.maximum(full - last, 0)
    masked = last - first + tl.where(last < tiles, tiles - full, 0)
    low, high = plain * q // splits, plain * (q + 1) // splits
    return low, high, masked * q // splits, masked * (q + 1) // splits, full


@triton.jit
def numbers_of_anchors(sizes, factors, anchors, n, PLACEMENT: tl.constexpr, SHIFT: tl.constexpr):
    """|S|, c, a, d and both shifts of some anchors; one beyond n exerts no force."""
    known = anchors < n
    size = tl.load(sizes + anchors, mask=known, other=0.0)
    c = tl.load(factors + anchors, mask=known, other=0.0)
    a = tl.load(factors + n + anchors, mask=known, other=0.0)
    d, largest, largest_n = c, c, c
    if PLACEMENT == INSIDE_SUM:
        d = tl.load(factors + 2 * n + anchors, mask=known, other=0.0)
    if SHIFT:
        largest = tl.load(factors + 3 * n + anchors, mask=known, other=-LOWEST)
        largest_n = tl.load(factors + 4 * n + anchors, mask=known, other=-LOWEST)
    return size, c, a, d, largest, largest_n
