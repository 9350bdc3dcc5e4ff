"""Slow paths report themselves, with the reason, at the place where they are chosen."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_collecting: ContextVar[dict[str, None] | None] = ContextVar("slow_paths", default=None)


def slow(reason: str) -> None:
    """Report that a slow path is taken, and why; equal reasons are kept once."""
    if (reasons := _collecting.get()) is not None:
        reasons[reason] = None


@contextmanager
def slow_paths() -> Iterator[dict[str, None]]:
    """The reasons of all slow paths that this thread takes inside the block, in order of first occurrence.

    Empty where every path taken is a fast one.

    Example:
        >>> with slow_paths() as found:
        ...     slow("no GPU here")
        >>> list(found)
        ['no GPU here']
    """
    reasons: dict[str, None] = {}
    token = _collecting.set(reasons)
    try:
        yield reasons
    finally:
        _collecting.reset(token)


__all__ = ["slow", "slow_paths"]
