"""``mlcl branch``, and what ``mlcl show`` and ``mlcl runs`` tell of branches."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from mlcl_core.cli.entry import main
from mlcl_core.runs import launch
from mlcl_core.runs.checkpoints import BEFORE_DIGESTS, sealed
from mlcl_core.runs.files import append_line, read_json, write_json
from mlcl_core.runs.numbered import numbered_path
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.engine.toy import toy_data
from tests.made_runs import made_run


@pytest.fixture(autouse=True)
def spared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data that need no loading, workers that are done at once, no maps."""

    class Done(nullcontext):  # type: ignore[type-arg]
        def take(self, run: Run) -> None:
            done = {**read_json(run.path / "status.json"), "state": "finished", "step": 20}
            write_json(run.path / "status.json", done)

    monkeypatch.setattr(launch, "WaitingWorker", lambda pretrained: Done(Done()))
    monkeypatch.setattr(launch, "wait_for_last_map", lambda run: None)
    monkeypatch.setattr(
        "mlcl_core.runs.run_data.open_run_data", lambda run: (toy_data(), "The items are called otherwise.")
    )


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished run of 20 steps with checkpoints at 3 and 9."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    run = made_run(tmp_path, "finished", name="one")
    for step in range(1, 21):
        append_line(run.path / "events.jsonl", {"event": "step", "step": step, "at": 1.0, "loss": 1.0})
    for step in (3, 9):
        path = numbered_path(run.path / "checkpoints", step)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"tensors")
        write_json(
            path.with_suffix(".json"),
            sealed({**dict.fromkeys(BEFORE_DIGESTS), "step": step, "settings": {}}, b"tensors"),
        )
    return run


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The JSON object that a command prints."""
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_branch_waits_and_prints_as_train_does(parent: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """The keys of train, and where it branched off, as meta.json holds it; what a resume would say is said."""
    capsys.readouterr()
    assert main(["branch", "one", "--at", "8", "--set", "loss.temperature=0.5", "--name", "warm", "--json"]) == 0
    out = capsys.readouterr()
    record, branch = json.loads(out.out), {"parent": parent.id, "at": 8, "checkpoint": 3}
    assert record["branch"] == branch
    assert record.keys() == printed(capsys, "runs")["runs"][-1].keys() & record.keys()
    assert (record["name"], record["state"], record["step"], record["total"]) == ("warm", "finished", 20, 20)
    assert out.err == "warm: The items are called otherwise.\n"
    made = Store(parent.path.parent.parent).run("warm")
    assert made.branch == read_json(made.path / "meta.json")["branch"] == branch
    assert [(line["settings"], line["at_step"]) for line in made.requests()] == [({"loss.temperature": "0.5"}, 8)]


def test_show_and_runs_tell_the_family(parent: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Parent and children by name, id and step; a parent that is deleted."""
    assert main(["branch", "one", "--at", "9", "--set", "loss.temperature=0.5", "--name", "child"]) == 0
    assert main(["branch", "one", "--at", "3", "--name", "first"]) == 0
    child = Store(parent.path.parent.parent).run("child")
    capsys.readouterr()
    assert main(["show", "one"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[3] == f"branched off at step 9: child ({child.id}), temperature 0.5"
    assert lines[2].startswith("branched off at step 3: first (")
    assert printed(capsys, "show", "one")["children"][1] == child.id
    assert main(["show", "child"]) == 0
    assert f"a branch of one ({parent.id}) at step 9 with temperature 0.5\n" in capsys.readouterr().out
    assert main(["delete", "one", "--yes"]) == 0
    assert main(["show", "child"]) == 0
    assert f"a branch of {parent.id}, which is not here any more, at step 9 with" in capsys.readouterr().out
    assert {row["name"]: row["branch"]["at"] for row in printed(capsys, "runs")["runs"]} == {"child": 9, "first": 3}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["one"], "the following arguments are required: --at"),
        (["one", "--at", "soon"], "argument --at: invalid int value: 'soon'"),
        (["one", "--at", "-3"], "there is no step -3"),
        (
            ["one", "--at", "2"],
            "has no checkpoint at or before step 2; it has some at 3, 9: a branch begins at step 3 or",
        ),
        (["one", "--at", "20"], "has 20 steps: a branch at step 20 has none left to train"),
        (["one", "--at", "9", "--set", "loss.temperature"], "must be key.path=value"),
        (["one", "--at", "9", "--name", "a/b"], "the name 'a/b' cannot be used"),
        (["other", "--at", "9"], "there is no run 'other'"),
    ],
)
def test_bad_input_is_one_line(
    parent: Run, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """Exit code 2, and nothing is made."""
    before = sorted(parent.path.parent.iterdir())
    assert main(["branch", *arguments]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert sorted(parent.path.parent.iterdir()) == before


def test_several_processes_are_refused(
    parent: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under torchrun, with the way that there is."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["branch", "one", "--at", "9"]) == 2
    assert "a branch begins in one process" in capsys.readouterr().err
