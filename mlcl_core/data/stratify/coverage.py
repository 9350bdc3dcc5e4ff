"""Bring labels into the splits that lack them, by swapping one of their groups for one that its split can spare."""

import numpy as np

from mlcl_core.data.stratify.cost import put_if_better, swap_costs
from mlcl_core.data.stratify.dealt import Dealt

IDLE_TRIES = 100  # without success, after which a split is left as it is: it has no group to spare
CARRIERS = 10  # groups of the label that are compared
SPARED, SPARED_FIRST = 200, 10_000  # groups of the split, and of the first split, that are compared


def cover_labels(dealt: Dealt, rng: np.random.Generator) -> None:
    """Swap until no split lacks a label that it must not lack, or no single swap helps.

    Where all groups are one item, and there are no more labels than the first split has items, it lacks none: one of
    its items carries no label alone, and can be spared.
    """
    lacking = np.argwhere(dealt.needed & (dealt.held == 0))
    if not len(lacking):
        return
    columns = dealt.rows.tocsc()
    order = np.lexsort((dealt.carriers[lacking[:, 1]], lacking[:, 0] > 0))
    idle = [0] * len(dealt.target)
    for split, label in lacking[order].tolist():
        if dealt.held[split, label] or idle[split] == IDLE_TRIES:
            continue  # it came along with another label, or the split has no group to spare
        idle[split] += 1
        carrying = columns.indices[columns.indptr[label] : columns.indptr[label + 1]]
        there = np.flatnonzero(dealt.of == split)
        one, other = _pairs(_some(carrying, CARRIERS, rng), _some(there, SPARED if split else SPARED_FIRST, rng))
        fit = _keeps_sizes(dealt, one, other)
        one, other = one[fit], other[fit]
        if len(one):
            best = int(swap_costs(dealt, one, other).argmin())
            pair = np.array([one[best], other[best]])
            if put_if_better(dealt, pair, dealt.of[pair[::-1]]):
                idle[split] = 0


def _some(groups: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    return groups if len(groups) <= most else rng.choice(groups, most, replace=False)


def _pairs(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(one, len(other)), np.tile(other, len(one))


def _keeps_sizes(dealt: Dealt, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Whether both splits stay as near to their targets as they are, or nearer than the larger group is large."""
    off = dealt.filled - dealt.target
    grows = dealt.sizes[one] - dealt.sizes[other]
    larger = np.maximum(dealt.sizes[one], dealt.sizes[other]) - 1
    loses, gains = off[dealt.of[one]], off[dealt.of[other]]
    fits = np.abs(loses - grows) <= np.maximum(np.abs(loses), larger)
    return fits & (np.abs(gains + grows) <= np.maximum(np.abs(gains), larger))
