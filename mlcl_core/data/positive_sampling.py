"""Positives for anchors that lack them: draw candidates, ask the rule, swap them in for items that are not needed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64
from scipy.sparse import csr_array
from torch import Tensor

from mlcl_core.data.labels import LabelMatrix

# Which references are positives of which anchors, from their labels: Bool [a c], Bool [b c] -> Bool [a b].
Positive = Callable[[Tensor, Tensor], Tensor]

MAX_ROUNDS = 3  # of swaps in a batch; 2 where one positive is enough
CANDIDATES = 2  # drawn in a round, at most, in batches
EVEN = 64  # rules see multiples of this many rows: on CPUs a bfloat16 product of a new shape takes 2 ms to set up


@dataclass(frozen=True)
class GroupedIndices:
    """Indices in groups: group g is ``items[starts[g] : starts[g + 1]]``."""

    items: Int64[np.ndarray, " entries"]
    starts: Int64[np.ndarray, " groups_and_1"]

    @classmethod
    def by_label(cls, rows: csr_array) -> "GroupedIndices":
        """A group for the items of each label, and a last one for the items without labels."""
        columns, unlabelled = rows.tocsc(), np.flatnonzero(np.diff(rows.indptr) == 0)
        items = np.concatenate([columns.indices, unlabelled]).astype(np.int64)
        return cls(items, np.append(columns.indptr, len(items)).astype(np.int64))

    @property
    def lengths(self) -> Int64[np.ndarray, " groups"]:
        """The number of indices in each group."""
        return np.diff(self.starts)

    def draw(self, groups: Int64[np.ndarray, " k"], each: int, rng: np.random.Generator) -> Int64[np.ndarray, " drawn"]:
        """Draw ``each`` indices from each of some groups, with replacement; none of the groups may be empty."""
        return self.items[rng.integers(self.starts[groups], self.starts[groups + 1], size=(each, len(groups)))].ravel()


class CandidatePool:
    """All items that may enter a batch, grouped by label and by label set, with the rule that says what is positive."""

    def __init__(self, rows: csr_array, positive: Positive):
        """Group the items by label and by label set."""
        self.rows, self.positive, self.by_label = LabelMatrix(rows), positive, GroupedIndices.by_label(rows)
        _, self.label_set, counts = np.unique(self.rows.set_numbers(), return_inverse=True, return_counts=True)
        self.by_set = GroupedIndices(self.label_set.argsort(kind="stable"), np.append(0, counts.cumsum()))

    def positives(
        self, anchors: Int64[np.ndarray, " a"], references: Int64[np.ndarray, " k"]
    ) -> Bool[np.ndarray, "a k"]:
        """Which references are positives of which anchors; an item is no positive of itself."""
        asked = [self.rows[np.resize(some, -(-len(some) // EVEN) * EVEN)] for some in (anchors, references)]
        found = self.positive(*asked)[: len(anchors), : len(references)].cpu().numpy()
        return found & (anchors[:, None] != references)

    def candidates(
        self,
        members: Int64[np.ndarray, " b"],
        lacking: Int64[np.ndarray, " a"],
        at_least: int,
        rng: np.random.Generator,
    ) -> Int64[np.ndarray, " k"]:
        """Draw different items that are not in the batch.

        They have the label set, or the rarest label, of an anchor that lacks positives, or are random.

        Args:
            members: The batch.
            lacking: Its anchors that lack positives.
            at_least: Positives that each anchor is to have.
            rng: The only source of randomness.
        """
        b, frequency = len(members), self.by_label.lengths[:-1]
        each = at_least + b // len(lacking)
        # an item without labels draws from the last group
        rarity = np.where(self.rows[lacking].numpy(), frequency, len(self.rows) + 2)
        rarest = np.column_stack([rarity, np.full(len(lacking), len(self.rows) + 1)]).argmin(1)
        found = [
            self.by_set.draw(self.label_set[lacking], each, rng),
            self.by_label.draw(rarest, each, rng),
            rng.integers(len(self.rows), size=b // 4),
        ]
        return rng.permutation(np.setdiff1d(np.concatenate(found), members))[: CANDIDATES * b]


def swap_in_positives(
    members: Int64[np.ndarray, " b"], pool: CandidatePool, at_least: int, rng: np.random.Generator
) -> Int64[np.ndarray, " b"]:
    """Swap items of a batch until its anchors have positives: of all rounds, the one that leaves the fewest without.

    Args:
        members: The batch, rows of the pool.
        pool: The items that may enter it.
        at_least: Positives that each anchor is to have.
        rng: The only source of randomness.
    """
    best, fewest = members, len(members) + 1
    rounds = min(1 + at_least, MAX_ROUNDS)
    for number in range(rounds + 1):
        positive = pool.positives(members, members)
        lacks = positive.sum(1) < at_least
        if lacks.sum() < fewest:
            best, fewest = members, lacks.sum()
        if number == rounds or not lacks.any():
            break
        candidates = pool.candidates(members, members[lacks], at_least, rng)
        helps = np.zeros((len(members), len(candidates)), dtype=bool)
        helps[lacks] = pool.positives(members[lacks], candidates)
        if not helps.any():
            break
        members = _swapped(members, positive, candidates, helps, at_least, rng)
    return best


def _swapped(
    members: Int64[np.ndarray, " b"],
    positive: Bool[np.ndarray, "b b"],
    candidates: Int64[np.ndarray, " k"],
    helps: Bool[np.ndarray, "b k"],
    at_least: int,
    rng: np.random.Generator,
) -> Int64[np.ndarray, " b"]:
    """Put the candidate that helps most anchors in the position of an item that is not needed, repeatedly.

    Needed are candidates that were swapped in, the anchors they were swapped in for, and the positives of anchors that
    have just enough.

    Args:
        members: The batch.
        positive: Which members are positives of which.
        candidates: Items that may be swapped in.
        helps: Which of these are positives of the members that lack some.
        at_least: Positives that each anchor is to have.
        rng: Breaks ties.
    """
    members, positive, helps = members.copy(), positive.copy(), helps.copy()
    count, stays = positive.sum(1), np.zeros(len(members), dtype=bool)
    while (lacks := count < at_least).any():
        gain = helps[lacks].sum(0)
        # each lacking anchor votes for the candidate with the largest gain among those that help it
        voted = np.unique((helps[lacks] * gain).argmax(1))
        voted = voted[(-gain[voted]).argsort(kind="stable")]
        # replaced first: anchors with enough positives; then those that lack some, fewest dependants first; else random
        rank = rng.random(len(members)) + np.where(lacks, 1 + positive.sum(0), 0)
        leaving = iter(np.where(stays, np.inf, rank).argsort()[: int((~stays).sum())].tolist())
        before = stays.sum()
        for candidate in voted[gain[voted] > 0].tolist():
            helped = helps[:, candidate] & lacks
            stays |= helped
            if helped.any():
                free = (p for p in leaving if not stays[p] and not (count[positive[:, p]] == at_least).any())
                if (position := next(free, None)) is None:
                    break
                count += helps[:, candidate]
                count -= positive[:, position]
                # large enough that a swapped-in item never lacks positives, nor has just enough
                members[position], count[position] = candidates[candidate], at_least + len(members)
                lacks, stays[position] = count < at_least, True
                positive[position] = positive[:, position] = helps[position] = helps[:, candidate] = False
        if stays.sum() == before:
            break
    return members


__all__ = ["CandidatePool", "GroupedIndices", "Positive", "swap_in_positives"]
