"""Swap groups of equal size between splits while that brings labels nearer to their shares; sizes stay as they are."""

import numpy as np

from mlcl_core.data.stratify.cost import put_if_better, swap_costs
from mlcl_core.data.stratify.dealt import Dealt

MAX_PAIRS = 20_000  # looked at in a round
MAX_ENTRIES = 20_000_000  # labels of items looked at in all rounds: a bound on the time for large data
MAX_ROUNDS = 400
IDLE_ROUNDS = 40  # without a good swap: then there is hardly one left


def improve_proportions(dealt: Dealt, rng: np.random.Generator) -> None:
    """In each round, of many random pairs, swap those that help, or the better half of them, or of these, ..."""
    each = max(1.0, 2 * len(dealt.rows.data) / max(1, len(dealt.of)))
    pairs = min(MAX_PAIRS, len(dealt.of) // 2)
    idle = 0
    for _ in range(min(MAX_ROUNDS, int(MAX_ENTRIES / max(1.0, each * pairs)))):
        one, other = _random_pairs(dealt, pairs, rng)
        costs = swap_costs(dealt, one, other)
        helping = np.flatnonzero(costs < -1e-9)
        helping = helping[costs[helping].argsort(kind="stable")]
        while len(helping) and not _swap(dealt, one[helping], other[helping]):
            helping = helping[: len(helping) // 2]
        idle = 0 if len(helping) else idle + 1
        if idle == IDLE_ROUNDS:
            return


def _random_pairs(dealt: Dealt, pairs: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of groups of one size in different splits; no group stands in two of them."""
    chosen = rng.choice(len(dealt.of), 2 * pairs, replace=False)
    if not dealt.unit:
        chosen = chosen[dealt.sizes[chosen].argsort(kind="stable")]
    one, other = chosen[::2], chosen[1::2]
    fit = (dealt.of[one] != dealt.of[other]) & (dealt.sizes[one] == dealt.sizes[other])
    return one[fit], other[fit]


def _swap(dealt: Dealt, one: np.ndarray, other: np.ndarray) -> bool:
    groups = np.concatenate([one, other])
    return put_if_better(dealt, groups, np.concatenate([dealt.of[other], dealt.of[one]]))
