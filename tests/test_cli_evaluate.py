"""``mlcl evaluate``: a table, one JSON object, one line for bad input; what train says of the items as given."""

import json
from pathlib import Path

import pytest

from mlcl_core.cli import main
from mlcl_core.runs import launch
from mlcl_core.runs.files import append_line
from mlcl_core.runs.run import Run
from tests.made_runs import made_run
from tests.runs.test_evaluate import ended
from tests.trained_runs import vectors_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A trained run."""
    return ended(vectors_run(tmp_path_factory.mktemp("home"), "one"))


@pytest.fixture
def home(run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its home directory."""
    monkeypatch.setenv("MLCL_HOME", str(run.path.parents[1]))
    return run.path.parents[1]


@pytest.mark.usefixtures("home")
def test_as_json(capsys: pytest.CaptureFixture[str], run: Run) -> None:
    """One object on stdout and nothing else, by the keys that other programs rely on."""
    assert main(["evaluate", "one", "--protocol", "knn", "--json", "--set", "k=5", "resamples=100"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert err == ""
    assert {"run", "protocol", "split", "metrics", "bands", "per_label", "chosen", "conventions"} <= found.keys()
    assert (found["run"], found["protocol"], found["split"], found["chosen"]["k"]) == (run.id, "knn", "test", 5)
    assert {"value", "low", "high"} <= found["metrics"]["micro_f1"].keys()
    assert list(found["bands"]) == ["head", "medium", "tail"]
    assert found["per_label"]["name"] == ["label 0", "label 1", "label 2"]


@pytest.mark.usefixtures("home")
def test_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence about the items as given first; scores with their intervals, bands, labels and conventions."""
    assert main(["evaluate", "one", "--set", "resamples=100"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("The trained encoder does not beat the items as given: macro-F1")
    assert lines[1].startswith("one, checkpoint at step ")
    assert any(line.startswith("macro_f1 ") and "[" in line for line in lines)
    assert any("95 % interval" in line and "untrained" in line and "as given" in line for line in lines)
    assert any(line.startswith("tail ") for line in lines)
    assert any(line.startswith("Optimistic:") for line in lines)
    assert any(line.startswith("F1 is 0 where nothing was there") for line in lines)
    assert any(line.startswith("in doubt: test has 19 items") for line in lines)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["two"], "there is no run"),
        (["one", "--protocol", "svm"], "there is no protocol 'svm'"),
        (["one", "--set", "absent=maybe"], "absent is 'maybe'; it must be one of"),
        (["one", "--set", "k"], "must be key.path=value"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    """One line on stderr, and exit code 2."""
    assert main(["evaluate", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["train icons", "show done"])
def test_items_as_given_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Where no metric beats the items as given, that is said, by train in the first line; their column comes last."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    run = made_run(tmp_path, "finished", name="done")
    ended = run.finished() or {}
    append_line(run.path / "events.jsonl", {**ended, "items": {**ended["test"], "macro_f1": 0.79}})
    monkeypatch.setattr(launch, "start", lambda store, config, name, on_said: run)
    monkeypatch.setattr(launch, "wait_for_last_map", lambda run: None)
    assert main(command.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    sentence = (
        "The trained encoder does not beat the items as given: macro-F1 0.400 against 0.790, micro-F1 0.500 against "
        "0.500."
    )
    assert sentence in (lines[:1] if command.startswith("train") else lines)
    assert "macro_f1                        0.400      0.400      0.790" in lines
