"""Interruption of the main thread by a stop or SIGTERM, within a moment and only where it is allowed.

A thread polls five times a second. When the end is requested, a signal interrupts the main thread, and the handler of
the block that runs there decides what happens (:meth:`Interrupts.allowed`). Outside of such blocks nothing happens, and
the code there checks for itself. Handlers run between two Python instructions: a library in native code is waited for.
They never run during an import: native code that initialises itself takes an exception for success, and crashes later.
"""

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread, current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Any

POLL_SECONDS = 0.2
TERMINATION = (signal.SIGTERM, signal.SIGINT)


def wake_signal() -> signal.Signals:
    """The signal sent to the main thread: ignored by default, so that one that comes too late has no effect."""
    return signal.SIGURG


class Interrupts:
    """Context in which signals are handled, and ``poll`` is called in a thread of its own.

    Attributes:
        terminated: Whether the process has received SIGTERM or SIGINT.

    Args:
        poll: Returns whether the end is requested.
    """

    def __init__(self, poll: Callable[[], bool]):
        """Nothing is handled yet."""
        self.terminated = False
        self._poll, self._end = poll, Event()
        self._handler: Callable[[], None] | None = None
        self._thread = Thread(target=self._watch, name="interrupts", daemon=True)
        self._before: dict[int, Any] = {}
        self._woken = self._wake = self._wake_before = -1

    def __enter__(self) -> "Interrupts":
        """Begin to handle signals and to poll."""
        # the system writes the number of a signal there at once, whatever the main thread is doing
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._wake_before = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._on_signal) for number in (*TERMINATION, wake_signal())}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop polling and restore the handlers of before."""
        self._end.set()
        if self._thread is not current_thread():
            self._thread.join()
        for number, before in self._before.items():
            signal.signal(number, before)
        signal.set_wakeup_fd(self._wake_before)
        os.close(self._woken)
        os.close(self._wake)

    @contextmanager
    def allowed(self, handler: Callable[[], None]) -> Iterator[None]:
        """Block that may be interrupted: ``handler`` is called when the end is requested, and may raise.

        It is called repeatedly until the block ends or the end is no longer requested.
        """
        before, self._handler = self._handler, handler
        try:
            yield
        finally:
            self._handler = before

    @contextmanager
    def blocked(self) -> Iterator[None]:
        """Part of such a block that is not interrupted, because it writes."""
        before, self._handler = self._handler, None
        try:
            yield
        finally:
            self._handler = before

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.terminated = self.terminated or number in TERMINATION
        if (handler := self._handler) is not None and not _imports(frame):
            with self.blocked():
                handler()

    def _watch(self) -> None:
        while not self._end.is_set():
            self._wait()
            try:
                requested = self._poll()
            except OSError:
                requested = False  # the next poll may succeed
            if (requested or self.terminated) and signal.getsignal(wake_signal()) == self._on_signal:
                # a signal and not a flag: it also ends a system call that waits
                signal.pthread_kill(main_thread().ident or 0, wake_signal())

    def _wait(self) -> None:
        """Wait for the next poll, or for a signal that requests the end."""
        end = monotonic() + POLL_SECONDS
        while (left := end - monotonic()) > 0:
            if select.select([self._woken], [], [], left)[0] and set(os.read(self._woken, 4096)) & set(TERMINATION):
                self.terminated = True
                return


def _imports(frame: FrameType | None) -> bool:
    """Whether a frame belongs to an import."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
