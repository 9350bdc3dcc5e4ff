"""Batches dealt ahead: the same ones, no more than a few, errors in their place, and no thread that stays."""

import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from time import sleep
from typing import Any

import pytest
import torch

from mlcl_core.data import SAMPLERS
from mlcl_core.engine import device
from mlcl_core.engine.course import Dealer
from mlcl_core.engine.dealt_ahead import dealt_ahead
from mlcl_core.engine.events import StepDone
from mlcl_core.engine.loop import Trainer
from tests.engine.toy import toy_config, toy_data, toy_trainer, training

COSTLY = sorted(name for name, sampler in SAMPLERS.items() if sampler.takes_time)


def dealers() -> list[threading.Thread]:
    """The threads that deal."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPool")]


class Counted:
    """Numbers from 0 on, which counts those that were taken."""

    def __init__(self, upto: int = 1000):
        """None taken."""
        self.taken, self.upto = 0, upto

    def __iter__(self) -> Iterator[int]:
        """All of them, once."""
        while self.taken < self.upto:
            self.taken += 1
            yield self.taken - 1


def settled(numbers: Counted) -> int:
    """How many were taken, once no more are."""
    before = -1
    while before != numbers.taken:
        before = numbers.taken
        sleep(0.02)
    return before


@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("upto", [0, 1, 7])
def test_the_same_batches_in_the_same_order(upto: int, depth: int) -> None:
    """However many there are; the thread has ended with the last one."""
    assert list(dealt_ahead(range(upto), depth)) == list(range(upto))
    assert not dealers()


def test_a_pause_holds_no_more_than_a_few() -> None:
    """With a depth of 3, at most 3 wait beside the one that is trained on; each one taken makes room for one."""
    numbers = Counted()
    with closing(dealt_ahead(numbers, 3)) as batches:
        for position in range(5):
            assert next(batches) == position
            assert settled(numbers) == position + 4
    assert not dealers()
    assert settled(numbers) == 8


def test_nothing_is_dealt_before_it_is_asked_for() -> None:
    """An iterator that is never used starts no thread."""
    numbers = Counted()
    with closing(dealt_ahead(numbers)):
        assert settled(numbers) == 0
        assert not dealers()


def test_an_error_comes_in_the_place_of_its_batch() -> None:
    """Batches before it are given; the error is the same object, and nothing comes after it."""
    error = ValueError("no such label")

    def failing() -> Iterator[int]:
        yield from range(2)
        raise error

    batches = dealt_ahead(failing(), 3)
    assert [next(batches), next(batches)] == [0, 1]
    with pytest.raises(ValueError, match="no such label") as raised:
        next(batches)
    assert raised.value is error
    assert next(batches, None) is None
    assert not dealers()


@pytest.mark.parametrize("sampler", COSTLY)
def test_training_is_the_same_bit_for_bit(sampler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A core left or none: the same losses, over several epochs; a thread deals in the one case alone."""
    losses = []
    for cores in (1, 64):
        monkeypatch.setattr(device.os, "cpu_count", lambda cores=cores: cores)
        trainer = toy_trainer(training__sampler=sampler, loss__rule="all_equal")
        seen, threads = [], 0
        for event in training(trainer):
            if isinstance(event, StepDone):
                seen.append(event.loss)
                threads += len(dealers())
        losses.append(seen)
        assert (threads > 0) == (cores == 64)
        assert not dealers()
    assert len(losses[0]) == 12
    assert losses[0] == losses[1]


def test_uniform_batches_need_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dealing them takes less than handing them over would."""
    monkeypatch.setattr(device.os, "cpu_count", lambda: 64)
    steps = toy_trainer().steps()
    next(steps)
    assert not dealers()


class Stop(Exception):
    """Asks for the end."""


def test_a_signal_interrupts_the_wait_for_a_batch() -> None:
    """Its handler runs while the thread deals, and the thread has ended when the exception is out."""
    go_on = threading.Event()

    def slow() -> Iterator[int]:
        yield 0
        go_on.wait(10)
        yield 1

    def stop(*_: object) -> None:
        go_on.set()
        raise Stop

    batches, before = dealt_ahead(slow()), signal.signal(signal.SIGALRM, stop)
    try:
        assert next(batches) == 0
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Stop):
            next(batches)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not dealers()


def test_a_stop_between_two_batches_ends_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exception leaves the steps, the state is that of the last step, and a second pass goes on from there."""
    monkeypatch.setattr(device.os, "cpu_count", lambda: 64)
    settings = {"training__sampler": "positives", "loss__rule": "all_equal"}
    alone = [float(done.loss) for _, done in toy_trainer(**settings).steps()]
    trainer = Trainer(toy_config(**settings), None, toy_data())
    real = Dealer.batch

    def stopped(dealer: Dealer) -> torch.Tensor:
        if trainer.step == 1:
            raise Stop
        return real(dealer)

    monkeypatch.setattr(Dealer, "batch", stopped)
    steps = trainer.steps()
    seen = [float(next(steps)[1].loss)]
    assert dealers()
    with pytest.raises(Stop):
        next(steps)
    assert not dealers()
    assert trainer.step == 1
    monkeypatch.setattr(Dealer, "batch", real)
    assert seen + [float(done.loss) for _, done in trainer.steps()] == alone


def test_another_sampler_and_batch_size_deal_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of the next epoch that were dealt already are dealt again: as where none is dealt ahead, bit for bit."""
    changes: dict[int, dict[str, Any]] = {
        2: {"training.sampler": "positives"},
        3: {"loss.rule": "all_equal", "training.batch_size": 8},
        6: {"training.sampler": "label_balanced", "training.batch_size": 16},
    }
    losses = []
    for cores in (1, 64):
        monkeypatch.setattr(device.os, "cpu_count", lambda cores=cores: cores)
        trainer, seen = toy_trainer(), []
        for event in training(trainer):
            if isinstance(event, StepDone):
                seen.append((event.items, event.loss))
                trainer.change(changes.get(event.step, {}))
                assert bool(dealers()) == (cores == 64 and event.step > 4)
        losses.append(seen)
        assert not dealers()
    assert [items for items, _ in losses[0]] == [16] * 4 + [8] * 8 + [16] * 4
    assert losses[0] == losses[1]
