"""Live parts of several sessions: one at a time, and nobody waits for long."""

import threading
from time import monotonic

import pytest

from dashboard.parts import live

SOON = 20.0


def test_one_part_is_drawn_whole_before_the_next() -> None:
    """The second session's part begins when the first session's has ended."""
    begun, go_on, order = threading.Event(), threading.Event(), []

    def first() -> None:
        order.append("first begins")
        begun.set()
        assert go_on.wait(SOON)
        order.append("first ends")

    def second() -> None:
        order.append("second")

    one = threading.Thread(target=live._by_turns(first))
    one.start()
    assert begun.wait(SOON)
    two = threading.Thread(target=live._by_turns(second))
    two.start()
    go_on.set()
    for thread in (one, two):
        thread.join(SOON)
    assert order == ["first begins", "first ends", "second"]


def test_behind_a_long_part_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that works longer than the patience of the others does not hold them up."""
    monkeypatch.setattr(live, "PATIENCE", 0.01)
    inside, done = threading.Event(), threading.Event()

    def long() -> None:
        inside.set()
        assert done.wait(SOON)

    one = threading.Thread(target=live._by_turns(long))
    one.start()
    assert inside.wait(SOON)
    live._by_turns(done.set)()  # comes to its turn though the first is still at it
    one.join(SOON)
    assert done.is_set()


def test_a_part_that_fails_gives_its_turn_back() -> None:
    """After an error the next part waits for nobody."""

    def failing() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        live._by_turns(failing)()
    begun = monotonic()
    live._by_turns(lambda: None)()
    assert monotonic() - begun < live.PATIENCE
