"""The page of all runs."""

import json
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.parts.runs import table
from dashboard.parts.train.run_setup import NEW_RUN
from mlcl_core.engine.config import TrainConfig
from mlcl_core.runs import launch
from mlcl_core.runs.files import append_line, write_json
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.made_runs import made_run
from tests.pages.conftest import words

Opened = Callable[[str], AppTest]
CLEARED = count(1)


def shown(app: AppTest) -> pd.DataFrame:
    """The table of runs, by name."""
    return app.dataframe[0].value.set_index("name")


def choose(app: AppTest, *runs: Run) -> AppTest:
    """Tick the boxes of these runs."""
    app.session_state[state.RUNS_CHOSEN] = [run.id for run in runs]
    # another table, which begins with this selection
    app.session_state[state.RUNS_CLEARED] = next(CLEARED)
    return app.run()


def store(home: Path) -> Store:
    """The store of a home."""
    return Store(home)


def test_without_runs_it_says_what_to_do(opened: Opened, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A way to start one; for a viewer that the teacher starts one."""
    app = opened("runs")
    assert "empty.start" in {button.key for button in app.button}
    assert not app.dataframe
    monkeypatch.setenv("MLCL_CLASS", "1")
    assert "When the teacher starts one" in words(opened("runs"))


def test_every_run_is_a_row(opened: Opened, home: Path) -> None:
    """One that runs, one that ended with scores, a damaged one, one of a later version, a foreign folder (no row)."""
    made_run(home, "running", name="goes on", loss__rule="jaccard", seed=7)
    ended = made_run(home, "finished", name="ended", loss__name="bce")
    for name, change in (("damaged", {"los": {}}), ("later", {"schema_version": 9})):
        run = made_run(home, "finished", name=name)
        write_json(run.path / "config.json", {**json.loads((run.path / "config.json").read_text()), **change})
    (home / "runs" / "my notes").mkdir()
    store(home).tag(ended, ["thesis"])
    app = opened("runs")
    rows = shown(app)
    assert set(rows.index) == {"goes on", "ended", "damaged", "later"}
    assert dict(rows["state"]) == {"goes on": "running", "ended": "finished", "damaged": "damaged", "later": "damaged"}
    assert list(rows.loc["goes on", ["rule", "temperature", "seed", "step"]]) == ["jaccard", 0.1, 7, 5]
    assert list(rows.loc["ended", ["loss", "rule", "Micro-F1", "mAP"]]) == ["bce", "", 0.5, 0.45]
    assert rows.loc["ended", "tags"] == ["thesis"]
    assert rows.loc["ended", "map"].startswith("data:image/png;base64,")
    assert len(rows.loc["ended", "curve"]) == 3
    assert rows.loc["ended", "MB"] > 0
    assert rows.loc["damaged", "note"].startswith("config.json: los is not a setting")
    assert "a later version of MLCL Lab wrote it" in rows.loc["later", "note"]
    assert "4 runs · 1 not ended" in words(app)


def test_search_filters_sort_and_tree(opened: Opened, home: Path) -> None:
    """Words in any text, a filter for each choice, an order by any column, branches below their parent."""
    one = made_run(home, "finished", name="one", seed=3)
    two = made_run(home, "stopped", name="two", loss__rule="any_shared", seed=9)
    three = made_run(home, "finished", name="three", seed=1)
    store(home).note(two, "clusters by Colour")
    store(home).tag(one, ["thesis", "<b>"])
    write_json(three.path / "meta.json", {**three.meta(), "branch": {"parent": one.id, "at": 4, "checkpoint": 2}})
    app = opened("runs")
    for text, names in (("colour two", {"two"}), ("thesis", {"one"}), ("any_shared", {"two"}), ("", None)):
        app.text_input(key=state.RUNS_WORDS).set_value(text).run()
        assert set(shown(app).index) == (names or {"one", "two", "three"})
    app.multiselect(key=state.RUNS_FILTERS["states"]).set_value(["finished"]).run()
    app.multiselect(key=state.RUNS_FILTERS["tags"]).set_value(["<b>"]).run()
    assert list(shown(app).index) == ["one"]
    assert "1 of 3 runs" in words(app)
    for name in ("states", "tags"):
        app.multiselect(key=state.RUNS_FILTERS[name]).set_value([]).run()
    app.selectbox(key=state.RUNS_SORT).set_value("seed").run()
    assert list(shown(app)["seed"]) == [9, 3, 1]
    app.toggle(key=state.RUNS_TREE).set_value(True).run()
    assert list(shown(app).index) == ["two", "one", "\u2003∟ three"]
    choose(app, three)
    assert "Branch of **one** at step 4" in words(app)
    # a filter by a value that no run has any more
    app.multiselect(key=state.RUNS_FILTERS["rules"]).set_value(["any_shared"]).run()
    store(home).delete(two)
    app.run()
    assert not app.exception
    assert len(shown(app)) == 2


def test_name_note_and_tags_of_one(opened: Opened, home: Path) -> None:
    """Set and refused in one line; the field follows what another window wrote while it is not edited."""
    run, other = made_run(home, "finished", name="first"), made_run(home, "finished", name="other")
    store(home).tag(other, ["known"])
    app = choose(opened("runs"), run)
    app.text_input(key=f"runs.name.{run.id}").set_value("second").run()
    assert run.name == "second"
    app.text_input(key=f"runs.name.{run.id}").set_value("../etc").run()
    assert (run.name, app.text_input(key=f"runs.name.{run.id}").value) == ("second", "second")
    assert any("no slash" in error.value for error in app.error)
    app.text_area(key=f"runs.note.{run.id}").set_value("a note").run()
    assert run.note == "a note"
    (tags,) = (field for field in app.multiselect if field.label == "Tags")
    assert tags.options == ["known"]
    tags.set_value(["known", "new"]).run()
    assert run.tags == ("known", "new")
    store(home).rename(run, "third")
    app.run()
    assert app.text_input(key=f"runs.name.{run.id}").value == "third"


def test_two_windows_that_write_the_same_note_lose_nothing(opened: Opened, home: Path) -> None:
    """The second is told what the first wrote, and chooses; until then nothing is overwritten."""
    run = made_run(home, "finished", name="one")
    app = choose(opened("runs"), run)
    field = f"runs.note.{run.id}"
    for key, ends in (("runs.theirs.note", "theirs"), ("runs.mine.note", "mine, in full")):
        app.text_area(key=field).set_value(run.note)
        store(home).note(run, "theirs")
        app.text_area(key=field).set_value("mine, in full").run()
        assert run.note == "theirs"
        assert "Changed in another window meanwhile, to: theirs" in words(app)
        assert app.text_area(key=field).value == "mine, in full"
        app.button(key=key).click().run()
        assert run.note == ends
        assert app.text_area(key=field).value == ends
        assert "another window" not in words(app)
        store(home).note(run, "")
        app.run()


def test_tags_of_several_are_added_to_each(opened: Opened, home: Path) -> None:
    """The field holds what all of them have; what each has alone stays."""
    one, two = made_run(home, "finished", name="one"), made_run(home, "finished", name="two")
    store(home).tag(one, ["both", "mine"])
    store(home).tag(two, ["both"])
    app = choose(opened("runs"), one, two)
    (tags,) = (field for field in app.multiselect if field.label == "Tags of all of these")
    assert tags.value == ["both"]
    tags.set_value(["new"]).run()
    assert (one.tags, two.tags) == (("mine", "new"), ("new",))


def test_delete_names_what_goes_and_what_stays(opened: Opened, home: Path) -> None:
    """Several at once, named in the question; one that runs is not taken; one that is gone already is said."""
    one, two = made_run(home, "finished", name="one"), made_run(home, "failed", name="*two*")
    alive, left = made_run(home, "running", name="alive"), made_run(home, "finished", name="left")
    app = choose(opened("runs"), one, two, alive)
    assert r"Delete **\*two\*** and **one** with all frames" in words(app)
    assert "**alive** has not ended and stays" in words(app)
    shutil.rmtree(two.path)
    app.button(key="runs.delete").click().run()
    assert not app.exception
    assert [run.id for run in store(home).runs()] == [left.id, alive.id]
    assert any("was deleted meanwhile" in error.value for error in app.error)
    assert set(shown(app).index) == {"alive", "left"}


def test_show_and_compare(opened: Opened, home: Path) -> None:
    """One selected run becomes that of all pages; two, or one beside the current one, go to the page Compare."""
    one, two, three = (made_run(home, "finished", name=name) for name in ("one", "two", "three"))
    app = choose(opened("runs"), one)
    assert app.session_state[state.RUN] == three.id
    app.button(key="runs.show").click().run()
    assert app.session_state[state.RUN] == one.id
    assert app.button(key="runs.compare").disabled
    choose(app, two)
    app.button(key="runs.compare").click().run()
    assert (app.session_state[state.RUN], app.session_state[state.COMPARE_WITH]) == (one.id, two.id)
    app = choose(opened("runs"), two, three)
    app.button(key="runs.compare").click().run()
    assert {app.session_state[state.RUN], app.session_state[state.COMPARE_WITH]} == {two.id, three.id}


def test_how_several_differ(opened: Opened, home: Path) -> None:
    """A line a run: scores, and each setting in which they differ, however deep, with changes made while it trained."""
    one = made_run(home, "finished", name="one", loss__rule="jaccard")
    two = made_run(home, "stopped", name="two", seed=4)
    write_json(one.path / "config.json", one.config().with_settings({"loss.rule_params.threshold": 0.3}).model_dump())
    append_line(two.path / "requests.jsonl", {"id": "a", "action": "set"})
    answer = {
        "event": "acknowledged",
        "step": 3,
        "request": "a",
        "action": "set",
        "settings": {"loss.temperature": 0.5},
    }
    append_line(two.path / "events.jsonl", answer)
    app = choose(opened("runs"), one, two)
    lines = app.dataframe[1].value.set_index("run")
    assert list(lines.loc["one", ["loss.rule", "loss.rule_params.threshold", "seed", "loss.temperature"]]) == [
        "jaccard", "0.3", "0", "0.1",
    ]  # fmt: skip
    assert list(lines.loc["two", ["loss.rule_params.threshold", "seed", "loss.temperature"]]) == [
        "–",
        "4",
        "0.1 → 0.5",
    ]
    assert lines.loc["one", "Macro-F1"] == 0.4
    assert "data.name" not in lines.columns
    assert shown(app).loc["two", "temperature"] == 0.5


def test_the_whole_configuration_of_one(opened: Opened, home: Path) -> None:
    """Every setting, those that differ from the preset marked, or these alone."""
    run = made_run(home, "finished", name="one", loss__temperature=0.07, optimiser__weight_decay=0.5)
    app = choose(opened("runs"), run)
    lines = app.dataframe[1].value.set_index("setting")
    assert len(lines) > 60
    assert [name for name in lines.index if name.startswith("●")] == ["● optimiser.weight_decay"]
    assert list(lines.loc["● optimiser.weight_decay", ["value", "in the preset icons"]]) == ["0.5", "0.0001"]
    app.toggle(key=state.RUNS_ONLY_CHANGED).set_value(True).run()
    assert list(app.dataframe[1].value["setting"]) == ["● optimiser.weight_decay"]


LIKE: dict[str, Any] = {
    "optimiser.weight_decay": 0.5, "views.rotation": 3.0, "loss.rule": "jaccard", "loss.temperature": 0.31,
    "loss.logit": "bce", "loss.weight": 0.25, "training.sampler": "positives", "training.sampler_params.at_least": 3,
    "data.seed": 5, "maps.umap": False, "watch.batch_every": 7,
}  # fmt: skip


@pytest.mark.parametrize("preset", ["vectors", None])
def test_start_one_like_it_takes_every_setting(
    opened: Opened, home: Path, monkeypatch: pytest.MonkeyPatch, preset: str | None
) -> None:
    """The new run's configuration is that run's, also where the form has no field; a changed field changes it."""
    run = made_run(home, "finished", name="one", **{key.replace(".", "__"): value for key, value in LIKE.items()})
    own = {"data.name": "file", "data.path": str(home / "films.csv")} if preset == "vectors" else {}
    config = run.config().with_settings(own).model_copy(update={"preset": preset})
    write_json(run.path / "config.json", config.model_dump())
    started: list[TrainConfig] = []
    monkeypatch.setattr(launch, "start", lambda _store, config, _name, _worker: started.append(config) or run)

    def start(again: bool = True) -> TrainConfig:
        if again:
            form()
        app.button(key="setup.start").click().run()
        assert not app.exception
        return started[-1]

    def form() -> None:
        app.session_state[state.PANEL] = NEW_RUN
        app.switch_page("../pages/train.py").run()

    app = choose(opened("runs"), run)
    app.button(key="runs.like").click().run()
    assert "Like **one**" in words(app)
    said = words(app).replace("\\", "")
    assert all(f"{path} " in said for path in ("optimiser.weight_decay", "views.rotation", "watch.batch_every"))
    assert start() == config
    form()
    app.number_input(key="setup.loss.temperature").set_value(0.5)
    app.selectbox(key="setup.loss.logit").set_value(None).run()
    assert start(again=False) == config.with_settings(
        {"loss.temperature": 0.5, "loss.logit": None, "loss.logit_params": {}}
    )
    form()
    app.button(key="setup/like/end").click().run()
    assert "Like **one**" not in words(app)
    assert start().optimiser.weight_decay != 0.5


def test_a_selection_stays_when_the_table_changes(opened: Opened, home: Path) -> None:
    """Boxes belong to runs, not to places: a new run above, a search that hides one, a cleared selection."""
    one, two = made_run(home, "finished", name="one"), made_run(home, "finished", name="two")
    app = opened("runs")
    key = table.table_key([two.id, one.id])
    app.session_state[key] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    app.run()
    assert app.session_state[state.RUNS_CHOSEN] == [one.id]
    made_run(home, "finished", name="three")
    app.run()
    assert app.session_state[state.RUNS_CHOSEN] == [one.id]
    app.text_input(key=state.RUNS_WORDS).set_value("two").run()
    assert app.session_state[state.RUNS_CHOSEN] == [one.id]
    assert "1 selected, 1 out of sight" in words(app)
    app.button(key="runs.clear").click().run()
    assert app.session_state[state.RUNS_CHOSEN] == []


def test_many_runs_come_by_pages(opened: Opened, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of five in sight, with pictures; the others on further pages; a page that is gone is the last one."""
    monkeypatch.setattr(table, "ROWS", 2)
    monkeypatch.setattr("dashboard.parts.runs.totals.ROWS", 2)
    for name in ("alpha", "beta", "gamma", "delta", "eta"):
        made_run(home, "finished", name=name)
    app = opened("runs")
    assert list(shown(app).index) == ["eta", "delta"]
    app.number_input(key=state.RUNS_PAGE).set_value(3).run()
    assert list(shown(app).index) == ["alpha"]
    app.text_input(key=state.RUNS_WORDS).set_value("delta").run()
    assert list(shown(app).index) == ["delta"]


def test_a_viewer_looks_and_changes_nothing(opened: Opened, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table, the configuration without folders; no field, no delete, no start; one may still choose what to see."""
    run = made_run(home, "finished", name="one")
    path = str(home / "secret" / "films.csv")
    write_json(
        run.path / "config.json", run.config().with_settings({"data.name": "file", "data.path": path}).model_dump()
    )
    monkeypatch.setenv("MLCL_CLASS", "1")
    app = choose(opened("runs"), run)
    keys = {str(one.key) for kind in ("button", "text_input", "text_area") for one in getattr(app, kind)}
    assert not {key for key in keys if key.startswith(("runs.name", "runs.note", "runs.delete", "runs.like"))}
    assert not [field for field in app.multiselect if field.label == "Tags"]
    text = words(app) + "".join(one.value.to_csv() for one in app.dataframe)
    assert "films.csv" in text
    assert "secret" not in text


def test_a_run_deleted_while_it_is_watched_is_said(home: Path) -> None:
    """Said once, by its name; the session goes on with the foremost run; its own deletions it does not say."""

    def page() -> None:
        import streamlit as st

        from dashboard import state
        from dashboard.parts.frame.current import choose_run, current_run

        if st.session_state.pop("test.deleted here", False):
            choose_run(None)
        run = current_run()
        st.text(f"{run.name if run else None}: {' '.join(st.session_state.pop(state.LINK_PROBLEMS, ['nothing']))}")

    left, run = made_run(home, "finished", name="left"), made_run(home, "finished", name="*watched*")
    app = AppTest.from_function(page).run()
    assert app.text[0].value == "*watched*: nothing"
    store(home).delete(run)
    gone = "the run *watched* is no longer there: it was deleted"
    assert app.run().text[0].value == f"left: {gone}"
    assert app.run().text[0].value == "left: nothing"
    store(home).delete(left)
    app.session_state["test.deleted here"] = True
    assert app.run().text[0].value == "None: nothing"


def test_cells_of_studies_are_left_out_until_asked_for(opened: Opened, home: Path) -> None:
    """A switch with their number; a cell is never the run that pages show by themselves, but can be chosen."""
    own = made_run(home, "finished", name="mine")
    cells = [made_run(home, "finished", name=f"cell {number}") for number in range(2)]
    for cell in cells:
        store(home).tag(cell, ["study:one"])
    app = opened("runs")
    assert shown(app).index.tolist() == ["mine"]
    (switch,) = [one for one in app.toggle if one.label.startswith("Studies")]
    assert switch.label == "Studies (2)"
    assert set(shown(switch.set_value(True).run()).index) == {"mine", "cell 0", "cell 1"}
    assert app.session_state[state.RUN] == own.id
    app.session_state[state.RUN] = cells[0].id
    assert app.run().session_state[state.RUN] == cells[0].id
