"""The evaluation on the Train page: the button, its progress, and what the run keeps."""

import json
import os
from pathlib import Path
from socket import gethostname
from time import time

import pytest

from mlcl_core.runs import launch
from mlcl_core.runs.evaluate import evaluate_run
from mlcl_core.runs.evaluations import Progress, evaluation_path, read_evaluation, write_progress
from mlcl_core.runs.files import append_line
from mlcl_core.runs.run import Run
from tests.pages.conftest import words
from tests.runs.test_evaluate import ended
from tests.trained_runs import vectors_run

FIVE = dict.fromkeys(("micro_f1", "macro_f1", "map", "hamming_loss", "subset_accuracy"), 0.5)


@pytest.fixture
def run(home: Path) -> Run:
    """A run that has ended, with the numbers of its end."""
    home.mkdir(parents=True, exist_ok=True)
    made = ended(vectors_run(home))
    append_line(made.path / "events.jsonl", {"event": "finished", "step": 12, "test": FIVE, "untrained": FIVE})
    return made


def result_of(opened):
    """The Train page at the panel Result."""
    app = opened("train")
    app.session_state["train.panel"] = "Result"
    app.run()
    assert not app.exception
    return app


def test_from_the_button_to_the_numbers(opened, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not evaluated yet; a click starts the process; its progress is said; then intervals, bands and labels."""
    started = []
    monkeypatch.setattr(launch, "spawn", lambda run, *arguments: [started.append(arguments), os.getpid()][1])
    app = result_of(opened)
    assert "Not evaluated by this protocol yet" in words(app)
    app.button(key="evaluation.start").click().run()
    assert started == [("mlcl_core.runs.evaluating", "probe")]
    assert app.button(key="evaluation.start").disabled
    evaluate_run(run, "probe", {"resamples": 100})
    path = evaluation_path(run, "probe")
    kept = json.loads(path.read_text())
    kept["per_label"]["name"][0] = "<b>_sea_</b>"
    path.write_text(json.dumps(kept))
    write_progress(run, None)
    app.run()
    assert not app.exception
    found = read_evaluation(run, "probe")
    assert found is not None
    tables = [frame.value for frame in app.dataframe]
    metrics = next(table for table in tables if "low" in table)
    assert list(metrics["trained"]) == [one.value for one in found.metrics.values()]
    assert list(metrics["as given"]) == list((found.items_as_given or {}).values())
    labels = next(table for table in tables if "predicted" in table)
    assert list(labels["train"]) == sorted(found.per_label.train_count, reverse=True)
    said = words(app)
    assert f"Checkpoint at step {found.step} of 12" in said
    assert found.bands_cut[:40] in said.replace("\\", "")
    assert "The trained encoder does not beat the items as given" in said
    assert "<b>" not in said
    assert app.button(key="evaluation.start").label == "Evaluate again"


def test_what_went_wrong_is_said(opened, run: Run) -> None:
    """The error of a process in one line without markup, and a process that is gone."""
    mine = {"protocol": "probe", "phase": "ended", "host": gethostname(), "at": time()}
    write_progress(run, Progress(**mine, pid=os.getpid(), error="no <b>memory</b>"))
    app = result_of(opened)
    assert any("memory" in error.value and "<b>" not in error.value for error in app.error)
    write_progress(run, Progress(**mine, pid=2**22 + 1))
    app.run()
    assert any("ended early" in error.value for error in app.error)


def test_a_viewer_of_a_class_sees_no_button(opened, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result stands there to read; the button that makes it is the teacher's."""
    evaluate_run(run, "probe", {"resamples": 100})
    monkeypatch.setenv("MLCL_CLASS", "1")
    app = result_of(opened)
    assert any("low" in frame.value for frame in app.dataframe)
    assert not [button for button in app.button if button.key == "evaluation.start"]
