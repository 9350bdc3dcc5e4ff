"""Stop and SIGTERM, heard within a moment whatever the main thread is doing.

A thread looks around five times a second. Where somebody asks for the end, a signal breaks into the main thread: what
it does then is for the block of code that it is in to say (:meth:`Ear.open`). Elsewhere nothing happens, and whoever
works there looks for itself. Answers are given between two instructions of Python: a library that stays in native code
for longer is waited for. And never while something is imported: native code that is being set up takes an exception
for a success, and crashes later.
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

SECONDS = 0.2
# By default it is ignored: a knock that comes too late does nothing.
KNOCK = signal.SIGURG
ENDS = (signal.SIGTERM, signal.SIGINT)


class Ear:
    """Hears signals, and calls ``look`` in a thread of its own until it is closed.

    Attributes:
        terminated: Whether the system, or Ctrl-C, has asked for the end.
    """

    def __init__(self, look: Callable[[], bool]):
        """Nothing is heard yet.

        Args:
            look: Look around; whether somebody asks for the end.
        """
        self.terminated = False
        self._look, self._end = look, Event()
        self._answer: Callable[[], None] | None = None
        self._thread = Thread(target=self._listen, name="ear", daemon=True)
        self._before: dict[int, Any] = {}
        self._woken = self._wake = self._wake_before = -1

    def __enter__(self) -> "Ear":
        """Begin to hear."""
        # the system writes a signal's number there at once, whatever the main thread is doing
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._wake_before = signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._hear) for number in (*ENDS, KNOCK)}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hear no more; a signal does what it did before."""
        self._end.set()
        if self._thread is not current_thread():
            self._thread.join()
        for number, before in self._before.items():
            signal.signal(number, before)
        signal.set_wakeup_fd(self._wake_before)
        os.close(self._woken)
        os.close(self._wake)

    @contextmanager
    def open(self, answer: Callable[[], None]) -> Iterator[None]:
        """A block that may be broken into: ``answer`` is called when the end is asked for, and may raise.

        It is called again and again until the block is left, or nobody asks any more.
        """
        before, self._answer = self._answer, answer
        try:
            yield
        finally:
            self._answer = before

    @contextmanager
    def shut(self) -> Iterator[None]:
        """A part of such a block that is not broken into: something is written there."""
        before, self._answer = self._answer, None
        try:
            yield
        finally:
            self._answer = before

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.terminated = self.terminated or number in ENDS
        if (answer := self._answer) is not None and not _imports(frame):
            with self.shut():
                answer()

    def _listen(self) -> None:
        while not self._end.is_set():
            self._wait()
            try:
                asked = self._look()
            except OSError:
                asked = False  # the next look may do better
            if (asked or self.terminated) and signal.getsignal(KNOCK) == self._hear:
                # a signal, not a flag: it also ends a wait in the system
                signal.pthread_kill(main_thread().ident or 0, KNOCK)

    def _wait(self) -> None:
        """Until the next look; less where a signal asks for the end."""
        end = monotonic() + SECONDS
        while (left := end - monotonic()) > 0:
            if select.select([self._woken], [], [], left)[0] and set(os.read(self._woken, 4096)) & set(ENDS):
                self.terminated = True
                return


def _imports(frame: FrameType | None) -> bool:
    """Whether an import is under way in a thread that has come to this frame."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
