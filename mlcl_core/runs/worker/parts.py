"""Where the seconds of a worker go."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Parts:
    """Seconds by what the main thread of a worker did; each moment counts for one part.

    The parts: ``starting`` (libraries, data, network), ``queued`` (for the device), ``steps``, ``frames``, ``records``
    (of batches), ``checkpoints``, ``writing`` (waited for, as the writing thread was behind), ``paused`` and ``probe``.
    A GPU is waited for in whatever part first needs a value of it.

    Args:
        before: Seconds since the process began.
    """

    def __init__(self, before: float):
        """The worker is starting."""
        self._seconds = {"starting": before}
        self._part, self._since = "starting", monotonic()

    def begin(self, part: str) -> str:
        """Count for another part from now on; returns the one before."""
        now, before = monotonic(), self._part
        self._seconds[before] = self._seconds.get(before, 0.0) + now - self._since
        self._part, self._since = part, now
        return before

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Count the time of the block for a part, then for the one before again."""
        before = self.begin(part)
        try:
            yield
        finally:
            self.begin(before)

    def so_far(self) -> dict[str, float]:
        """Seconds of each part that there was, to hundredths."""
        self.begin(self._part)
        return {part: round(seconds, 2) for part, seconds in self._seconds.items()}


__all__ = ["Parts"]
