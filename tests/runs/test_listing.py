"""Runs as rows of a list."""

import json
from pathlib import Path

import pytest

from mlcl_core.engine.config import DataConfig
from mlcl_core.runs.files import append_line
from mlcl_core.runs.listing import DAMAGED, data_name, run_row
from mlcl_core.runs.store import Store
from tests.runs.handmade import make_run


def test_a_row_holds_what_the_files_say(tmp_path: Path) -> None:
    """Name, note, tags, state, configuration and scores; a change of any file is in the next row."""
    run = make_run(tmp_path / "home", (0, 5), **{"loss.rule": "jaccard"})
    append_line(run.path / "events.jsonl", {"event": "step", "step": 5})
    row = run_row(run)
    assert (row.name, row.note, row.tags, row.state, row.wrong) == ("handmade", "", (), "finished", None)
    assert (row.data, row.test, row.doubts, row.branch) == ("icons", {}, (), None)
    assert row.config == run.config()
    store = Store(tmp_path / "home")
    store.tag(run, ["thesis"])
    store.note(run, "seen")
    append_line(run.path / "events.jsonl", {"event": "finished", "step": 5, "test": {"map": 0.5}, "doubts": ["few"]})
    row = run_row(run)
    assert (row.tags, row.note, row.test, row.doubts) == (("thesis",), "seen", {"map": 0.5}, ("few",))


def test_a_damaged_run_and_one_of_a_later_version_have_a_reason(tmp_path: Path) -> None:
    """No configuration, state damaged, one line that says why; name and tags are still there."""
    run = make_run(tmp_path / "home")
    path = run.path / "config.json"
    tree = json.loads(path.read_text())
    path.write_text(json.dumps({**tree, "schema_version": tree["schema_version"] + 1, "to come": {}}))
    row = run_row(run)
    assert (row.name, row.state, row.config, row.data) == ("handmade", DAMAGED, None, "")
    assert "a later version of MLCL Lab wrote it" in str(row.wrong)
    path.write_text("{")
    assert "not JSON" in str(run_row(run).wrong)
    assert "\n" not in str(run_row(run).wrong)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (DataConfig(), "icons"),
        (DataConfig(name="films"), "films"),
        (DataConfig(name="file", path="/home/anna/my films.csv"), "my films.csv"),
        (DataConfig(name="features", path="C:\\data\\films.csv"), "films.csv"),
        (DataConfig(name="file", path="/"), "/"),
        (DataConfig(name="file"), "file"),
    ],
)
def test_data_are_called_by_their_file(data: DataConfig, name: str) -> None:
    """A set or an upload by its name; a file without its folders, of any system."""
    assert data_name(data) == name
