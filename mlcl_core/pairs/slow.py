"""Who leaves the quick way says so, with the reason, to whoever listens: where the choice is made, not guessed at."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listening: ContextVar[dict[str, None] | None] = ContextVar("slow_paths", default=None)


def slow(reason: str) -> None:
    """Say that a slow path is taken here, and why; the same reason counts once."""
    if (heard := _listening.get()) is not None:
        heard[reason] = None


@contextmanager
def slow_paths() -> Iterator[dict[str, None]]:
    """Listen, in this thread: the reasons of all slow paths that are taken inside, in the order of their first time.

    Empty where everything goes the quick way.

    Example:
        >>> with slow_paths() as reasons:
        ...     slow("no GPU here")
        >>> list(reasons)
        ['no GPU here']
    """
    heard: dict[str, None] = {}
    token = _listening.set(heard)
    try:
        yield heard
    finally:
        _listening.reset(token)


__all__ = ["slow", "slow_paths"]
