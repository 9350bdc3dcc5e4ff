"""How much CPU a helper process has used, and when it may use more beside a training."""

from collections import deque
from collections.abc import Callable
from time import monotonic, process_time

SAVED_SECONDS = 4.0  # a helper that was idle may spend what it saved in this time, no more
OWED_SECONDS = 5.0  # after a cost that comes once (imports, compiling, a cold start) it rests no longer than this
WINDOW_SECONDS = 30.0


class Budget:
    """Keeps the CPU time of this process at a share of one core, in the mean: spend first, rest afterwards.

    ``balance`` is what it may still spend, in CPU seconds; it grows by ``share`` a second and falls by what the
    process uses, all threads counted. While ``limited`` is off nothing is owed.

    Args:
        share: Cores' worth of CPU time, 0.1 for a tenth of one core.
        clock, cpu: Seconds of wall and of CPU time; tests put their own.
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
        """Book what time has brought and what the process has used since the last update."""
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
        """Whether nothing is owed."""
        self.update()
        return not self.limited or self.balance >= 0

    def forgive(self) -> None:
        """Let go of what is owed beyond a rest of five seconds: for costs that come once."""
        self.update()
        self.balance = max(self.balance, -self.share * OWED_SECONDS)

    def measured_share(self) -> float:
        """Cores' worth of CPU time that the process used over the last half minute (less where it is younger)."""
        self.update()
        (before, used_before), (now, used) = self._seen[0], self._seen[-1]
        return (used - used_before) / (now - before) if now > before else 0.0
