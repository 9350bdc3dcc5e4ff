"""What asks for the end is heard wherever the main thread is, and answered only where it may be."""

import os
import signal
from collections.abc import Callable
from threading import Timer
from time import monotonic, sleep

import pytest

from mlcl_core.runs.interrupts import TERMINATION, Interrupts, wake_signal

LONG = 60.0


class Broken(Exception):
    """Raised by an answer."""


def raising() -> None:
    """An answer that breaks in."""
    raise Broken


def at_work(enough: Callable[[], bool] = lambda: False) -> None:
    """Python at work for a minute, or until it is enough."""
    end = monotonic() + LONG
    while monotonic() < end and not enough():
        sleep(0.005)


def test_an_open_block_is_broken_into() -> None:
    """Somebody asks, by a line or by a signal: the answer is given in the middle of whatever runs there."""
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


def test_a_wait_in_the_system_is_broken_into() -> None:
    """Where nothing of Python runs but a wait, it ends."""
    begun = monotonic()
    with Interrupts(lambda: True) as interrupts, pytest.raises(Broken), interrupts.allowed(raising):
        sleep(LONG)
    assert monotonic() - begun < LONG


def test_elsewhere_nothing_is_broken_into() -> None:
    """Outside of open blocks, and where something is written within one, whoever works looks by himself."""
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


def test_a_look_that_fails_is_taken_again() -> None:
    """A file that cannot be read for a moment does not make it deaf."""
    looks = []

    def look() -> bool:
        looks.append(None)
        if len(looks) == 1:
            raise OSError
        return True

    with Interrupts(look) as interrupts, pytest.raises(Broken), interrupts.allowed(raising):
        at_work()


def test_closed_it_leaves_everything_as_it_was() -> None:
    """Signals do what they did before, and the thread has ended."""
    before = [signal.getsignal(number) for number in (*TERMINATION, wake_signal())]
    with Interrupts(lambda: False) as interrupts:
        assert signal.getsignal(signal.SIGTERM) == interrupts._on_signal
    assert [signal.getsignal(number) for number in (*TERMINATION, wake_signal())] == before
    assert not interrupts._thread.is_alive()
