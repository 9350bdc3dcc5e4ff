"""The Study page: no study, one under way, one that has finished; what opens from it, and what a viewer may do."""

import json
import os
import re
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from socket import gethostname
from time import time
from typing import Any

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.loaders import study_tables
from dashboard.parts.study import choose, progress, shipped
from mlcl_core.runs.files import write_json
from mlcl_core.runs.records import Status
from mlcl_core.studies import file as study_file
from mlcl_core.studies.folder import StudyFolder
from tests.made_runs import made_run
from tests.pages.conftest import words
from tests.studies.made import made_file, made_result, made_study

PROVES = {
    "test_without_a_study": ("No study has run here yet.",),
    "test_a_study_under_way": ("No cell has a result yet.",),
}
Opened = Callable[[str], AppTest]


class AtOnce:
    """In place of the thread that resamples test items."""

    def submit(self, compute: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Compute here."""
        future: Future[Any] = Future()
        future.set_result(compute(*arguments))
        return future


@pytest.fixture(autouse=True)
def _computed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_tables, "_thread", AtOnce())


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Names of the studies that pages start, and whether failed cells are tried again; no process is started."""
    found: list[tuple[str, bool]] = []
    for module in (progress, shipped):
        monkeypatch.setattr(module, "start_study", lambda _, file, retry=False: found.append((file.name, retry)))
    return found


@pytest.fixture
def ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two studies ship: one runs at once, the other needs a file that is not here."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    there = made_file(name="at-once", title="At <b>once</b>")
    elsewhere = {"name": "yeast", "path": "yeast.npz", "where": "https://example.org/yeast"}
    away = made_file(name="with-data", grid={"data": [elsewhere], "method": ["any_shared"]})
    for one in (there, away):
        (folder / f"{one.name}.json").write_text(one.to_json())
    monkeypatch.setattr(study_file, "SHIPPED", folder)
    for module in (choose, study_file):
        monkeypatch.setattr(module, "STUDIES", ("at-once", "with-data"))


def under_way(folder: StudyFolder) -> StudyFolder:
    """The study with this process at work on it."""
    me = psutil.Process()
    status = Status(state="running", total=18, eta=90.0, phase="icons, bce, seed 1", heartbeat=time() + 3600)
    known = {"pid": os.getpid(), "host": gethostname(), "started": me.create_time()}
    write_json(folder.path / "status.json", asdict(status) | known)
    return folder


def keys(app: AppTest) -> set[str]:
    """Keys of the page's buttons."""
    return {str(button.key) for button in app.button if str(button.key).startswith("study.")}


def show(app: AppTest, panel: str) -> AppTest:
    """Another panel."""
    app.session_state["study.panel"] = panel
    app.run()
    assert not app.exception
    return app


def test_without_a_study(opened: Opened, home: Path, ships: None, started: list[tuple[str, bool]]) -> None:
    """What a study is, and those that ship: what each crosses, a button, or which file is missing and where it is."""
    app = opened("study")
    told = words(app).replace("\\", "")
    assert "No study has run here yet." in told
    assert "At <b>once</b>" in told
    assert "2 data sets (icons, digits) × 3 methods (any_shared, similarity_dissimilarity, bce) × 3 seeds" in told
    assert "18 trainings" in told
    assert "yeast: yeast.npz is missing" in told
    assert keys(app) == {"study.run.at-once"}
    app.button(key="study.run.at-once").click().run()
    assert started == [("at-once", False)]
    assert app.session_state["study.name"] == "at-once"


def test_a_study_under_way(opened: Opened, home: Path, started: list[tuple[str, bool]]) -> None:
    """State, cells and time left; the answer is that of the cells that are done; Stop is a request; more cells come."""
    under_way(made_study(home, done=0))
    assert "No cell has a result yet." in words(opened("study"))
    folder = under_way(made_study(home, done=8, failed=[2]))
    app = opened("study")
    (bar,) = app.get("progress")
    assert "icons, bce, seed 1 · 8 of 18 cells, 1 failed · 1 min 30 s left" in bar.proto.text.replace("\\", "")
    assert "From the 8 of 18 cells that are done." in words(app)
    assert keys(app) >= {"study.stop"}
    app.button(key="study.stop").click().run()
    assert [request["action"] for request in folder.run.requests()] == ["stop"]
    show(app, "Cells")
    (table,) = (frame.value for frame in app.dataframe)
    assert len(table) == 8
    assert table["state"].tolist().count("failed") == 1
    assert "the loss became nan at step 3" in table["error"].tolist()


def test_a_finished_study(opened: Opened, home: Path, started: list[tuple[str, bool]]) -> None:
    """Tables of means with intervals and marks, gains, all panels; failed cells are tried again on request."""
    made_study(home, failed=[2])
    app = opened("study")
    assert "finished · 18 of 18 cells, 1 failed" in words(app).replace("\\", "")
    tables = [frame.value for frame in app.dataframe]
    assert [list(table["method"]) for table in tables] == [[*("any_shared", "similarity_dissimilarity", "bce")]] * 2
    best = [row for row in tables[1]["Macro-F1"] if row.endswith("★")]
    assert best == [tables[1]["Macro-F1"][1]]
    assert re.fullmatch(r"0\.\d{3} \[0\.\d{3}, 0\.\d{3}\] ★", best[0])
    assert [row[-1] for row in tables[1]["Macro-F1"]][2] not in "★≈?"  # bce is worse, and that is shown
    told = words(app).replace("\\", "")
    assert "similarity_dissimilarity has the highest mean" in told
    assert "Intervals hold 95 %, of the method" in told
    assert app.multiselect(key="study.metrics").value == ["macro_f1", "micro_f1"]
    app.multiselect(key="study.metrics").set_value(["map"]).run()
    assert list(app.dataframe[0].value.columns) == ["method", "seeds", "mAP"]
    app.toggle(key="study.gains").set_value(True).run()
    gains = app.dataframe[0].value
    assert list(gains.columns) == ["method", "mAP − untrained", "mAP − items as given"]
    charts = {"Forest plot": 2, "By label frequency": 2, "Over data sets": 1}
    for panel, count in charts.items():
        assert len(show(app, panel).get("plotly_chart")) == count, panel
    assert "SHA-256 of the study's file below" in words(show(app, "How it was made")).replace("\\", "")
    assert json.loads(app.get("code")[0].value)["name"] == "made"
    assert keys(app) >= {"study.retry"}
    app.button(key="study.retry").click().run()
    assert started == [("made", True)]


def test_a_setting_has_curves(opened: Opened, home: Path) -> None:
    """A numeric axis has a panel; methods are compared at one value, that of the base where it is among them."""
    grid = {"data": ["icons"], "method": ["any_shared", "bce"], "loss.temperature": [0.05, 0.1]}
    made_study(home, file=made_file(grid=grid, base={"preset": "icons", "loss.temperature": 0.1}))
    app = opened("study")
    assert "At temperature 0.1." in words(app).replace("\\", "")
    assert app.selectbox(key="study.at.made.loss.temperature").value == 0.1
    assert "Over data sets" not in app.button_group(key="study.panel").options
    (chart,) = show(app, "By temperature").get("plotly_chart")
    figure = json.loads(chart.proto.spec)
    assert [trace["name"] for trace in figure["data"]] == ["any_shared", "bce"]
    assert figure["layout"]["xaxis"]["ticktext"] == ["0.05", "0.1"]


def test_a_cell_opens_its_run(opened: Opened, home: Path) -> None:
    """One ticked cell goes to the map with its run, two to the comparison; a failed one shows its line."""
    runs = [made_run(home, "finished", name=name) for name in ("one", "two")]
    folder = made_study(home, failed=[2])
    rows = folder.rows()
    from mlcl_core.studies.cells import cells_of

    for cell, run in zip(cells_of(folder.file)[:2], runs, strict=True):
        result = made_result(cell)
        folder.add(type(result)({**result.row, "run": run.id}, result.arrays, result.labels))
    folder.write_table()
    app = show(opened("study"), "Cells")
    ids = folder.rows()["run"].tolist()
    lines = [ids.index(run.id) for run in runs]
    table = f"study.cells.table.made.{len(rows)}"
    assert app.button(key="study.open").disabled
    app.session_state[table] = {"selection": {"rows": lines[:1], "columns": [], "cells": []}}
    app.run()
    assert not app.button(key="study.open").disabled
    assert app.button(key="study.compare").disabled
    app.session_state[table] = {"selection": {"rows": lines, "columns": [], "cells": []}}
    app.run()
    app.button(key="study.compare").click().run()
    assert (app.session_state["run.id"], app.session_state["compare.with"]) == (runs[0].id, runs[1].id)


def test_a_viewer_reads(opened: Opened, home: Path, ships: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In class mode nothing starts or stops a study, and no folder of the teacher's machine is shown."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", "the-teacher-has-this")
    app = opened("study")
    assert keys(app) == set()
    under_way(made_study(home, done=4))
    app = opened("study")
    assert keys(app) == set()
    assert str(home) not in words(app)


def test_a_damaged_study_is_one_line(opened: Opened, home: Path) -> None:
    """A row that is no JSON, a file that is no study: each is said, and the other study can be chosen."""
    folder, other = made_study(home), made_study(home, file=made_file(name="other"))
    (folder.path / "study.json").write_text("{")
    cell = next((other.path / "cells").glob("*.json"))
    cell.write_text('{"schema_version": 99}')
    for name, line in (("made", "not JSON at line 1"), ("other", "is of schema 99")):
        app = opened("study")
        app.session_state["study.name"] = name
        app.run()
        assert not app.exception
        assert len(app.error) == 1
        assert line in app.error[0].value.replace("\\", "")
