"""One run at a time on a device: others wait, first come, first served, and name the run before them."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from socket import gethostname

import psutil
import pytest

from mlcl_core.engine import preset
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import queue
from mlcl_core.runs.queue import ahead, wait_for_device
from mlcl_core.runs.records import QUEUED, RUNNING
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.runs.handmade import write_status


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    """Release the locks after each test: otherwise they are held until the process ends."""
    yield
    while queue._HELD:
        queue._HELD.pop().release()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(home_directory(tmp_path))


def waiting(store: Store, name: str, started: float, *, device: str = "cpu", **values: object) -> Run:
    """A run whose worker (here this process) started at a given time."""
    run = store.create(preset("icons"), name)
    place(run, QUEUED, started, device=device, **values)
    return run


def place(run: Run, state: str, started: float, **values: object) -> None:
    """Write the status of a living worker; its time of start is not compared with that of this process."""
    write_status(run, state, **{"started": started, "pid": os.getpid(), "host": gethostname(), **values})


@pytest.fixture(autouse=True)
def _any_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlcl_core.runs.run.same_process", lambda pid, started: psutil.pid_exists(pid))


def test_alone_a_run_has_its_turn_at_once(store: Store) -> None:
    """Without an earlier run the device is held at once, and stays held."""
    one, two = waiting(store, "one", 1.0), waiting(store, "two", 2.0)
    assert list(wait_for_device(store.home, one, "cpu")) == [None]
    place(one, RUNNING, 1.0, device="cpu (1 thread)")
    queue_of_two = wait_for_device(store.home, two, "cpu")
    assert [next(queue_of_two) for _ in range(3)] == ["one"] * 3


def test_first_come_first_served(store: Store) -> None:
    """Of three, the run whose worker started first is served; the last names the run before it."""
    first, second, third = (waiting(store, name, at) for name, at in (("a", 1.0), ("b", 2.0), ("c", 3.0)))
    assert next(wait_for_device(store.home, third, "cpu")) == "a"
    assert next(wait_for_device(store.home, second, "cpu")) == "a"
    assert next(wait_for_device(store.home, first, "cpu")) is None
    place(first, RUNNING, 1.0, device="cpu (2 threads)")
    assert next(wait_for_device(store.home, third, "cpu")) == "b"
    assert next(wait_for_device(store.home, second, "cpu")) == "a"
    assert [run.name for run in ahead(store, third, "cpu")] == ["b"]


def test_the_second_has_its_turn_when_the_first_is_done(store: Store) -> None:
    """A waiting run continues as soon as the device is released."""
    one, two = waiting(store, "one", 1.0), waiting(store, "two", 2.0)
    list(wait_for_device(store.home, one, "cpu"))
    place(one, RUNNING, 1.0, device="cpu")
    patient = wait_for_device(store.home, two, "cpu")
    assert next(patient) == "one"
    queue._HELD.pop().release()
    write_status(one, "finished")
    assert next(patient) is None
    assert list(patient) == []


def test_devices_do_not_wait_for_each_other(store: Store) -> None:
    """A run on the CPU and one on a GPU run side by side."""
    one, two = waiting(store, "one", 1.0), waiting(store, "two", 2.0, device="cuda")
    assert next(wait_for_device(store.home, one, "cpu")) is None
    assert next(wait_for_device(store.home, two, "cuda")) is None


@pytest.mark.parametrize(
    "values", [{"heartbeat": 0}, {"pid": None}, {"host": "elsewhere"}, {"device": None}, {"state": "stopped"}]
)
def test_the_dead_and_the_far_hold_nobody_up(store: Store, values: dict[str, object]) -> None:
    """A dead worker, one that never started, or one on another machine does not block the queue."""
    status = {"state": QUEUED, "device": "cpu", **values}
    place(store.create(preset("icons"), "dead"), str(status.pop("state")), 1.0, **status)
    two = waiting(store, "two", 2.0)
    assert next(wait_for_device(store.home, two, "cpu")) is None


def test_an_unknown_holder_is_another_run(store: Store) -> None:
    """The device is held by an unknown process: the queue says `another run`."""
    one, two = waiting(store, "one", 1.0), waiting(store, "two", 2.0)
    list(wait_for_device(store.home, one, "cpu"))
    write_status(one, "failed", heartbeat=time.time())
    assert next(wait_for_device(store.home, two, "cpu")) == "another run"
