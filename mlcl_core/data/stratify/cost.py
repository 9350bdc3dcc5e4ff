"""What a split costs, and by how much moves and swaps change that.

cost = sum over splits k and labels l of  (held_kl - wanted_kl)^2 / max(1, wanted_kl)  +  LACKS_k [k needs l, lacks it].
The first part is Pearson's chi-square of the label counts against their shares.
"""

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.stratify.dealt import Dealt

LACKS = 1e6  # of a label that a split lacks; more than all deviations together
LACKS_FIRST = 1e9  # of one that the first split lacks: a label that is never trained on cannot be learnt


def total_cost(dealt: Dealt) -> float:
    """The cost of the whole split."""
    splits, labels = np.arange(dealt.held.shape[0])[:, None], np.arange(dealt.held.shape[1])[None, :]
    return float(_cost(dealt, (splits, labels), dealt.held).sum())


def swap_costs(dealt: Dealt, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """By how much the cost changes where a group of ``one`` and that of ``other`` change places, each pair alone."""
    return _change(dealt, csr_array(dealt.rows[one] - dealt.rows[other]), dealt.of[one], dealt.of[other])


def move_costs(dealt: Dealt, groups: np.ndarray, split: int) -> np.ndarray:
    """By how much the cost changes where a group moves to a split, each group alone."""
    return _change(dealt, csr_array(dealt.rows[groups]), dealt.of[groups], np.full(len(groups), split))


def put_if_better(dealt: Dealt, groups: np.ndarray, splits: np.ndarray) -> bool:
    """Move groups if the cost of all moves together is below 0; returns whether it is."""
    back = dealt.of[groups]
    touched = np.unique(dealt.entries(groups)[1])
    at = np.arange(len(dealt.target))[:, None], touched[None, :]
    before = _cost(dealt, at, dealt.held[at])
    dealt.put(groups, splits)
    better = (_cost(dealt, at, dealt.held[at]) - before).sum() < -1e-9
    if not better:
        dealt.put(groups, back)
    return bool(better)


def _change(dealt: Dealt, leaving: csr_array, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The change of cost for each row of ``leaving``: what goes from its source to its target."""
    row = np.repeat(np.arange(leaving.shape[0]), np.diff(leaving.indptr))
    change = np.zeros(len(row))
    for sign, where in ((-1, source), (1, target)):
        at = where[row], leaving.indices
        held = dealt.held[at]
        change += _cost(dealt, at, held + sign * leaving.data) - _cost(dealt, at, held)
    return np.bincount(row, change, leaving.shape[0])


def _cost(dealt: Dealt, at: tuple[np.ndarray, np.ndarray], held: np.ndarray) -> np.ndarray:
    wanted = dealt.wanted[at]
    lacks = np.where(at[0] == 0, LACKS_FIRST, LACKS) * (dealt.needed[at] & (held <= 0))
    return (held - wanted) ** 2 / np.maximum(wanted, 1) + lacks
