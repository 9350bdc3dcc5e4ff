"""The state of a split that is being made: which group of items is in which split, and what each split then holds."""

import numpy as np
from scipy.sparse import csr_array

REACHES_ALL = 3  # groups that carry a label which is to occur in every split


class Dealt:
    """Groups of items, dealt to splits; all counts follow every move.

    Attributes:
        rows: Items of each label in each group, groups x labels.
        sizes: Items of each group.
        target: Items that each split is to have.
        wanted: Items of each label that each split is to have, splits x labels: its share of them.
        needed: Whether a split must not lack a label: the first split any, the others one of three groups or more.
        of: The split of each group; -1: none yet.
        filled: Items of each split.
        held: Items of each label in each split.
        unit: Whether every group is one item.
    """

    def __init__(self, rows: csr_array, sizes: np.ndarray, target: np.ndarray):
        """Nothing is dealt yet."""
        self.rows, self.sizes, self.target = rows, sizes, target
        num_splits, (num_groups, num_labels) = len(target), rows.shape
        self.unit = bool((sizes == 1).all())
        self.total = np.asarray(rows.sum(0)).astype(np.int64).reshape(num_labels)
        self.carriers = np.bincount(rows.indices, minlength=num_labels)
        self.wanted = (target / max(1, target.sum()))[:, None] * self.total
        self.needed = np.tile(self.carriers >= max(REACHES_ALL, num_splits), (num_splits, 1))
        self.needed[0] = self.carriers > 0
        self.of = np.full(num_groups, -1)
        self.filled = np.zeros(num_splits, np.int64)
        self.held = np.zeros((num_splits, num_labels), np.int64)

    def entries(self, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The non-zero entries of some groups: the place in ``groups``, the label, the number of items."""
        starts = self.rows.indptr[groups]
        lengths = self.rows.indptr[groups + 1] - starts
        owner = np.repeat(np.arange(len(groups)), lengths)
        begin = np.cumsum(lengths) - lengths
        at = np.arange(len(owner)) - np.repeat(begin - starts, lengths)
        return owner, self.rows.indices[at], self.rows.data[at]

    def put(self, groups: np.ndarray, splits: np.ndarray) -> None:
        """Deal some groups, or move them; each stands once in ``groups``."""
        owner, label, count = self.entries(groups)
        before = self.of[groups]
        for sign, where in ((-1, before), (1, splits)):
            known = where >= 0
            np.add.at(self.filled, where[known], sign * self.sizes[groups][known])
            entry = known[owner]
            np.add.at(self.held, (where[owner][entry], label[entry]), sign * count[entry])
        self.of[groups] = splits
