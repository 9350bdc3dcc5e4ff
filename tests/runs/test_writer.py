"""The writing thread: order, room, errors, and what a killed process leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, current_thread, get_ident
from typing import Any

import pytest

from mlcl_core.runs.worker import writer as module
from mlcl_core.runs.worker.writer import MAX_BYTES, MAX_JOBS, MAX_LARGE, Writer

PATIENCE = 20.0


class Gate:
    """A job that waits until it is opened."""

    def __init__(self) -> None:
        """Closed."""
        self.begun, self.open = Event(), Event()

    def __call__(self) -> None:
        """Wait."""
        self.begun.set()
        assert self.open.wait(PATIENCE)


@pytest.fixture
def waits() -> list[str]:
    """What happened to calls that had to wait."""
    return []


@pytest.fixture
def writer(waits: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    """A writer with its thread; a wait of a hundredth of a second is long."""
    monkeypatch.setattr(module, "LONG_SECONDS", 0.01)

    @contextmanager
    def waiting() -> Iterator[None]:
        waits.append("begin")
        yield
        waits.append("end")

    one = Writer(waiting, lambda: waits.append("late"))
    one.start()
    yield one
    one.close()


def test_jobs_are_done_in_order_by_one_other_thread(writer: Writer) -> None:
    """A thousand jobs, more than may wait: each once, in order, none by the thread that asks; flush waits for all."""
    done: list[tuple[int, int]] = []
    for number in range(4 * MAX_JOBS):
        writer.put(lambda number=number: done.append((number, get_ident())))  # type: ignore[misc]
    writer.flush()
    assert [number for number, _ in done] == list(range(4 * MAX_JOBS))
    (thread,) = {thread for _, thread in done}
    assert thread != get_ident()


def test_without_a_thread_a_job_is_done_at_once() -> None:
    """Before start and after close, by the thread that asks, which gets the error itself."""
    one, threads = Writer(), []
    one.put(lambda: threads.append(current_thread().name))
    one.start()
    one.put(lambda: threads.append(current_thread().name))
    one.close()
    one.put(lambda: threads.append(current_thread().name))
    assert threads == [current_thread().name, "writer", current_thread().name]
    with pytest.raises(ZeroDivisionError):
        one.put(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    one.flush()


@pytest.mark.parametrize(
    ("waiting", "size", "fits"),
    [
        ([0] * (MAX_JOBS - 1), 0, True),
        ([0] * MAX_JOBS, 0, False),
        ([1] * (MAX_LARGE - 1), 1, True),
        ([1] * MAX_LARGE, 1, False),
        ([1] * MAX_LARGE, 0, True),
        ([MAX_BYTES - 1], 1, True),
        ([MAX_BYTES], 1, False),
        ([0], 2 * MAX_BYTES, True),
    ],
)
def test_a_call_waits_for_room(writer: Writer, waits: list[str], waiting: list[int], size: int, fits: bool) -> None:
    """Jobs, large jobs and bytes are limited, those under way included; the wait is told, and again when it is long.

    A job larger than all that may wait is taken when it is the only large one.
    """
    gate = Gate()
    for number, nbytes in enumerate(waiting):
        writer.put(gate if number == 0 else lambda: None, nbytes=nbytes)
    assert gate.begun.wait(PATIENCE)
    assert waits == []

    def late() -> None:
        waits.append("late")
        gate.open.set()

    writer._late = late
    writer.put(lambda: None, nbytes=size)
    assert waits == ([] if fits else ["begin", "late", "end"])
    gate.open.set()
    writer.flush()


def test_an_error_is_raised_by_the_next_call_and_nothing_is_done_after_it(writer: Writer) -> None:
    """The job that fails is the last one: those that waited are not done, further ones and flush give its error."""
    gate, done = Gate(), []

    def full() -> None:
        raise OSError(28, "No space left on device", "events.jsonl")

    writer.put(gate)
    writer.put(full)
    writer.put(lambda: done.append("after"))
    gate.open.set()
    for call in (writer.flush, lambda: writer.put(lambda: done.append("later")), writer.flush):
        with pytest.raises(OSError, match="No space left"):
            call()
    writer.close()
    assert done == []
    writer.put(lambda: done.append("the last line"))
    assert done == ["the last line"]


def test_a_call_that_waits_for_room_hears_of_an_error(writer: Writer) -> None:
    """It does not wait for ever for a thread that has ended."""
    gate = Gate()

    def broken() -> None:
        gate()
        raise OSError("gone")

    writer.put(broken)
    for _ in range(MAX_JOBS - 1):
        writer.put(lambda: None)
    writer._late = gate.open.set
    with pytest.raises(OSError, match="gone"):
        writer.put(lambda: None)


def test_closing_does_what_waits(writer: Writer) -> None:
    """Nothing that was asked for is lost."""
    gate, done = Gate(), list[Any]()
    writer.put(gate)
    writer.put(lambda: done.append(1))
    gate.open.set()
    writer.close()
    assert done == [1]
