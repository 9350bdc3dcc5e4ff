"""Work that threads do ahead of the one that needs its results."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def ahead(
    work: Callable[[Given], Made], of: Iterable[Given], *, depth: int = 1, threads: int = 1
) -> Generator[Made, None, None]:
    """``work(one)`` of each, in order; up to ``depth`` of them are done before they are asked for.

    Raises:
        Exception: What ``work`` raises, in the place of its result.

    Edge cases:
        Closed before the end, it waits for what is under way and drops the rest.
    """
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for one in of:
                waiting.append(pool.submit(work, one))
                if len(waiting) > depth:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


__all__ = ["ahead"]
