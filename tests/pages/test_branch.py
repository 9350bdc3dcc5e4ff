"""The button Branch: from which step and checkpoint, with which settings; a viewer has none."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts.frame import branch as part
from dashboard.parts.frame.branch import repeated_words
from mlcl_core.errors import InputError
from mlcl_core.runs.branch import Branch
from mlcl_core.runs.checkpoints import BEFORE_DIGESTS, sealed
from mlcl_core.runs.files import append_line, write_json
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.run import Run
from tests.made_runs import made_run
from tests.pages.conftest import words


@pytest.fixture
def run(home: Path) -> Run:
    """A run of 20 steps that stopped at 5, with a checkpoint at step 2."""
    run = made_run(home, "stopped", name="*one*")
    for step in range(1, 6):
        append_line(run.path / "events.jsonl", {"event": "step", "step": step, "at": 1.0, "loss": 1.0})
    path = numbered_path(run.path / "checkpoints", 2)
    path.parent.mkdir()
    path.write_bytes(b"tensors")
    write_json(
        path.with_suffix(".json"), sealed({**dict.fromkeys(BEFORE_DIGESTS), "step": 2, "settings": {}}, b"tensors")
    )
    return run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, home: Path) -> list[Any]:
    """What the button asked for, in place of doing it."""
    seen: list[Any] = []

    def branch(_: Any, run: Run, at: int, settings: dict[str, Any], name: str | None) -> Run:
        seen.append((run.id, at, settings, name))
        if name == "bad/name":
            raise InputError("the name 'bad/name' cannot be used")
        return made_run(home, "running", name="other")

    monkeypatch.setattr(part, "branch", branch)
    return seen


def form(app: AppTest) -> AppTest:
    """The page with the form open."""
    app.session_state[part.OPEN] = True
    return app.run()


def test_it_says_what_is_repeated_and_starts_a_branch(opened: Any, run: Run, asked: list[Any]) -> None:
    """From the newest step, then from another one; only what was changed is asked for; the branch is shown."""
    app = opened("train")
    assert not [one for one in app.button if one.label == "Start the branch"]
    app = form(app)
    assert r"It begins with the checkpoint at step 2: 3 steps are trained again, as they were. **\*one\*** st" in words(
        app
    )
    app.number_input(key=f"branch.at.{run.id}").set_value(2).run()
    assert "no step is trained again" in words(app)
    app.number_input(key=f"branch.{run.id}.2.loss.temperature").set_value(0.25)
    app.text_input(key=f"branch.name.{run.id}").set_value("bad/name")
    submit(app)
    assert "the name 'bad/name' cannot be used" in next(one.value for one in app.error).replace("\\", "")
    app.text_input(key=f"branch.name.{run.id}").set_value(" ")
    submit(app)
    change = {"loss.temperature": 0.25}
    assert asked == [(run.id, 2, change, "bad/name"), (run.id, 2, change, None)]
    assert app.session_state["run.id"] != run.id
    assert not app.session_state[part.OPEN]


def submit(app: AppTest) -> None:
    """Press the button of the form."""
    next(one for one in app.button if one.label == "Start the branch").click().run()
    assert not app.exception


def test_where_no_branch_can_begin_it_says_why(opened: Any, run: Run) -> None:
    """A step before the first checkpoint: the steps that there are, and no form."""
    app = form(opened("train"))
    app.number_input(key=f"branch.at.{run.id}").set_value(1).run()
    assert "a branch begins at step 2 or later" in words(app).replace("\\", "")
    assert not [one for one in app.button if one.label == "Start the branch"]


def test_a_viewer_has_no_such_button(opened: Any, run: Run, asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a form, though the page is told that it is open."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", "a-token-of-sixteen-characters")
    app = form(opened("train"))
    assert not [one for one in app.button if one.label == "Start the branch"]
    assert not [one for one in app.number_input if one.key == f"branch.at.{run.id}"]


def test_one_step_is_one_step(run: Run) -> None:
    """The words for one step."""
    assert repeated_words(Branch(run, 3, 2)).startswith(
        "It begins with the checkpoint at step 2: 1 step is trained again, as they were. "
    )
