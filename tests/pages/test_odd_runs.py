"""Pages on a home with an odd run, and on one that is read only."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from mlcl_core.runs.numbered import numbered_path
from tests.made_runs import made_run
from tests.pages.conftest import payloads, words
from tests.pages.test_runs import choose


def test_a_run_that_cannot_be_shown_is_a_row_with_the_reason(home: Path, opened: Callable[[str], AppTest]) -> None:
    """It is in the list, is not shown by itself, and shows one line where it is chosen; the other run works."""
    well = made_run(home, "finished", name="well")
    odd = made_run(home, "finished", name="odd")
    (odd.path / "config.json").write_text('{"loss": {"temprature": 1}}')
    app = opened("train")
    assert app.session_state[state.RUN] == well.id
    app.session_state[state.PANEL] = "Runs"
    app.run()
    table = app.dataframe[0].value.set_index("name")
    assert list(table.columns) == ["state", "step", "Macro-F1", "note"]
    assert table.loc["odd", "state"] == "damaged"
    assert table.loc["odd", "note"].startswith("config.json: loss.temprature is not a setting")
    assert table.loc["well", "state"] == "finished"
    app.session_state[state.RUN] = odd.id
    app.session_state[state.PANEL] = "Health"
    app.run()
    assert not app.exception
    assert app.error
    assert all("temprature is not a setting" in one.value for one in app.error)
    for page in ("map", "anchor", "runs", "train"):
        app.switch_page(f"../pages/{page}.py").run()
        assert not app.exception


def test_what_is_odd_is_said_under_the_run_bar(home: Path, opened: Callable[[str], AppTest]) -> None:
    """A damaged name, lines that are no events: one line; a frame that cannot be read: in the cloud's status line."""
    run = made_run(home, "finished", name="one")
    with (run.path / "events.jsonl").open("a") as file:
        file.write('{"event": "frame", "step": "six"}\n')
    path = numbered_path(run.path / "frames", 5)
    path.write_bytes(path.read_bytes()[:-1])
    app = opened("train")
    assert r"events\.jsonl\: 1 line of 5 is no event and passed over; line 5\: step" in words(app)
    assert any(
        b"no relations: frames/00000005.safetensors: cannot be read" in one for one in payloads(app, "mlcl_cloud")
    )
    (run.path / "meta.json").write_text("")
    assert r"meta\.json\: Invalid JSON" in words(opened("train"))


def test_a_home_that_is_read_only_is_shown(
    home: Path, opened: Callable[[str], AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page opens; renaming and tagging say that it is read only, and nothing changes."""
    run = made_run(home, "finished", name="one")
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK and access(path, mode))
    for page in ("map", "anchor", "learn", "data", "train"):
        assert not opened(page).error
    app = opened("runs")
    choose(app, run)
    app.text_input(f"runs.name.{run.id}").set_value("other").run()
    assert "read only" in words(app)
    (tags,) = (field for field in app.multiselect if field.label == "Tags")
    tags.set_value(["thesis"]).run()
    assert "read only" in words(app)
    assert (run.name, run.tags) == ("one", ())
