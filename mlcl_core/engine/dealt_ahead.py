"""Batches dealt in a thread, a few ahead of the steps, so that a step doesn't wait for its batch."""

from collections.abc import Generator, Iterable
from contextlib import closing
from itertools import count
from typing import TypeVar

from mlcl_core.engine.ahead import ahead

Batch = TypeVar("Batch")
DEPTH = 4  # batches that are dealt and not yet trained on


def dealt_ahead(batches: Iterable[Batch], depth: int = DEPTH) -> Generator[Batch, None, None]:
    """The same batches in the same order, each dealt while earlier ones are trained on.

    The thread begins with the first batch that is asked for, and has ended when the iterator has: a closed iterator
    waits for the batch that is being dealt.

    Args:
        batches: Is gone through in the thread alone; None is no batch.
        depth: Batches that wait, at most.

    Raises:
        Exception: Whatever dealing raises, in the place of the batch that it was for.
    """
    dealing = iter(batches)
    with closing(ahead(lambda _: next(dealing, None), count(), depth=depth)) as dealt:
        for batch in dealt:
            if batch is None:
                return
            yield batch


__all__ = ["dealt_ahead"]
