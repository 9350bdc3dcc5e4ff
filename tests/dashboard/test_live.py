"""Live parts of several sessions: one at a time, and none waits for long."""

import threading
from collections.abc import Callable
from time import monotonic

import pytest
import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

from dashboard.parts.frame import live
from mlcl_core.errors import InputError

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


def test_a_long_part_blocks_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that takes longer than the waiting time does not block the others."""
    monkeypatch.setattr(live, "MAX_WAIT", 0.01)
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


def failing(kind: type[BaseException], *arguments: object) -> Callable[[], None]:
    """A part that raises."""

    def part() -> None:
        raise kind(*arguments)

    return part


@pytest.mark.parametrize(("part", "said", "logged"), [
    (failing(InputError, "frames/3: <b>cut</b>\nshort"), r"frames/3\: \<b\>cut\</b\> short", 0),
    (failing(PermissionError, 13, "Permission denied", "meta.json"), r"Permission denied\: meta\.json", 0),
    (failing(InputError, "x" * 1_000_000), "x" * 500 + "…", 0),
    (failing(KeyError, "step"), r"This part cannot be drawn\: KeyError\: 'step'", 1),
])  # fmt: skip
def test_what_goes_wrong_is_one_line_where_it_happened(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: Callable[[], None], said: str, logged: int
) -> None:
    """No box with code: markup is inert, length is bounded; an unforeseen error is logged with its traceback."""
    lines: list[str] = []
    monkeypatch.setattr(st, "error", lambda text, icon: lines.append(text))
    live._by_turns(part)()
    assert len(lines) == 1
    assert lines[0].startswith(said)
    assert "\n" not in lines[0]
    assert len([record for record in caplog.records if record.exc_info]) == logged


def test_a_part_that_fails_gives_its_turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error the next part does not wait."""
    monkeypatch.setattr(st, "error", lambda text, icon: None)
    live._by_turns(failing(ValueError, "no"))()
    begun = monotonic()
    live._by_turns(lambda: None)()
    assert monotonic() - begun < live.MAX_WAIT


def test_streamlits_own_signals_pass() -> None:
    """A part may ask for another run of the page, or end this one."""
    for part, kind in ((failing(RerunException, None), RerunException), (failing(StopException), StopException)):
        with pytest.raises(kind):
            live._by_turns(part)()
