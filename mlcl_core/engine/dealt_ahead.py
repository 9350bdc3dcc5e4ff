"""Batches dealt in a thread, a few ahead of the steps, so that a step doesn't wait for its batch."""

from collections.abc import Generator, Iterable
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import TypeVar

T = TypeVar("T")
AHEAD = 4  # batches that are dealt and not yet trained on


def dealt_ahead(batches: Iterable[T], ahead: int = AHEAD) -> Generator[T]:
    """The same batches in the same order, each dealt while earlier ones are trained on.

    The thread begins with the first batch that is asked for, and has ended when the iterator has: a closed iterator
    waits for the batch that is being dealt.

    Args:
        batches: Is gone through in the thread alone.
        ahead: Batches that may wait, at least 1.

    Raises:
        Exception: Whatever dealing raises, in the place of the batch that it was for.
    """
    room, ended = Semaphore(ahead), Event()
    waiting: SimpleQueue[tuple[T] | BaseException | None] = SimpleQueue()

    def deal() -> None:
        dealing = iter(batches)
        try:
            while room.acquire() and not ended.is_set():
                waiting.put((next(dealing),))
        except StopIteration:
            waiting.put(None)
        except BaseException as error:  # it is raised where the batch is asked for
            waiting.put(error)

    dealer = Thread(target=deal, name="batches", daemon=True)
    dealer.start()
    try:
        while (found := waiting.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found[0]
            room.release()
    finally:
        ended.set()
        room.release()
        dealer.join()


__all__ = ["dealt_ahead"]
