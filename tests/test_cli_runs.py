"""The command line's list of runs, and their tags."""

import json
from pathlib import Path
from typing import Any

import pytest

from mlcl_core.cli import main
from mlcl_core.runs.store import Store
from tests.made_runs import made_run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of its own."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    return tmp_path


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The one run in the list, as JSON."""
    assert main(["runs", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["runs"]
    return row


def test_rename_and_note(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The id stays, name and note change."""
    run = made_run(home, "finished", name="old")
    assert main(["rename", "old", "Übung 3"]) == 0
    assert main(["note", "Übung 3", "zwei\nZeilen"]) == 0
    assert main(["show", "Übung 3", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["id"], shown["name"], shown["note"]) == (run.id, "Übung 3", "zwei\nZeilen")


def test_tags_are_added_and_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``mlcl tag RUN TAG ...`` adds each once, ``--remove`` takes away, a bad tag changes nothing."""
    run = made_run(home, "finished", name="one")
    for arguments in (["thesis", "τ 0.1"], ["thesis", "good"], ["--remove", "good", "never there"]):
        assert main(["tag", "one", *arguments]) == 0
    assert run.tags == ("thesis", "τ 0.1")
    assert main(["tag", "one", "fine", "a,b"]) == 2
    assert main(["tag", "one"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert "no comma" in told[0]
    assert "the following arguments are required: TAG" in told[1]
    assert listed(capsys)["tags"] == ["thesis", "τ 0.1"]


def test_the_list_has_settings_and_disk_space(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Data, loss, rule, temperature, seed, note, date, parent and the bytes of all files, as JSON and as text."""
    run = made_run(home, "finished", name="one", loss__rule="jaccard", seed=7)
    row = listed(capsys)
    wanted = {
        "data": "icons", "loss": "weighted_supcon", "rule": "jaccard", "temperature": 0.1,
        "seed": 7, "note": "", "branch": None, "created": run.created,
    }  # fmt: skip
    assert {key: row[key] for key in wanted} == wanted
    sizes = {path: path.lstat().st_size for path in run.path.rglob("*") if path.is_file()}
    assert row["disk"]["total"] == sum(sizes.values())
    assert row["disk"]["frames"] == sum(size for path, size in sizes.items() if path.parent.name == "frames")
    assert main(["runs"]) == 0
    header, line, total = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["name", "state", "step"]
    assert {"icons", "weighted_supcon", "jaccard", run.id} <= set(line.split())
    assert total.startswith(f"1 run, {sum(sizes.values()) / 1e6:.1f} MB")


def test_cells_of_studies_are_listed_when_asked_for(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """mlcl runs leaves them out and says how many; --all lists them."""
    made_run(home, "finished", name="mine")
    Store(home).tag(made_run(home, "finished", name="a cell"), ["study:one"])
    assert main(["runs"]) == 0
    listed = capsys.readouterr().out
    assert "mine" in listed
    assert "a cell" not in listed
    assert "1 cells of studies are left out" in listed
    assert main(["runs", "--all", "--json"]) == 0
    assert {run["name"] for run in json.loads(capsys.readouterr().out)["runs"]} == {"mine", "a cell"}
