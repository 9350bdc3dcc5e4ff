"""The CPU time of a process that works beside a training, and when it may use more."""

from collections import deque
from collections.abc import Callable
from time import monotonic, process_time

SAVED_SECONDS = 4.0  # an idle process saves up what its share brings in this time, no more
OWED_SECONDS = 5.0  # after a cost that comes once (imports, compiling, a cold start) it rests no longer than this
WINDOW_SECONDS = 30.0


class Budget:
    """Keeps the mean CPU time of this process at a share of one core: it spends first and rests afterwards.

    ``balance`` is the CPU time that it may still spend, in seconds; it grows by ``share`` a second and falls by the
    time that all threads of the process use. While ``limited`` is off it does not fall below 0.

    Args:
        share: Cores' worth of CPU time, 0.1 for a tenth of one core.
        clock, cpu: Seconds of wall time and of CPU time.
    """

    def __init__(
        self, share: float, *, clock: Callable[[], float] = monotonic, cpu: Callable[[], float] = process_time
    ):
        """Start with a balance of 0, limited."""
        self.share = share
        self.limited = True
        self.balance = 0.0
        self._clock, self._cpu = clock, cpu
        self._seen = deque([(clock(), cpu())])

    def update(self) -> None:
        """Add the share of the time since the last update, and subtract the CPU time used in it."""
        now, used = self._clock(), self._cpu()
        before, used_before = self._seen[-1]
        self.balance += self.share * (now - before) - (used - used_before)
        self.balance = min(self.balance, self.share * SAVED_SECONDS)
        if not self.limited:
            self.balance = max(self.balance, 0.0)
        self._seen.append((now, used))
        while len(self._seen) > 2 and self._seen[1][0] <= now - WINDOW_SECONDS:
            self._seen.popleft()

    def may_spend(self) -> bool:
        """Whether the balance is not negative, or the budget not limited."""
        self.update()
        return not self.limited or self.balance >= 0

    def forgive(self) -> None:
        """Raise the balance so that a rest of five seconds pays for it: for costs that come once."""
        self.update()
        self.balance = max(self.balance, -self.share * OWED_SECONDS)

    def measured_share(self) -> float:
        """Cores' worth of CPU time that the process used over the last half minute, or since its start."""
        self.update()
        (before, used_before), (now, used) = self._seen[0], self._seen[-1]
        return (used - used_before) / (now - before) if now > before else 0.0
