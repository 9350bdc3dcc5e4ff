"""The command line: every command, one JSON object with --json, one line on stderr for every error."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.serve import settings
from mlcl_core.bench.faults import small_config
from mlcl_core.cli import commands, main
from mlcl_core.engine import PRESETS, preset
from mlcl_core.runs import launch
from mlcl_core.runs.files import append_line, read_json, write_json
from mlcl_core.runs.run import Run
from mlcl_core.runs.store import Store
from tests.made_runs import made_run

FIVE = {"micro_f1", "macro_f1", "map", "hamming_loss", "subset_accuracy"}
SHORT = {"training.epochs": 1, "watch.checkpoint_every": 2}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of its own, and a working directory beside it."""
    place = tmp_path / "home"
    monkeypatch.setenv("MLCL_HOME", str(place))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return place


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command that must be refused: nothing on stdout, one line on stderr, exit code 2; returns that line."""

    def run(*arguments: str, code: int = 2) -> str:
        with monkeypatch.context() as patch:
            if code == 2:  # no run is made, and so no worker needed
                patch.setattr(launch, "WORKER", "tests.idle_worker")
            assert main(arguments) == code
        captured = capsys.readouterr()
        assert captured.out == ""
        lines = captured.err.splitlines()
        assert len(lines) == 1, captured.err
        assert lines[0].startswith("mlcl: ")
        assert "Traceback" not in lines[0]
        return lines[0]

    return run


@pytest.fixture
def answered(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command with --json: exactly one JSON object on stdout, nothing on stderr; returns the object."""

    def run(*arguments: str) -> Any:
        assert main([*arguments, "--json"]) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        assert captured.out.count("\n") == 1
        found = json.loads(captured.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        assert isinstance(found, dict)
        return found

    return run


# ---- a whole training


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, Path]:
    """``mlcl train CONFIG.json --json`` in a process: the object printed, stderr, and the home directory."""
    place = tmp_path_factory.mktemp("trained")
    config = place / "config.json"
    config.write_text(small_config().with_settings(SHORT).to_json())
    command = ["train", str(config), "--set", "loss.temperature=0.2", "--name", "tiny", "--json", "--home", str(place)]
    done = subprocess.run([sys.executable, "-m", "mlcl_core", *command], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr, place


@pytest.mark.slow
def test_train_prints_one_json_object(trained: tuple[dict[str, Any], str, Path]) -> None:
    """Identity, place, state, steps, seconds, the five numbers of both encoders; nothing else, on either stream."""
    printed, stderr, place = trained
    assert stderr == ""
    assert {"id", "dir", "state", "step", "seconds", "test", "untrained"} <= set(printed)
    assert (printed["name"], printed["state"], printed["step"], printed["total"]) == ("tiny", "finished", 3, 3)
    assert set(printed["test"]) == set(printed["untrained"]) == FIVE
    assert Path(printed["dir"]).parent == place / "runs"


@pytest.mark.slow
def test_train_returns_when_the_last_frame_has_its_map(trained: tuple[dict[str, Any], str, Path]) -> None:
    """The changed setting is in the configuration of the run, and its last frame has a PCA map."""
    run = Run(Path(trained[0]["dir"]))
    assert run.config().loss.temperature == 0.2
    assert run.map_steps("pca")[-1] == run.frame_steps()[-1] == 3


@pytest.mark.slow
def test_a_real_run_is_shown(
    trained: tuple[dict[str, Any], str, Path], answered: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """show and runs agree with train, as JSON and as text; a finished run is not resumed."""
    printed, _, place = trained
    shown = answered("show", "tiny", "--home", str(place))
    assert {key: shown[key] for key in printed} == printed
    assert shown["frames"] == len(Run(Path(printed["dir"])).frame_steps())
    (listed,) = answered("runs", "--home", str(place))["runs"]
    assert {key: listed[key] for key in printed} == printed
    assert main(["show", "tiny", "--home", str(place)]) == 0
    assert "macro_f1" in capsys.readouterr().out
    assert main(["resume", "tiny", "--home", str(place)]) == 2


def test_train_shows_a_bar_and_ends_with_numbers(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As text: the scores of the probe beside the untrained encoder's, and the run's directory."""
    run = made_run(home, "finished", name="done")
    monkeypatch.setattr(launch, "start", lambda store, config, name, on_said: run)
    monkeypatch.setattr(launch, "wait_for_last_map", lambda run: None)
    assert main(["train", "icons"]) == 0
    out = capsys.readouterr().out
    assert str(run.path) in out
    assert "untrained" in out
    assert "macro_f1" in out


@pytest.mark.parametrize(("state", "words"), [
    ("failed", "run 'one' is failed: the disk is full: <i>/x</i>"),
    ("stopped", "run 'one' is stopped: mlcl resume "),
    ("interrupted", "run 'one' is interrupted: see "),
])  # fmt: skip
def test_a_run_that_does_not_finish_is_exit_code_1(
    home: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str], state: str, words: str
) -> None:
    """Failed, stopped or interrupted: one line with the reason or where to look, with and without --json."""
    run = made_run(home, state, name="one")
    monkeypatch.setattr(launch, "start", lambda store, config, name, on_said: run)
    monkeypatch.setattr(launch, "PATIENCE", 0.0)
    monkeypatch.setattr(launch, "follow", lambda run, tell, poll=0.0: run.status().state)
    for options in ([], ["--json"]):
        assert words in refused("train", "icons", *options, code=1)


def test_the_keyboard_stops_a_run_in_good_order(
    home: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str]
) -> None:
    """Ctrl-C during training requests a stop and waits for it."""
    run = made_run(home, "running", name="one")
    monkeypatch.setattr(launch, "start", lambda store, config, name, on_said: run)
    looks = []

    def follow(run: Run, tell: Any, poll: float = 0.0) -> str:
        looks.append(run)
        if len(looks) == 1:
            raise KeyboardInterrupt
        write_json(run.path / "status.json", {"state": "stopped", "step": 5})
        return "stopped"

    monkeypatch.setattr(launch, "follow", follow)
    assert "run 'one' is stopped: mlcl resume" in refused("train", "icons", code=1)
    assert [line["action"] for line in run.requests()] == ["stop"]


# ---- runs


def test_without_runs(answered: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    """An empty home: an empty list, and as text how to make a run."""
    assert answered("runs") == {"runs": []}
    assert main(["runs"]) == 0
    assert "mlcl train icons" in capsys.readouterr().out


def test_runs_lists_every_state(home: Path, answered: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Runs of all states, with and without frames, damaged ones too: one line each."""
    for state in ("finished", "failed", "running", "paused", "queued", "stopped"):
        made_run(home, state, name=f"a {state} run", frames=state == "finished")
    damaged = made_run(home, "finished", name="damaged")
    (damaged.path / "status.json").write_text("{")
    (damaged.path / "events.jsonl").write_text('{"event": "fini')
    found = answered("runs")["runs"]
    assert {one["name"].split()[1] for one in found if " " in one["name"]} == {one["state"] for one in found} - {
        "interrupted"
    }
    assert main(["runs"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 7 + 1  # header, runs, disk space


def test_show_tells_numbers_notes_and_errors(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As text: state, step, device, directory, note, error, live metrics."""
    run = made_run(home, "failed", name="one")
    assert main(["note", "one", "look at the loss"]) == 0
    assert main(["show", run.id]) == 0
    out = capsys.readouterr().out
    for words in (
        "failed, step 5 of 20, cpu (1 thread)",
        str(run.path),
        "look at the loss",
        "the disk is full",
        "3 pca",
    ):
        assert words in out


def test_show_says_what_runs_slowly_and_why(
    home: Path, capsys: pytest.CaptureFixture[str], answered: Callable[..., Any]
) -> None:
    """One line a reason, and the reasons in the status of --json; nothing without a reason."""
    run = made_run(home, "finished", name="one")
    assert main(["show", "one"]) == 0
    assert "slower" not in capsys.readouterr().out
    assert answered("show", "one")["status"]["slow"] == []
    reasons = [
        "device auto: PyTorch finds no GPU on this machine, so it trains on the CPU",
        "dot products have no bound",
    ]
    write_json(run.path / "status.json", {**read_json(run.path / "status.json"), "slow": reasons})
    assert main(["show", "one"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line for line in out if "slower" in line] == [f"slower than it could be: {reason}" for reason in reasons]
    assert answered("show", "one")["status"]["slow"] == reasons


def test_delete_asks(home: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str]) -> None:
    """On a terminal it asks, and no is the default; without a terminal it needs --yes."""
    run = made_run(home, "finished", name="old")
    assert "say --yes" in refused("delete", "old")

    def end_of_input(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for reply in (lambda _: "", lambda _: "no", end_of_input):
        monkeypatch.setattr("builtins.input", reply)
        assert main(["delete", "old"]) == 0
        assert run.path.exists()
    monkeypatch.setattr("builtins.input", lambda _: " Yes ")
    assert main(["delete", "old"]) == 0
    assert not run.path.exists()


def test_delete_spares_the_living(home: Path, refused: Callable[..., str]) -> None:
    """With --yes or without: a running run is never deleted."""
    run = made_run(home, "running", name="busy")
    assert "run 'busy' is running; stop it before deleting it" in refused("delete", "busy", "--yes")
    assert run.path.exists()


def test_stop_asks_and_waits(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """mlcl stop writes the request, waits for the end, and prints the step."""
    run = made_run(home, "running", name="busy")

    def ended(run: Run, tell: Any, poll: float) -> str:
        write_json(run.path / "status.json", {"state": "stopped", "step": 1234})
        return "stopped"

    monkeypatch.setattr(launch, "follow", ended)
    assert main(["stop", "busy"]) == 0
    assert capsys.readouterr().out == "busy is stopped at step 1,234\n"
    assert [line["action"] for line in run.requests()] == ["stop"]


def test_a_stop_that_nobody_answers(home: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str]) -> None:
    """After a minute: exit code 1, and a sentence with the phase and the process."""
    monkeypatch.setattr("mlcl_core.cli.commands.ANSWER_SECONDS", 0.0)
    made_run(home, "running", name="deaf")
    said = refused("stop", "deaf", code=1)
    assert "run 'deaf' has not answered in 0 s; it stops as soon as it can (now: training)" in said
    assert f"If it never does, end process {os.getpid()} on " in said


def test_resume_goes_on_and_tells_as_train_does(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """mlcl resume starts a worker on the run, prints a notice if there is one, and ends as train."""
    run = made_run(home, "stopped", name="one")

    def spawn(run: Run, module: str) -> None:
        assert module == "mlcl_core.runs.worker"
        write_json(run.path / "status.json", {"state": "finished", "step": 20, "total": 20, "seconds": 3.0})
        numbers = dict.fromkeys(FIVE, 0.5)
        append_line(run.path / "events.jsonl", {"event": "finished", "step": 20, "test": numbers, "untrained": numbers})

    monkeypatch.setattr(launch, "spawn", spawn)
    monkeypatch.setattr(launch, "wait_for_last_map", lambda run: None)
    assert main(["resume", "one", "--json"]) == 0
    out, err = capsys.readouterr()
    printed = json.loads(out)
    assert err.startswith("one: No checkpoint was written before the run ended: it begins at step 0. This run has no ")
    assert (printed["id"], printed["state"], printed["step"]) == (run.id, "finished", 20)


@pytest.mark.parametrize("command", ["show", "resume", "stop", "rename", "note", "delete"])
@pytest.mark.parametrize("wanted", ["unknown", "../runs", "r" * 300, ""])
def test_an_unknown_run(refused: Callable[..., str], command: str, wanted: str) -> None:
    """Every command that takes a run refuses an unknown name in one line."""
    more = ["words"] if command in ("rename", "note") else []
    assert "there is no run" in refused(command, wanted, *more)


@pytest.mark.parametrize("command", ["resume", "stop"])
def test_what_a_finished_run_refuses(home: Path, refused: Callable[..., str], command: str) -> None:
    """A finished run is neither resumed nor stopped."""
    made_run(home, "finished", name="done")
    assert "run 'done' is finished; only a" in refused(command, "done")


def test_an_ambiguous_name(home: Path, refused: Callable[..., str]) -> None:
    """Two runs of one name: their ids are listed."""
    runs = [made_run(home, "finished", name="same") for _ in range(2)]
    line = refused("show", "same")
    assert all(run.id in line for run in runs)


# ---- bad input


@pytest.mark.parametrize("name", ["../evil", "n" * 300, "", "a/b", ".hidden", "two\nlines"])
def test_names_that_no_run_can_have(home: Path, refused: Callable[..., str], name: str) -> None:
    """train --name and rename refuse them alike, and nothing is created or changed."""
    made_run(home, "finished", name="good")
    assert "the name" in refused("rename", "good", name)
    assert "the name" in refused("train", "digits", "--set", "data.params.scenes=30", "--name", name)
    assert [run.name for run in Store(home).runs()] == ["good"]


@pytest.mark.parametrize(("arguments", "words"), [
    (["train", "iconz"], "there is no preset 'iconz'; there are: icons, digits, movies,"),
    (["train", "x" * 300], "there is no preset 'xxx"),
    (["train", "nowhere.json"], "nowhere.json: cannot be read: No such file or directory"),
    (["train", "."], ".: cannot be read: Is a directory"),
    (["train", "vectors"], "data.path is missing"),
    (["train", "vectors", "--set", "data.path=gone.npz"], "there is no file gone.npz"),
    (["train", "icons", "--set", "loss.temprature=1"], "there is no setting 'loss.temprature'; loss has: name, rule"),
    (["train", "icons", "--set", "loss.temperature=0"], "loss.temperature is 0"),
    (["train", "icons", "--set", "loss.rule=nearest"], "rule is 'nearest'"),
    (["train", "icons", "--set", "loss.rule=formula", "--set", "loss.rule_params.expression=both / foo"],
     "formula: column 8: unknown name 'foo'; there are: s, t"),
    (["train", "icons", "--set", "seed=" + "9" * 5000], "seed is '999"),
    (["train", "icons", "--set", "data.params.seed=3"], "the seed of the split is data.seed"),
    (["train", "icons", "--set", "nonsense"], "--set 'nonsense': must be key.path=value"),
    (["train"], "PRESET|CONFIG.json"),
    (["train", "icons", "--sett", "x"], "--sett"),
    ([], "COMMAND"),
    (["trian"], "invalid choice: 'trian'"),
    (["show"], "RUN"),
    (["data", "mnist"], "there is no data set 'mnist'; give icons, digits, movies or the path of a file ("),
    (["bench", "speed"], "there is no bench 'speed'"),
    (["bench", "loss", "--set", "colour=1"], "the bench loss has no option 'colour'"),
    (["bench", "loss", "--set", "items=many"], "items is 'many'; it must be of type int"),
    (["runs", "--home", "~no_such_user_here/x"], "knows no such user"),
], ids=lambda value: "-".join(value)[:40] if isinstance(value, list) else "")  # fmt: skip
def test_bad_arguments(home: Path, refused: Callable[..., str], arguments: list[str], words: str) -> None:
    """Mistyped arguments: one line with the error and the valid choices; nothing is created."""
    assert words in refused(*arguments)
    assert not list((home / "runs").glob("*"))


@pytest.mark.parametrize(("text", "words"), [
    ('{"loss": {"temprature": 0.1}}', "mine.json: loss.temprature is not a setting"),
    ('{"training": {"epochs": 0}}', "mine.json: training.epochs is 0"),
    ('{"training": ', "mine.json: not JSON at line 1"),
    ("[]", "mine.json: must be a JSON object"),
    (b"\xff\xfe\x00", "mine.json: cannot be read"),
    ('{"data": {"name": "features", "path": "gone.npz"}}', "there is no file gone.npz"),
    ('{"training": {"device": "mps"}, "data": {"name": "digits"}}', "training.device is 'mps', and this"),
])  # fmt: skip
def test_bad_configuration_files(
    refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch, text: str | bytes, words: str
) -> None:
    """Unknown keys, impossible values and foreign files are named with file and path."""
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    Path("mine.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert words in refused("train", "mine.json")


@pytest.mark.parametrize(
    "arguments", [["icons", "--set", "loss.queue=16"], ["mine.json"]], ids=["--set", "in a file of version 1"]
)
def test_a_key_of_an_earlier_schema_works_and_its_new_name_is_said(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """One line on stderr, and the value arrives: here the queue, which the engine refuses by its new name."""
    Path("mine.json").write_text('{"schema_version": 1, "loss": {"queue": 16}}')
    assert main(["train", *arguments, "--json"]) == 2
    out, err = capsys.readouterr()
    renamed, problem = err.splitlines()
    assert (out, renamed) == ("", "mlcl: loss.queue is called loss.queue_size now")
    assert problem.startswith("mlcl: loss.queue_size keeps keys of a momentum encoder")


def features(rows: int = 12, **changes: Any) -> dict[str, Any]:
    """Arrays of a good feature file, with changes."""
    generator = np.random.default_rng(0)
    labels = (generator.random((rows, 3)) < 0.6).astype(float)
    return {"X": generator.normal(size=(rows, 4)), "Y": labels} | changes


def spoilt(array: np.ndarray, value: float) -> np.ndarray:
    """The array with a value at row 2, column 1."""
    array = array.copy()
    array[2, 1] = value
    return array


GOOD = features()
FILES: dict[str, tuple[dict[str, Any], str]] = {
    "labels of 0.5": (
        features(Y=spoilt(GOOD["Y"], 0.5)),
        "label at row 2, column 1 (label 1) is 0.5; every label must",
    ),
    "NaN": (features(X=spoilt(GOOD["X"], np.nan)), "a value that is NaN at row 2, column 1"),
    "infinity": (features(X=spoilt(GOOD["X"], np.inf)), "a value that is infinite at row 2, column 1"),
    "no rows": (features(rows=0), "0 items; at least 4 needed"),
    "one row": (features(rows=1), "1 item; at least 4 needed"),
    "one axis": (features(X=np.ones(12)), "X has shape [12]; it must have two axes"),
    "other lengths": (features(X=np.ones((11, 4))), "X has 11 rows and Y has 12"),
    "no Y": ({"X": GOOD["X"]}, "has no array 'Y'; it holds X"),
    "text": (features(X=np.full((12, 4), "a")), "it must be numbers"),
    "no label shared": (features(rows=8, Y=np.eye(8)), "training items has a positive; no label is carried by two"),
}


@pytest.mark.parametrize("what", FILES)
def test_bad_feature_files(refused: Callable[..., str], home: Path, what: str) -> None:
    """mlcl train and mlcl data name row and column, or shape, of what is wrong; no run is created."""
    arrays, words = FILES[what]
    np.savez("mine.npz", **arrays)
    assert words in refused("train", "vectors", "--set", "data.path=mine.npz")
    assert not list((home / "runs").glob("*"))
    if what != "no label shared":
        assert words in refused("data", "mine.npz")


def test_files_that_are_none(refused: Callable[..., str]) -> None:
    """Missing, truncated, empty and foreign files: one line that names the file."""
    np.savez("whole.npz", **GOOD)
    whole = Path("whole.npz").read_bytes()
    for name, content in {"cut.npz": whole[:-200], "empty.npz": b"", "text.npz": b"X,Y\n1,2\n"}.items():
        Path(name).write_bytes(content)
        assert name in refused("data", name)
        assert name in refused("train", "vectors", "--set", f"data.path={name}")
    assert "there is no file gone.npz" in refused("data", "gone.npz")


def test_a_home_that_cannot_be_written(
    tmp_path: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the way: one line from every command, exit code 2; no permission: from those that write."""
    (tmp_path / "file").write_text("")
    for command in (["runs"], ["train", "digits"], ["show", "x"], ["app"]):
        assert "cannot be used" in refused(*command, "--home", str(tmp_path / "file" / "home"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "read only, there is no permission to write" in refused("train", "digits")


def test_a_full_disk_is_exit_code_1(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for a new run: one line with the file, exit code 1."""

    def full(path: Path, data: bytes, **_: Any) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("mlcl_core.runs.store.write_atomic", full)
    line = refused("train", "digits", "--set", "data.params.scenes=30", code=1)
    assert line.startswith("mlcl: No space left on device: ")


# ---- the other commands


def test_data_describes(answered: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Items, labels, label sets, splits and relations of a bundled data set and of a file."""
    np.savez("mine.npz", **GOOD)
    printed = answered("data", "mine.npz")
    assert (printed["items"], printed["labels"]) == (12, 3)
    assert set(printed["relation_shares"]) == {"disjoint", "equal", "overlap", "superset", "subset"}
    assert main(["data", "mine.npz"]) == 0
    assert "cardinality" in capsys.readouterr().out
    assert answered("data", "icons")["items"] == 1558


def test_data_takes_what_the_format_asks(answered: Callable[..., Any], refused: Callable[..., str]) -> None:
    """The label column of a table, by its name; a parameter that the format does not have is refused."""
    rows = "".join(f"{row % 3},{row % 5},{('x;y', 'z', 'x;z', 'y;z', 'x', 'y')[row % 6]}\n" for row in range(24))
    Path("mine.csv").write_text("a,b,kinds\n" + rows)
    printed = answered("data", "mine.csv", "--set", "labels=kinds")
    assert printed["label_counts"] == {"x": 12, "y": 12, "z": 12}
    assert "no column 'story'" in refused("data", "mine.csv", "--set", "labels=story")
    assert "has no option colour" in refused("data", "mine.csv", "--set", "colour=1")
    assert "no parameter of the data" in refused("data", "mine.csv", "--set", "seed=1")


def test_bench_lists_and_measures(answered: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name the list; with one its numbers."""
    assert main(["bench"]) == 0
    assert "faults" in capsys.readouterr().out
    printed = answered("bench", "loss", "--set", "quick=true", "--set", "items=32")
    assert list(printed["sizes"]) == ["32"]
    assert printed["sizes"]["32"]["times_faster_than"]


def test_nan_is_null_in_json(monkeypatch: pytest.MonkeyPatch, answered: Callable[..., Any]) -> None:
    """JSON has no NaN: such numbers are null."""
    np.savez("mine.npz", **GOOD)
    numbers = {"a": float("nan"), "b": [1.0, float("inf")], "c": {"d": 2}}
    monkeypatch.setattr("mlcl_core.data.statistics", lambda data: numbers)
    assert answered("data", "mine.npz") == {"a": None, "b": [1.0, None], "c": {"d": 2}}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments that Streamlit would receive."""
    from streamlit.web import bootstrap
    from streamlit.web import cli as streamlit_cli

    found: list[list[str]] = []
    monkeypatch.setattr(streamlit_cli.main, "main", lambda arguments, standalone_mode: found.append(arguments))
    monkeypatch.setattr(bootstrap, "load_config_options", lambda flag_options: None)
    return found


def test_app_listens_on_localhost(served: list[list[str]]) -> None:
    """Without further words the dashboard is bound to this machine and has the settings of its file."""
    assert main(["app"]) == 0
    ((run, entry, *options),) = served
    assert run == "run"
    assert Path(entry).name == "app.py"
    assert Path(entry).is_file()
    names = [f"--server.allowedHosts={name}" for name in ("localhost", "127.0.0.1", "::1")]
    assert options[:4] == ["--server.address=localhost", *names]
    assert {"--browser.gatherUsageStats=false", "--server.fileWatcherType=none"} < set(options)
    assert options[4:] == [f"--{name}={value}" for name, value in settings().items() if name != "server.address"]


def test_a_setting_that_is_given_goes_before_the_file(served: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """As an option, or in the environment."""
    monkeypatch.setenv("STREAMLIT_CLIENT_TOOLBAR_MODE", "viewer")
    assert main(["app", "--runner.postScriptGC=true"]) == 0
    options = served[0]
    assert [name for name in options if "postScriptGC" in name] == ["--runner.postScriptGC=true"]
    assert not [name for name in options if "toolbarMode" in name]


@pytest.mark.parametrize("address", [["--server.address=0.0.0.0"], ["--server.address", "0.0.0.0"]])
def test_app_listens_elsewhere_when_told(served: list[list[str]], address: list[str]) -> None:
    """Another address is passed on, with all options of Streamlit."""
    assert main(["app", *address, "--server.port", "9999"]) == 0
    names = [f"--server.allowedHosts={name}" for name in ("localhost", "127.0.0.1", "::1")]
    assert served[0][2:5] == names
    assert served[0][-len(address) - 2 :] == [*address, "--server.port", "9999"]


@pytest.mark.parametrize("given", [["--home", "place"], ["--home=place"]])
def test_app_takes_a_home(served: list[list[str]], tmp_path: Path, given: list[str]) -> None:
    """--home reaches the pages through the environment, as an absolute path, and is not passed to Streamlit."""
    assert main(["app", *given, "--theme.base=dark"]) == 0
    assert os.environ["MLCL_HOME"] == str(tmp_path / "here" / "place")
    assert served[0][-1] == "--theme.base=dark"
    assert not [option for option in served[0] if "home" in option]


def test_app_refuses_what_streamlit_does_not_know(refused: Callable[..., str]) -> None:
    """An unknown option, or --home without a directory: one line, no traceback."""
    assert "No such option" in refused("app", "--colour")
    assert "--home" in refused("app", "--home")


def test_the_settings_file_binds_to_localhost_too() -> None:
    """``streamlit run dashboard/app.py`` finds the address beside the script, from any folder."""
    import tomllib

    path = Path(commands.__file__).parents[2] / "dashboard" / ".streamlit" / "config.toml"
    assert tomllib.loads(path.read_text())["server"]["address"] == "localhost"


@pytest.mark.slow
def test_python_m_is_the_same(home: Path) -> None:
    """``python -m mlcl_core`` runs commands, gives their exit codes, and keeps JSON alone on stdout."""
    made_run(home, "finished", name="done")
    good, bad = (
        subprocess.run([sys.executable, "-m", "mlcl_core", *command], capture_output=True, text=True)
        for command in (["runs", "--json"], ["show", "unknown"])
    )
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout)["runs"][0]["name"] == "done"
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("mlcl: there is no run 'unknown'")


def test_a_reader_that_has_gone(home: Path) -> None:
    """``mlcl runs | head -1``: no message when the reader closes the pipe."""
    for number in range(3):
        made_run(home, "finished", name=f"run {number}", frames=False)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-m", "mlcl_core", "runs"], stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert done.stderr == ""
    assert done.returncode == 1


@pytest.mark.parametrize(
    "command", ["", "train", "runs", "show", "resume", "stop", "rename", "note", "delete", "data", "bench"]
)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help describes a command, on stdout, exit code 0."""
    with pytest.raises(SystemExit) as left:
        main([*filter(None, [command]), "--help"])
    assert left.value.code == 0
    assert "usage: mlcl" in capsys.readouterr().out


def test_every_preset_can_be_named() -> None:
    """The presets that the command line offers are those of the engine."""
    for name in PRESETS:
        assert commands.load_config(name) == preset(name)


# ---- odd runs, and other people's words


def test_a_run_that_cannot_be_shown_is_one_row(
    home: Path, answered: Callable[..., Any], refused: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    """{id, state: damaged, error}, one line in the list, one line and exit code 2 from show; others unchanged."""
    odd, well = made_run(home, "finished", name="odd"), made_run(home, "finished", name="well")
    before = next(row for row in answered("runs")["runs"] if row["id"] == well.id)
    (odd.path / "config.json").write_text('{"loss": {"temprature": 1}}')
    rows = {row["id"]: row for row in answered("runs")["runs"]}
    assert rows[well.id] == before
    assert set(rows[odd.id]) == {"id", "state", "error"}
    assert rows[odd.id]["state"] == "damaged"
    assert "loss.temprature is not a setting" in rows[odd.id]["error"]
    assert main(["runs"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 2 + 1
    assert "loss.temprature is not a setting" in refused("show", odd.id)
    assert main(["delete", odd.id, "--yes"]) == 0
    assert [row["id"] for row in answered("runs")["runs"]] == [well.id]


def test_what_is_odd_and_can_be_shown_is_said(
    home: Path, answered: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that is no text: the id is shown; a line that is no event: ignored and counted; both are reported."""
    run = made_run(home, "finished", name="odd")
    (run.path / "meta.json").write_text('{"name": ["odd"], "created": 1e300}')
    with (run.path / "events.jsonl").open("a") as file:
        file.write('{"event": "frame", "step": "six"}\n')
    (row,) = answered("runs")["runs"]
    assert (row["name"], row["state"]) == (run.id, "finished")
    assert row["error"].startswith("meta.json: name: input should be a valid string; the run is called by its id")
    shown = answered("show", run.id)
    assert shown["problems"][0] == row["error"]
    assert shown["problems"][1].startswith("events.jsonl: 1 line of 5 is no event and passed over; line 5: step: ")
    assert main(["show", run.id]) == 0
    out = capsys.readouterr().out
    for problem in shown["problems"]:
        assert problem in out


def test_words_of_others_do_nothing_to_the_terminal(
    home: Path, refused: Callable[..., str], answered: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Names, notes, errors, devices, labels and file names with escape sequences or BiDi overrides are escaped."""
    evil = "a\x1b[2J\u202eb\x07"
    run = made_run(home, "failed", name="evil")
    write_json(run.path / "meta.json", {"name": evil, "note": f"{evil}\nsecond", "created": 5.0})
    status = json.loads((run.path / "status.json").read_text())
    write_json(run.path / "status.json", {**status, "error": evil, "device": evil})
    labels = np.array([evil, "c"])
    np.savez("mine.npz", **{**GOOD, "label_names": labels} if GOOD["Y"].shape[1] == 2 else GOOD)
    for command in (["runs"], ["show", run.id], ["data", "mine.npz"]):
        assert main(command) == 0
        out = capsys.readouterr().out
        assert all(line.isprintable() for line in out.split("\n"))
        assert command[0] == "data" or r"a\x1b[2J\u202eb\x07" in out
    assert answered("show", run.id)["name"] == evil
    assert r"\x1b" in refused("show", evil + "x")
    assert r"\x1b" in refused("data", evil)
    assert r"\x1b" in refused(evil)


def test_show_tells_the_settings(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Data, encoder, loss, rule, temperature, seed; differences from the preset, with its values."""
    run = made_run(home, "finished", loss__temperature=0.3, loss__rule="jaccard", seed=4)
    change = {"request": "a", "action": "set", "settings": {"loss.temperature": 0.1}}
    append_line(run.path / "events.jsonl", {"event": "acknowledged", "step": 4, **change})
    assert main(["show", run.id]) == 0
    out = capsys.readouterr().out
    for words in ("data         icons", "rule         jaccard", "temperature  0.3", "seed         4, of the split 0"):
        assert words in out
    assert "temperature  0.3, changed to 0.1 while it trained" in out
    assert (
        "other than in the preset icons: seed 4 (0); loss.rule jaccard (similarity_dissimilarity); "
        "loss.temperature 0.3 (0.07)"
    ) in out
