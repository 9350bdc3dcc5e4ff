"""Requests to a worker: which are accepted, and how their acknowledgement is found."""

from pathlib import Path
from typing import Any

import pytest

from mlcl_core.errors import InputError
from mlcl_core.runs import control
from mlcl_core.runs.files import append_line
from mlcl_core.runs.records import RUNNING
from mlcl_core.runs.run import Run
from tests.runs.handmade import make_run, write_status


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose status is running."""
    return make_run(tmp_path, (0,), state=RUNNING)


@pytest.mark.parametrize("action", ["pause", "resume", "step", "stop"])
@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_a_request_is_a_line_of_its_own(run: Run, action: str, state: str) -> None:
    """Every living run takes requests; each has an id, a time and its action."""
    write_status(run, state)
    first, second = control.request(run, action), control.request(run, action)
    assert [line["id"] for line in run.requests()] == [first, second]
    assert first != second
    assert {line["action"] for line in run.requests()} == {action}
    assert all(line["at"] > 0 for line in run.requests())


def test_live_settings_can_be_asked_for(run: Run) -> None:
    """Temperature and learning rate, as numbers or as the text of a form."""
    control.request(run, "set", settings={"loss.temperature": "0.25", "optimiser.learning_rate": 0.01})
    (line,) = run.requests()
    assert line["settings"] == {"loss.temperature": "0.25", "optimiser.learning_rate": 0.01}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"model.width": 64},
            "model.width cannot change while it trains; loss.temperature, optimiser.learning_rate, loss.rule, ",
        ),
        ({"loss.temperature": 0.2, "seed": 3}, "seed cannot change"),
        ({}, "a change names settings, such as loss.temperature=0.2; this one names none"),
        ({"loss.temperature": -1}, "loss.temperature is -1"),
        ({"loss.temperature": "warm"}, "loss.temperature is 'warm'"),
        ({"optimiser.learning_rate": float("nan")}, "optimiser.learning_rate is nan"),
    ],
)
def test_other_settings_are_refused(run: Run, settings: dict[str, Any], words: str) -> None:
    """A fixed setting or an impossible value is refused in one line, without a request."""
    with pytest.raises(InputError, match=words):
        control.request(run, "set", settings=settings)
    assert run.requests() == []


def test_an_unknown_action_is_refused(run: Run) -> None:
    """An action that no worker knows is refused."""
    with pytest.raises(InputError, match="there is no request 'explode'; there are: pause, resume, step, stop, set"):
        control.request(run, "explode")


@pytest.mark.parametrize("state", ["finished", "stopped", "failed", "interrupted"])
def test_nobody_is_there_to_act(run: Run, state: str) -> None:
    """A run that has ended, or whose worker is dead, takes no requests."""
    write_status(run, "running" if state == "interrupted" else state, heartbeat=0)
    with pytest.raises(InputError, match=f"is {state}; only a queued, running or paused run takes requests"):
        control.request(run, "pause")
    assert not (run.path / "requests.jsonl").exists()


def test_an_acknowledgement_is_found_by_its_request(run: Run) -> None:
    """None before the worker acknowledges; then the event, with its step."""
    request = control.request(run, "pause")
    assert control.acknowledgement(run, request) is None
    append_line(run.path / "events.jsonl", {"event": "acknowledged", "step": 4, "request": "other", "action": "pause"})
    assert control.acknowledgement(run, request) is None
    append_line(run.path / "events.jsonl", {"event": "acknowledged", "step": 5, "request": request, "action": "pause"})
    found = control.acknowledgement(run, request)
    assert found is not None
    assert found["step"] == 5
