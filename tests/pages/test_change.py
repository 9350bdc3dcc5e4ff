"""The panel Change: what may change while a run trains, from when, why not, and what others changed meanwhile."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from mlcl_core.runs.files import append_line
from mlcl_core.runs.run import Run
from tests.made_runs import made_run


@pytest.fixture
def changing(opened: Callable[[str], AppTest], home: Path) -> Callable[..., tuple[AppTest, Run]]:
    """The panel of a run that trains."""

    def open_panel(**settings: Any) -> tuple[AppTest, Run]:
        run = made_run(home, "running", **settings)
        app = opened("train")
        app.session_state[state.PANEL] = "Change"
        app.run()
        assert not app.exception
        return app, run

    return open_panel


def words(app: AppTest) -> str:
    """All that the page says, without what keeps its markup from being markup."""
    found = "\n".join(
        str(one.value) for kind in ("markdown", "caption", "info", "error", "success") for one in app.get(kind)
    )
    return found.replace("\\", "")


def press(app: AppTest, label: str) -> None:
    """Press a button by its label."""
    next(button for button in app.button if button.label == label).click().run()


def acknowledge(run: Run, settings: dict[str, Any], request: str = "other", **more: Any) -> None:
    """What a worker writes at step 9."""
    about = {"request": request, "action": "set", "settings": settings, **more}
    append_line(run.path / "events.jsonl", {"event": "acknowledged", "step": 9, **about})


def test_what_is_changed_is_asked_for(changing: Callable[..., tuple[AppTest, Run]]) -> None:
    """Another rule brings its own parameters; a request names what was changed alone, and its answer is shown."""
    app, run = changing()
    key = f"change.{run.id}"
    assert {"**From the next step**", "**From the next epoch**"} <= {one.value for one in app.markdown}
    app.selectbox(key=f"{key}.loss.rule").set_value("jaccard").run()
    app.number_input(key=f"{key}.rule.jaccard.threshold").set_value(0.5)
    app.number_input(key=f"{key}.training.batch_size").set_value(64)
    press(app, "Apply")
    (request,) = run.requests()
    changed = {"loss.rule": "jaccard", "loss.rule_params": {"threshold": 0.5}, "training.batch_size": 64}
    assert request["settings"] == changed
    assert "Requested." in words(app)
    first = dict.fromkeys(changed, 10) | {"training.batch_size": 13}
    acknowledge(run, changed, request["id"], from_step=first, from_epoch=2)
    app.run()
    assert "rule jaccard, parameters of the rule threshold 0.5 at step 9; batch size 64 from epoch 2" in words(app)
    assert "elsewhere" not in words(app)


def test_a_refusal_stands_beside_its_field(changing: Callable[..., tuple[AppTest, Run]]) -> None:
    """Known before it is asked for, or told by the worker; what the loss has no place for is not offered."""
    app, run = changing(loss__name="msc")
    key = f"change.{run.id}"
    keys = {str(one.key) for kind in ("selectbox", "number_input") for one in app.get(kind)}
    assert {f"{key}.loss.temperature", f"{key}.training.sampler"} <= keys
    assert not {f"{key}.loss.rule", f"{key}.loss.placement", f"{key}.loss.normalise"} & keys
    app.number_input(key=f"{key}.training.batch_size").set_value(5000)
    press(app, "Apply")
    refused = "refused: training.batch_size is 5,000, and 40 items train; it must be at most that"
    line = {"event": "acknowledged", "step": 9, "request": run.requests()[0]["id"], "action": "set", "result": refused}
    append_line(run.path / "events.jsonl", line)
    app.run()
    assert "5,000, and 40 items train" in "".join(one.value for one in app.error)


def test_two_browsers_change_one_run(changing: Callable[..., tuple[AppTest, Run]]) -> None:
    """What was changed elsewhere is said; an entry stays, and the next request holds the entry alone. Filled again,
    the fields show what is in force.
    """
    app, run = changing()
    key = f"change.{run.id}"
    app.selectbox(key=f"{key}.training.sampler").set_value("label_balanced").run()
    acknowledge(run, {"loss.temperature": 0.2, "loss.rule": "all_equal", "loss.rule_params": {}})
    app.run()
    assert app.selectbox(key=f"{key}.training.sampler").value == "label_balanced"
    assert app.number_input(key=f"{key}.loss.temperature").value == 0.1
    assert "Changed elsewhere meanwhile: temperature 0.2, rule all-equal" in words(app)
    press(app, "Apply")
    assert run.requests()[-1]["settings"] == {"training.sampler": "label_balanced"}
    first = {"training.sampler": 900}
    acknowledge(run, {"training.sampler": "label_balanced"}, run.requests()[-1]["id"], from_step=first, from_epoch=2)
    app.run()
    assert "Waits for the next epoch: sampler label-balanced" in words(app)
    press(app, "Fill the fields again")
    assert app.number_input(key=f"{key}.loss.temperature").value == 0.2
    assert app.selectbox(key=f"{key}.loss.rule").value == "all_equal"
    assert "elsewhere" not in words(app)
    press(app, "Apply")
    assert "Nothing was changed." in words(app)
