"""Homes that earlier versions wrote: listed, shown, read, opened on every page, and their stopped runs resumed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mlcl_core.cli import main
from mlcl_core.runs.files import load_arrays
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.records import FINISHED, STOPPED
from mlcl_core.runs.store import Store

ROOT = Path(__file__).parents[1]
VERSIONS = sorted(path.name for path in (ROOT / "tests" / "homes").iterdir() if path.is_dir())
FIRST, STOPPED_RUN = "20261127-025245-first-d322", "20261127-025249-a-stopped-run-99eb"


@pytest.fixture(params=VERSIONS)
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of such a home, which the command line and the app use."""
    place = tmp_path / "home"
    shutil.copytree(ROOT / "tests" / "homes" / request.param, place)
    monkeypatch.setenv("MLCL_HOME", str(place))
    yield place
    st.cache_resource.clear()


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    """What a command prints as JSON."""
    assert main([*arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_runs_and_show_tell_what_was_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """State, step, name, note, numbers, settings."""
    newest, oldest = printed(capsys, "runs")["runs"]
    assert (newest["id"], newest["name"], newest["state"]) == (STOPPED_RUN, "a stopped run", STOPPED)
    assert (oldest["id"], oldest["name"], oldest["state"]) == (FIRST, "a finished run", FINISHED)
    assert (newest["step"], newest["total"], oldest["step"], oldest["total"]) == (5, 30, 15, 15)
    assert newest["test"] is None
    assert oldest["test"]["macro_f1"] == pytest.approx(0.364, abs=1e-3)
    shown = printed(capsys, "show", "a finished run")
    assert shown["note"] == "Loss falls; equal sets end up together."
    assert (shown["frames"], shown["maps"]) == (8, {"pca": 8})
    assert shown["config"]["data"]["params"] == {"scenes": 60}


def test_everything_is_read(home: Path) -> None:
    """Configuration, events, requests, frames, batches, maps and watched items of both runs."""
    for run in Store(home).runs():
        assert run.config().model.projection_dim == 4
        probe = run.watched_items()
        assert (len(probe.ids), len(probe.label_names)) == (24, 10)
        for step in run.frame_steps():
            assert run.frame(step).z.shape == (24, 4)
        for step in run.map_steps("pca"):
            assert run.map("pca", step).scores["knn_recall"] > 0
        for step in run.batch_steps():
            assert run.batch(step).force.shape == (16, 16)
        assert len(run.events("frame")) == len(run.frame_steps())
        assert run.written_status() == run.status()
    stopped = Store(home).run(STOPPED_RUN)
    actions = ["pause", "set", "step", "step", "step", "step", "stop"]
    assert [line["action"] for line in stopped.requests()] == actions
    assert [line["action"] for line in stopped.events("acknowledged")] == actions


def test_pages_open(home: Path) -> None:
    """Every page that shows a run opens on both; nothing is said to be wrong."""
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
    for run_id in (STOPPED_RUN, FIRST):
        app.session_state["run.id"] = run_id
        for page in ("train", "map", "anchor", "learn"):
            app.switch_page(f"../pages/{page}.py").run()
            assert not app.exception, [one.value for one in app.exception]
            assert not app.error, [one.value for one in app.error]


@pytest.mark.slow
def test_a_stopped_run_is_resumed(home: Path) -> None:
    """From its last checkpoint to the end, under the temperature that was set; the frames before stay as they are."""
    run = Store(home).run(STOPPED_RUN)
    before = load_arrays(numbered_path(run.path / "frames", 3))[0]["z"]
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "mlcl_core", "resume", run.id, "--json", "--home", str(home)]
    env = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, env=env)
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout)
    assert (ended["state"], ended["step"]) == (FINISHED, 30)
    assert [line["step"] for line in run.events("resumed")] == [5]
    assert run.events("frame")[-1]["settings"]["loss.temperature"] == 0.2
    assert (load_arrays(numbered_path(run.path / "frames", 3))[0]["z"] == before).all()
