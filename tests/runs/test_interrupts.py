"""A request to end interrupts the main thread wherever that is allowed, and nowhere else."""

import os
import signal
from collections.abc import Callable
from threading import Timer
from time import monotonic, sleep

import pytest

from mlcl_core.runs.worker.interrupts import TERMINATION, Interrupts, wake_signal

pytestmark = pytest.mark.slow

LONG = 60.0


class Broken(Exception):
    """Raised by a handler."""


def raising() -> None:
    """A handler that interrupts."""
    raise Broken


def at_work(enough: Callable[[], bool] = lambda: False) -> None:
    """Run Python code for a minute, or until it is enough."""
    end = monotonic() + LONG
    while monotonic() < end and not enough():
        sleep(0.005)


def test_a_block_is_interrupted() -> None:
    """A poll or a signal requests the end: the handler runs in the middle of the block."""
    asked = False
    with Interrupts(lambda: asked) as interrupts:
        asked = True
        with pytest.raises(Broken), interrupts.allowed(raising):
            at_work()
        assert not interrupts.terminated
    for number in TERMINATION:
        with Interrupts(lambda: False) as interrupts:
            kill = Timer(0.05, os.kill, (os.getpid(), number))
            kill.start()
            with pytest.raises(Broken), interrupts.allowed(raising):
                at_work()
            kill.join()
            assert interrupts.terminated


def test_a_wait_in_the_system_is_interrupted() -> None:
    """A wait in a system call ends."""
    begun = monotonic()
    with Interrupts(lambda: True) as interrupts, pytest.raises(Broken), interrupts.allowed(raising):
        sleep(LONG)
    assert monotonic() - begun < LONG


def test_elsewhere_nothing_is_interrupted() -> None:
    """Outside of such blocks, and in parts of one that are blocked, no handler runs."""
    looks, answers = [], []
    with Interrupts(lambda: bool(looks.append(None)) or True) as interrupts:
        at_work(lambda: len(looks) > 2)
        with interrupts.allowed(lambda: answers.append(None)):
            with interrupts.blocked():
                before = len(looks)
                at_work(lambda: len(looks) > before + 2)
                assert answers == []
            at_work(lambda: len(answers) > 1)
        given = len(answers)
        at_work(lambda: len(looks) > before + 6)
        assert len(answers) == given > 1


def test_a_poll_that_fails_is_repeated() -> None:
    """A poll that cannot read a file is followed by another."""
    looks = []

    def look() -> bool:
        looks.append(None)
        if len(looks) == 1:
            raise OSError
        return True

    with Interrupts(look) as interrupts, pytest.raises(Broken), interrupts.allowed(raising):
        at_work()


def test_closed_it_leaves_everything_as_it_was() -> None:
    """The signal handlers of before are restored, and the thread has ended."""
    before = [signal.getsignal(number) for number in (*TERMINATION, wake_signal())]
    with Interrupts(lambda: False) as interrupts:
        assert signal.getsignal(signal.SIGTERM) == interrupts._on_signal
    assert [signal.getsignal(number) for number in (*TERMINATION, wake_signal())] == before
    assert not interrupts._thread.is_alive()
