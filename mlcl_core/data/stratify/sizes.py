"""Move groups until no move brings the sizes of the splits nearer to their targets."""

from itertools import permutations

import numpy as np

from mlcl_core.data.stratify.cost import move_costs
from mlcl_core.data.stratify.dealt import Dealt

MAX_COMPARED = 20_000  # groups of which the cheapest are moved


def balance_sizes(dealt: Dealt, rng: np.random.Generator) -> None:
    """Move the groups that cost least, from splits that have too many items to those that have too few.

    A group of s items goes from split a to b where s < (filled - target)_a - (filled - target)_b, which makes the sum
    of the squares smaller. In the end no split is further from its target than the largest group is large.
    """
    while (found := _step(dealt, rng)) is not None:
        groups, split = found
        dealt.put(groups, np.full(len(groups), split))
    _fill_empty(dealt)


def _step(dealt: Dealt, rng: np.random.Generator) -> tuple[np.ndarray, int] | None:
    """Groups to move, and where to."""
    off = dealt.filled - dealt.target
    pairs = [(int(off[a] - off[b]), a, b) for a, b in permutations(range(len(off)), 2) if off[a] > off[b]]
    for gap, source, split in sorted(pairs, reverse=True):
        groups = np.flatnonzero((dealt.of == source) & (dealt.sizes < gap))
        if not len(groups):
            continue
        if len(groups) > MAX_COMPARED:
            groups = rng.choice(groups, MAX_COMPARED, replace=False)
        groups = groups[(move_costs(dealt, groups, split) / dealt.sizes[groups]).argsort(kind="stable")]
        fit = int((dealt.sizes[groups].cumsum() <= min(off[source], -off[split])).sum())
        return groups[: max(1, fit)], split
    return None


def _fill_empty(dealt: Dealt) -> None:
    """Move the smallest group of the split with the most groups into each empty split, if there are enough."""
    for split in np.flatnonzero(np.bincount(dealt.of, minlength=len(dealt.target)) == 0):
        counts = np.bincount(dealt.of, minlength=len(dealt.target))
        if counts.max() > 1:
            groups = np.flatnonzero(dealt.of == counts.argmax())
            order = np.lexsort((move_costs(dealt, groups, int(split)), dealt.sizes[groups]))
            dealt.put(groups[order[:1]], np.array([split]))
