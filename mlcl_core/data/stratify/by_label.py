"""Deal groups to splits label by label, the rarest first, each label by its shares and within the room that is left."""

from heapq import heapify, heappop, heappush

import numpy as np

from mlcl_core.data.stratify.dealt import Dealt


def deal_by_label(dealt: Dealt) -> None:
    """Deal all groups; those without a label last.

    The label of the fewest waiting groups is next; its groups fill what each split still wants of it. Groups are taken
    in the order of their rows, which is random.
    """
    _deal_single(dealt)
    columns = dealt.rows.tocsc()
    waiting = np.bincount(dealt.entries(np.flatnonzero(dealt.of < 0))[1], minlength=len(dealt.carriers))
    queue = [*zip(waiting.tolist(), range(len(waiting)), strict=True)]
    heapify(queue)
    while queue:
        count, label = heappop(queue)
        if count == 0 or count != waiting[label]:
            continue  # no group is left, or fewer are, for which the label is in the queue again
        carrying = columns.indices[columns.indptr[label] : columns.indptr[label + 1]]
        items = columns.data[columns.indptr[label] : columns.indptr[label + 1]]
        free = dealt.of[carrying] < 0
        groups, weights = carrying[free], items[free]
        must = dealt.needed[:, label] & (dealt.held[:, label] == 0)
        quotas = _quotas(int(weights.sum()), dealt.wanted[:, label] - dealt.held[:, label], must, dealt)
        _deal(dealt, groups, weights, quotas)
        touched, times = np.unique(dealt.entries(groups)[1], return_counts=True)
        waiting[touched] -= times
        for entry in zip(waiting[touched].tolist(), touched.tolist(), strict=True):
            heappush(queue, entry)
    rest = np.flatnonzero(dealt.of < 0)
    if len(rest):
        room = (dealt.target - dealt.filled).astype(float)
        quotas = _quotas(int(dealt.sizes[rest].sum()), room, np.zeros(len(room), bool), dealt)
        _deal(dealt, rest, dealt.sizes[rest], quotas)


def _deal_single(dealt: Dealt) -> None:
    """Deal the groups that alone carry a label to the first split, within its room.

    All at once, because a very long tail has very many of them.
    """
    row, label, _ = dealt.entries(np.arange(len(dealt.of)))
    groups = np.unique(row[dealt.carriers[label] == 1])
    fit = dealt.sizes[groups].cumsum() <= dealt.target[0]
    dealt.put(groups[fit], np.zeros(int(fit.sum()), np.int64))


def _quotas(items: int, wants: np.ndarray, must: np.ndarray, dealt: Dealt) -> list[int]:
    """How many of ``items`` each split gets: first one where it must, then where most are wanted, within its room."""
    splits = range(len(wants))
    room = np.maximum(dealt.target - dealt.filled, 0).tolist()
    if not dealt.unit or sum(room) < items:
        room = [items] * len(room)  # groups of several items don't fit exactly: sizes are put right afterwards
    want = wants.tolist()
    quotas = [0] * len(want)
    for split in sorted(splits, key=lambda k: (k > 0, -want[k])):
        if must[split] and room[split] > 0 and sum(quotas) < items:
            quotas[split] = 1
    over = sum(max(0.0, one) for one in want) - items
    for split in splits:
        likely = int(want[split] - max(over, 0.0) - sum(quotas))
        quotas[split] = max(quotas[split], min(likely, room[split], items - sum(quotas)))
    ahead = dealt.filled - dealt.filled.sum() * dealt.target / max(1, dealt.target.sum())
    lag = np.clip(-ahead, -1, 1) / 2
    for _ in range(items - sum(quotas)):
        split = max((k for k in splits if quotas[k] < room[k]), key=lambda k: want[k] - quotas[k] + lag[k])
        quotas[split] += 1
    return quotas


def _deal(dealt: Dealt, groups: np.ndarray, weights: np.ndarray, quotas: list[int]) -> None:
    """Deal groups in their order, the first to the first split, until each has its quota of items."""
    middle = np.cumsum(weights) - weights / 2
    dealt.put(groups, np.searchsorted(np.cumsum(quotas), middle, side="left").clip(0, len(quotas) - 1))
