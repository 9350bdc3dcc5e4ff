"""The process that evaluates a run for a page: its progress, its result, and why there is none."""

import os
import shutil
from pathlib import Path
from socket import gethostname
from time import time

import pytest

from mlcl_core.errors import InputError
from mlcl_core.runs import evaluating, launch
from mlcl_core.runs.evaluations import (
    Progress,
    evaluation_path,
    read_evaluation,
    read_progress,
    start_evaluation,
    write_progress,
)
from mlcl_core.runs.run import Run
from tests.runs.test_evaluate import ended
from tests.trained_runs import vectors_run

ME = {"pid": os.getpid(), "host": gethostname(), "at": time()}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A trained run."""
    return ended(vectors_run(tmp_path_factory.mktemp("home")))


def test_it_leaves_a_result_and_no_progress(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is told under way; afterwards the evaluation is there and the progress is gone."""
    told: list[Progress | None] = []
    monkeypatch.setattr(evaluating, "write_progress", lambda run, one: [told.append(one), write_progress(run, one)])
    monkeypatch.setattr(evaluating, "WRITE_SECONDS", 0.0)
    monkeypatch.setenv("MLCL_HOME", "elsewhere")
    assert evaluating.main(run.path, "knn") == 0
    phases = [one.phase for one in told if one is not None]
    assert phases[0] == "starting"
    assert "knn: trained" in phases
    assert all(one.alive for one in told if one is not None)
    assert read_progress(run) is None
    kept = read_evaluation(run, "knn")
    assert kept is not None
    assert kept.metrics["micro_f1"].resamples == 10_000


def test_what_went_wrong_is_told(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input in one line; anything else with its traceback in the log; nothing is kept."""
    copy = Run(tmp_path / "runs" / run.id)
    shutil.copytree(run.path, copy.path, ignore=shutil.ignore_patterns("evaluation", "checkpoints"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLCL_HOME", "elsewhere")
        assert evaluating.main(copy.path, "probe") == 1
        progress = read_progress(copy)
        assert progress is not None
        assert not progress.alive
        assert "has no checkpoint" in str(progress.error)

        def fail(*_: object) -> None:
            raise ZeroDivisionError("a fault")

        patch.setattr(evaluating, "evaluate_run", fail)
        assert evaluating.main(copy.path, "probe") == 1
    assert str(getattr(read_progress(copy), "error", "")).startswith("ZeroDivisionError: a fault")
    assert "Traceback" in capsys.readouterr().err
    assert not evaluation_path(copy, "probe").exists()


def test_one_at_a_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second start waits for the end of the first; a process that is gone, or ended with an error, is none."""
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(launch, "spawn", lambda run, *arguments: [started.append(arguments), os.getpid()][1])
    start_evaluation(run, "probe")
    assert started == [("mlcl_core.runs.evaluating", "probe")]
    with pytest.raises(InputError, match="is being evaluated by probe"):
        start_evaluation(run, "knn")
    for gone in ({"pid": 2**22 + 1}, {"error": "the disk is full"}, {"host": "far", "at": time() - 100}):
        write_progress(run, Progress(**{"protocol": "probe", "phase": "", **ME, **gone}))
        start_evaluation(run, "knn")
    assert len(started) == 4
    write_progress(run, Progress(**{"protocol": "probe", "phase": "", **ME, "host": "far", "at": time()}))
    with pytest.raises(InputError, match="is being evaluated"):
        start_evaluation(run, "knn")
    write_progress(run, None)
