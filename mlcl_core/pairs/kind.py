"""Kinds of references, for rules that treat label prototypes differently from items."""

from enum import IntEnum


class Kind(IntEnum):
    """Kind of a column of the pair matrices; None in place of the codes: every column is an ITEM."""

    ITEM = 0  # of the batch
    KEY = 1  # the momentum encoder's view of an item of the batch
    QUEUE = 2  # an item of an earlier batch
    PROTOTYPE = 3  # a learnt point of one label; its label row is one-hot
