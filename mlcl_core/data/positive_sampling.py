"""Partners for who lacks positives in a batch: draw likely ones, ask the rule, exchange them for who isn't needed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64
from scipy.sparse import csr_array
from torch import Tensor

from mlcl_core.data.labels import LabelMatrix

# Which references are positives of which anchors, from their labels: Bool [a c], Bool [b c] -> Bool [a b].
Positive = Callable[[Tensor, Tensor], Tensor]

ROUNDS = 3  # of exchanges in a batch, at most; 2 where one positive is enough
SAMPLE = 2  # candidates a round, in batches
EVEN = 64  # rules are asked about multiples of this: on CPUs a bfloat16 product of a new shape takes 2 ms to set up


@dataclass(frozen=True)
class GroupedIndices:
    """Lists of items: list i is ``items[starts[i] : starts[i + 1]]``."""

    items: Int64[np.ndarray, " entries"]
    starts: Int64[np.ndarray, " lists_and_1"]

    @classmethod
    def by_label(cls, rows: csr_array) -> "GroupedIndices":
        """The items of each label, and at the end those without labels."""
        columns, bare = rows.tocsc(), np.flatnonzero(np.diff(rows.indptr) == 0)
        items = np.concatenate([columns.indices, bare]).astype(np.int64)
        return cls(items, np.append(columns.indptr, len(items)).astype(np.int64))

    @property
    def lengths(self) -> Int64[np.ndarray, " lists"]:
        """How long each list is."""
        return np.diff(self.starts)

    def draw(self, lists: Int64[np.ndarray, " k"], each: int, rng: np.random.Generator) -> Int64[np.ndarray, " drawn"]:
        """Draw ``each`` items of every one of some lists that are not empty, with repetitions."""
        return self.items[rng.integers(self.starts[lists], self.starts[lists + 1], size=(each, len(lists)))].ravel()


class CandidatePool:
    """All items that may come into a batch: who carries which label, who has which label set, and the rule."""

    def __init__(self, rows: csr_array, positive: Positive):
        """Sort the items by label and by label set."""
        self.rows, self.positive, self.by_label = LabelMatrix(rows), positive, GroupedIndices.by_label(rows)
        _, self.label_set, counts = np.unique(self.rows.set_numbers(), return_inverse=True, return_counts=True)
        self.by_set = GroupedIndices(self.label_set.argsort(kind="stable"), np.append(0, counts.cumsum()))

    def joint(self, anchors: Int64[np.ndarray, " a"], others: Int64[np.ndarray, " k"]) -> Bool[np.ndarray, "a k"]:
        """Which others are positives of which anchors; nobody of itself."""
        asked = [self.rows[np.resize(some, -(-len(some) // EVEN) * EVEN)] for some in (anchors, others)]
        found = self.positive(*asked)[: len(anchors), : len(others)].cpu().numpy()
        return found & (anchors[:, None] != others)

    def candidates(
        self,
        members: Int64[np.ndarray, " b"],
        lacking: Int64[np.ndarray, " a"],
        at_least: int,
        rng: np.random.Generator,
    ) -> Int64[np.ndarray, " k"]:
        """Different items outside the batch: with the label set or the rarest label of who lacks some, or by chance."""
        b, frequency = len(members), self.by_label.lengths[:-1]
        each = at_least + b // len(lacking)
        # the last list is theirs who have no label
        rarity = np.where(self.rows[lacking].numpy(), frequency, len(self.rows) + 2)
        rarest = np.column_stack([rarity, np.full(len(lacking), len(self.rows) + 1)]).argmin(1)
        found = [
            self.by_set.draw(self.label_set[lacking], each, rng),
            self.by_label.draw(rarest, each, rng),
            rng.integers(len(self.rows), size=b // 4),
        ]
        return rng.permutation(np.setdiff1d(np.concatenate(found), members))[: SAMPLE * b]


def swap_in_positives(
    members: Int64[np.ndarray, " b"], pool: CandidatePool, at_least: int, rng: np.random.Generator
) -> Int64[np.ndarray, " b"]:
    """The batch with partners for who lacks positives: of all rounds, the one after which the fewest do."""
    best, fewest = members, len(members) + 1
    rounds = min(1 + at_least, ROUNDS)
    for number in range(rounds + 1):
        joint = pool.joint(members, members)
        lacks = joint.sum(1) < at_least
        if lacks.sum() < fewest:
            best, fewest = members, lacks.sum()
        if number == rounds or not lacks.any():
            break
        candidates = pool.candidates(members, members[lacks], at_least, rng)
        helps = np.zeros((len(members), len(candidates)), dtype=bool)
        helps[lacks] = pool.joint(members[lacks], candidates)
        if not helps.any():
            break
        members = _with_partners(members, joint, candidates, helps, at_least, rng)
    return best


def _with_partners(
    members: Int64[np.ndarray, " b"],
    joint: Bool[np.ndarray, "b b"],
    candidates: Int64[np.ndarray, " k"],
    helps: Bool[np.ndarray, "b k"],
    at_least: int,
    rng: np.random.Generator,
) -> Int64[np.ndarray, " b"]:
    """Put the candidate that helps most in the place of somebody whom nobody needs, again and again.

    Who is needed: who came, for whom somebody came, and the positives of anchors that have just enough.

    Args:
        members: The batch.
        joint: Which members are positives of which.
        candidates: Who may come.
        helps: Which of these are positives of the members that lack some.
        at_least: The positives that each anchor is to have.
        rng: Decides where nothing else does.
    """
    members, joint, helps = members.copy(), joint.copy(), helps.copy()
    count, stays = joint.sum(1), np.zeros(len(members), dtype=bool)
    while (lacks := count < at_least).any():
        gain = helps[lacks].sum(0)
        # everybody who lacks some names who helps most, and those come in turn
        named = np.unique((helps[lacks] * gain).argmax(1))
        named = named[(-gain[named]).argsort(kind="stable")]
        # who has enough leaves first, then who lacks some, the positives of the fewest before others; else by chance
        rank = rng.random(len(members)) + np.where(lacks, 1 + joint.sum(0), 0)
        leave = iter(np.where(stays, np.inf, rank).argsort()[: int((~stays).sum())].tolist())
        before = stays.sum()
        for comes in named[gain[named] > 0].tolist():
            helped = helps[:, comes] & lacks
            stays |= helped
            if helped.any():
                free = (p for p in leave if not stays[p] and not (count[joint[:, p]] == at_least).any())
                if (place := next(free, None)) is None:
                    break
                count += helps[:, comes]
                count -= joint[:, place]
                # so high that who came is never among those who lack some, or just have enough
                members[place], count[place] = candidates[comes], at_least + len(members)
                lacks, stays[place] = count < at_least, True
                joint[place] = joint[:, place] = helps[place] = helps[:, comes] = False
        if stays.sum() == before:
            break
    return members


__all__ = ["CandidatePool", "GroupedIndices", "Positive", "swap_in_positives"]
