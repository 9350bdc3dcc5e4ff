"""The thread through which every write of a run goes, in the order in which it was asked for."""

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from threading import Condition, Thread

# What may wait to be written: jobs of any kind; large ones, and their bytes, unless one alone is larger.
MAX_JOBS, MAX_LARGE, MAX_BYTES = 256, 4, 2**28
LONG_SECONDS = 1.0

Job = Callable[[], None]


class Writer:
    """Carries jobs out one after the other: in a thread of its own between ``start`` and ``close``, else at once.

    A job begins once the one before it is done, so that a process killed at any moment leaves what one without the
    thread leaves when killed a moment earlier. The job that fails is the last one carried out, and its error is raised
    by the next call of ``put`` or ``flush``.

    Args:
        waiting: Context in which a call waits for the thread.
        late: Called when it has waited for a second.
    """

    def __init__(
        self,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
        late: Callable[[], None] = lambda: None,
    ):
        """There is no thread yet."""
        self._waiting, self._late = waiting, late
        self._changed = Condition()
        self._jobs: deque[tuple[Job, int]] = deque()
        # the job under way counts until it is done
        self._large = self._bytes = 0
        self._error: BaseException | None = None
        self._thread: Thread | None = None
        self._ending = False

    def start(self) -> None:
        """Begin to carry jobs out in a thread."""
        self._ending = False
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def put(self, job: Job, *, nbytes: int = 0) -> None:
        """Take a job; waits while too many, or too large ones, are not done.

        Args:
            job: Writes something.
            nbytes: Memory that the job holds, where it is large.

        Raises:
            BaseException: The error of an earlier job; without a thread, of this one.
        """
        if self._thread is None:
            job()
            return
        with self._changed:
            self._wait_for(lambda: self._error is not None or self._has_room(nbytes))
            self._raise()
            self._jobs.append((job, nbytes))
            self._large, self._bytes = self._large + bool(nbytes), self._bytes + nbytes
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until every job is done.

        Raises:
            BaseException: The error of a job.
        """
        with self._changed:
            self._wait_for(lambda: not self._jobs)
            self._raise()

    def close(self) -> None:
        """Wait until every job is done and end the thread; an error that was not raised yet is not raised any more."""
        thread = self._thread
        if thread is not None:
            with self._changed:
                self._ending = True
                self._changed.notify_all()
            thread.join()
            self._thread = None

    def _has_room(self, nbytes: int) -> bool:
        fits = not nbytes or not self._large or (self._large < MAX_LARGE and self._bytes + nbytes <= MAX_BYTES)
        return len(self._jobs) < MAX_JOBS and fits

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        if ready():
            return
        with self._waiting():
            if not self._changed.wait_for(ready, LONG_SECONDS):
                self._late()
                self._changed.wait_for(ready)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._jobs) or self._ending)
                if not self._jobs:
                    return
                job, nbytes = self._jobs[0]
            try:
                job()
            except BaseException as error:
                self._error = error
            del job
            with self._changed:
                self._jobs.popleft()
                self._large, self._bytes = self._large - bool(nbytes), self._bytes - nbytes
                if self._error is not None:
                    self._jobs.clear()
                    self._large = self._bytes = 0
                    self._changed.notify_all()
                    # what is asked for later is refused with the error
                    return
                self._changed.notify_all()


__all__ = ["Writer"]
