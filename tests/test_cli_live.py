"""``mlcl set``: asks, waits for the worker, and says from when the change holds."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcl_core.cli import live, main
from mlcl_core.runs.files import write_json
from mlcl_core.runs.run import Run
from mlcl_core.runs.worker.worker import Worker
from tests.engine.toy import toy_trainer
from tests.made_runs import made_run

Waits = Callable[[Callable[[], None]], None]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose status is running."""
    monkeypatch.setenv("MLCL_HOME", str(tmp_path))
    return made_run(tmp_path, "running", name="busy")


@pytest.fixture
def while_waiting(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Do something while the command waits."""

    def set_up(act: Callable[[], None]) -> None:
        monkeypatch.setattr(live, "sleep", lambda seconds: act())

    return set_up


@pytest.fixture
def at_work(run: Run, while_waiting: Waits) -> Worker:
    """Its worker, before the first of four steps an epoch; it reads its requests while the command waits."""
    one = Worker(run)
    one.trainer = toy_trainer()
    while_waiting(one._read_requests)
    return one


def test_it_waits_for_the_answer(at_work: Worker, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object with what was acknowledged, from which step and epoch on; text without --json."""
    change = ["loss.rule=jaccard", "loss.rule_params.power=2", "training.batch_size=8"]
    assert main(["set", "busy", *change, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    (request,) = run.requests()
    assert printed == {
        "id": run.id,
        "request": request["id"],
        "step": 0,
        "settings": {"loss.rule": "jaccard", "loss.rule_params": {"power": 2}, "training.batch_size": 8},
        "from": "epoch",
        "from_step": {"loss.rule": 1, "loss.rule_params": 1, "training.batch_size": 1},
        "from_epoch": 1,
        "notice": "",
        "result": "acknowledged",
    }
    assert at_work.trainer.config.loss.rule_params == {"power": 2}
    assert main(["set", "busy", "loss.rule=similarity_dissimilarity"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "busy: rule similarity-dissimilarity, parameters of the rule as by default at step 0",
        "similarity_dissimilarity begins with its own parameters of the rule: power stood for jaccard.",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("training.batch_size=65", "step 0: refused: training.batch_size is 65, and 64 items train"),
        ("loss.rule=fair", "refused: loss weighted_supcon: rule is 'fair'; it must be one of similarity_dissimilarity"),
        ("model.width=8", "model.width cannot change while it trains; loss.temperature, optimiser.learning_rate, "),
        ("loss.temperature=hot", "loss.temperature is 'hot'"),
        ("loss.temperature", "'loss.temperature' must be key.path=value, as loss.temperature=0.2"),
    ],
)
def test_what_is_refused_is_one_line(
    at_work: Worker, capsys: pytest.CaptureFixture[str], change: str, words: str
) -> None:
    """Exit code 2 and the reason, whether the command or the worker refuses; nothing on stdout."""
    assert main(["set", "busy", change, "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words in err


def test_a_run_that_has_no_worker(run: Run, while_waiting: Waits, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that has ended takes no change; one that ends before it answers makes it after a resume."""
    while_waiting(lambda: write_json(run.path / "status.json", {"state": "stopped", "step": 9}))
    assert main(["set", "busy", "loss.temperature=0.2"]) == 1
    assert "run 'busy' is stopped and did not answer; a resume makes the change" in capsys.readouterr().err
    assert main(["set", "busy", "loss.temperature=0.3"]) == 2
    assert "is stopped; only a queued, running or paused run takes requests" in capsys.readouterr().err


def test_the_keyboard_ends_the_waiting_alone(
    run: Run, while_waiting: Waits, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C: the request stays, and that is said."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    while_waiting(interrupt)
    assert main(["set", "busy", "loss.temperature=0.2"]) == 130
    assert "busy takes the change over at its next step all the same" in capsys.readouterr().err
    assert [line["settings"] for line in run.requests()] == [{"loss.temperature": "0.2"}]
