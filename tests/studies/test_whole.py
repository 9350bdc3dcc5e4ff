"""Studies trained for real: tables, run directories, tuning, failures, kills; each cell takes a tenth of a second."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlcl_core.errors import InputError
from mlcl_core.metrics import FINAL_METRICS
from mlcl_core.runs.lock import FileLock
from mlcl_core.runs.opened_run import open_run
from mlcl_core.runs.store import Store
from mlcl_core.studies import run_cell as module
from mlcl_core.studies.executors import StudyStopped
from mlcl_core.studies.folder import StudyFolder
from mlcl_core.studies.run_cell import run_cell
from mlcl_core.studies.tuned import chosen_values
from mlcl_core.studies.whole import prepared
from tests.sources import ROOT
from tests.studies.tiny import NOT_REPEATED, tiny_data, tiny_file, tiny_study


def table(folder: StudyFolder) -> pd.DataFrame:
    """The rows without what is measured by a clock."""
    return folder.rows().drop(columns=[*NOT_REPEATED])


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The tiny study after its end."""
    study = tiny_study(tmp_path_factory.mktemp("done"))
    study.run()
    return study


def test_a_study_is_trained_to_its_end(done):
    """A row a cell; metrics are those of its predictions; before training and as given, too, the same for methods."""
    rows = done.folder.rows()
    assert rows["cell"].tolist() == sorted(cell.id for cell in done.cells)
    assert set(rows["state"]) == {"ok"}
    for _, row in rows.iterrows():
        found = done.folder.predictions(row["cell"])
        assert {name: record.measure(found) for name, record in FINAL_METRICS.items()} == {
            name: row[name] for name in FINAL_METRICS
        }
        assert json.loads(row["config"])["seed"] == row["seed"]
        assert json.loads(row["chosen"])["moment"] in range(1, 9)
    assert rows.groupby("seed")["untrained_macro_f1"].nunique().tolist() == [1, 1]
    assert rows["items_macro_f1"].nunique() == 1
    assert done.folder.status().state == "finished"
    assert done.plan().left == 0


def test_each_cell_is_a_run(done):
    """It opens like any run: state, scores, frames with their PCA maps, watched items, the checkpoint that counts."""
    store, rows = Store(done.folder.home), done.folder.rows()
    for _, row in rows.iterrows():
        run = store.run(row["run"])
        assert run.problem() is run.damage() is None
        assert run.tags == ("study:tiny",)
        assert run.status().state == "finished"
        end = run.finished() or {}
        assert end["test"]["macro_f1"] == row["macro_f1"]
        assert end["untrained"]["macro_f1"] == row["untrained_macro_f1"]
        steps = run.frame_steps()
        assert steps == run.map_steps("pca")
        assert (steps[0], steps[-1]) == (0, run.status().total)
        assert run.map("pca", steps[-1]).xy.shape == (len(run.frame(steps[-1]).ids), 2)
        opened = open_run(run)
        assert opened.steps == (json.loads(row["chosen"])["moment"],)
        opened.load(opened.steps[0])
    assert not [path for path in store.folder.iterdir() if path.name.startswith(".new-")]


def test_what_is_done_is_not_done_again(done, monkeypatch):
    """Another start trains nothing; one more seed trains its cells alone."""

    def refuse(*_: object) -> None:
        raise AssertionError

    before = table(done.folder)
    monkeypatch.setattr(module, "train_cell", refuse)
    done.run()
    pd.testing.assert_frame_equal(table(done.folder), before)
    monkeypatch.undo()
    more = prepared(done.file.model_copy(update={"seeds": [0, 1, 2]}), done.folder.home)
    assert (more.plan().left, more.plan().done) == (2, 4)


def test_a_cell_repeats_bit_for_bit(done):
    """On one thread a cell gives the same row and scores again, whatever was trained before it in the process."""
    cell = done.cells[3]
    again = run_cell(cell, done.shared)
    kept = done.folder.record(cell.id) or {}
    leave = {*NOT_REPEATED, "run"}
    assert {key: value for key, value in again.row.items() if key not in leave} == {
        key: value for key, value in kept.items() if key not in leave
    }
    assert np.array_equal(again.arrays["scores"], done.folder.predictions(cell.id).scores)


def test_a_study_killed_at_random_moments_ends_with_the_same_table(done, tmp_path):
    """Six kills of the process, then one that ends: the table of the study that was never killed."""
    study = tiny_study(tmp_path)
    study.folder.take(study.file, study.total)
    arguments = [sys.executable, "-m", "tests.studies.killed", str(study.folder.path), "3"]
    ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=120)
    killed, code = map(int, ended.stdout.split())
    assert code == 0, ended.stderr
    assert killed >= 2
    mine, other = table(study.folder), table(done.folder)
    # the data lie elsewhere
    pd.testing.assert_frame_equal(mine.drop(columns="config"), other.drop(columns="config"))
    assert study.folder.status().state == "finished"


def test_a_failed_cell_says_why_and_the_study_goes_on(tmp_path, monkeypatch):
    """torch fails in one cell: a row with its line, the others train; a retry trains that one alone."""
    study, train = tiny_study(tmp_path, keep_runs=False), module.train_cell

    def fail(trainer, **options):
        if trainer.config.loss.name == "bce" and trainer.config.seed == 1:
            raise RuntimeError("CUDA error:\n an illegal memory access")
        return train(trainer, **options)

    monkeypatch.setattr(module, "train_cell", fail)
    told = []
    study.run(on_progress=told.append)
    rows = study.folder.rows()
    assert rows["state"].value_counts().to_dict() == {"ok": 3, "failed": 1}
    (line,) = rows["error"][rows["state"] == "failed"]
    assert line == "RuntimeError: CUDA error: an illegal memory access"
    assert [one.failure for one in told if one.failure] == [f"mine, bce, seed 1: {line}"]
    assert study.folder.status().state == "finished"
    monkeypatch.undo()
    study.run()
    assert study.folder.status().failed == 1
    assert study.plan(retry=True).left == 1
    study.run(retry=True)
    assert set(study.folder.rows()["state"]) == {"ok"}
    assert not list((study.folder.home / "runs").iterdir())


def test_a_loss_that_is_no_number_is_a_failed_cell(tmp_path):
    """A learning rate of 10 on SGD without a limit: the line says at which step."""
    wild = {"name": "wild", "loss.rule": "any_shared", "loss.temperature": 0.001, "optimiser.name": "sgd"}
    wild |= {"optimiser.learning_rate": 10, "optimiser.clip": 0, "optimiser.weight_decay": 1}
    grid = {**tiny_file(tmp_path / "x").grid, "method": [{**wild, "training.epochs": 60}]}
    grid["data"] = [{"name": "mine", "path": str(tiny_data(tmp_path / "mine.npz"))}]
    study = tiny_study(tmp_path, grid=grid, seeds=[0], keep_runs=False)
    study.run()
    (row,) = study.folder.records()
    assert row["state"] == "failed"
    assert "NaN" in row["error"] or "became nan" in row["error"] or "became inf" in row["error"]


def test_the_learning_rate_is_tuned_on_validation(tmp_path):
    """3 values for each method, trained once, by the tuning's seed; the best on validation is in every row."""
    rates = [0.0001, 0.003, 0.03]
    study = tiny_study(tmp_path, tune={"optimiser.learning_rate": rates, "seed": 7}, keep_runs=False)
    assert study.plan().tunings == 6
    study.run()
    tuning = study.folder.tuning()
    assert len(tuning) == 6
    assert {row["seed"] for row in tuning.values()} == {7}
    assert not {name for row in tuning.values() for name in row} & set(FINAL_METRICS)
    for _, row in study.folder.rows().iterrows():
        tuned = json.loads(row["tuned"])
        best = max(tuned["validation"], key=tuned["validation"].__getitem__)
        assert tuned["value"] == float(best) == json.loads(row["config"])["optimiser"]["learning_rate"]
        assert tuned["edge"] == {rates[0]: "lowest", rates[2]: "highest"}.get(tuned["value"])
        for cell in study.tunings:
            if cell.method == row["method"]:
                value = str(cell.values["optimiser.learning_rate"])
                assert tuned["validation"][value] == tuning[cell.id]["validation"]


def test_what_is_chosen_of_tuned_values(tmp_path):
    """Equal ones: the first of the file; a training that failed counts as none; all failed: an error."""
    cells = tiny_study(tmp_path, tune={"optimiser.learning_rate": [0.1, 0.2, 0.3]}).tunings[:3]

    def chosen(*qualities: float | None) -> dict:
        states = ["failed" if quality is None else "ok" for quality in qualities]
        rows = zip(cells, states, qualities, strict=True)
        given = {cell.id: {"state": state, "validation": one, "error": "why"} for cell, state, one in rows}
        return chosen_values(cells, given)[("mine", "any_shared")]

    assert (chosen(0.5, 0.5, 0.4)["value"], chosen(0.5, 0.5, 0.4)["edge"]) == (0.1, "lowest")
    assert (chosen(None, 0.5, 0.4)["value"], chosen(None, 0.5, 0.4)["edge"]) == (0.2, None)
    assert chosen(0.1, 0.2, 0.4)["edge"] == "highest"
    assert chosen(None, None, None)["error"] == "no value of optimiser.learning_rate could be trained: why"
    assert chosen_values(cells, {}) == {}


def test_cells_of_an_array_share_the_folder(tmp_path):
    """Two processes with a cell each: tuned once for both; a cell that another process holds is waited for."""
    tune = {"optimiser.learning_rate": [0.001, 0.01]}
    path = tiny_data(tmp_path / "mine.npz")
    home = tmp_path / "home"
    (home / "runs").mkdir(parents=True)
    file = tiny_file(path, tune=tune, keep_runs=False)
    for place in (0, 2):
        one = prepared(file, home, only=place)
        assert len(one.cells) == 1
        one.run(alone=True)
    folder = StudyFolder(home, "tiny")
    assert (len(folder.records()), len(folder.tuning())) == (2, 2)
    assert folder.status().total == 4
    held = prepared(file, home, only=1)
    lock = FileLock(folder.path / "locks" / f"{held.cells[0].id}.lock")
    assert folder.status().state == "stopped"
    assert lock.acquire()
    assert folder.status().state == "running"

    def give_up(progress) -> None:
        if "other processes" in progress.phase:
            raise StudyStopped

    with pytest.raises(StudyStopped):
        held.run(alone=True, on_progress=give_up)
    assert len(folder.records()) == 2
    lock.release()
    held.run(alone=True)
    assert len(folder.records()) == 3
    with pytest.raises(InputError, match="--cell 4: the study has 4 cells, counted from 0"):
        prepared(file, home, only=4)


def test_what_cannot_be_trained_is_refused_before_anything(tmp_path):
    """A rule without positives, missing data, other data, an unknown protocol or parameter: one line, no folder."""
    data = tiny_file(tiny_data(tmp_path / "mine.npz")).grid["data"][0]
    for changes, words in (
        ({"grid": {"method": [{"name": "odd", "loss.rule_params.x": 1}], "data": [data]}}, "mine, odd: .* x"),
        (
            {"grid": {"data": [{**data, "path": str(tmp_path / "gone.npz")}]}},
            "gone.npz is missing; it is to be had from a page",
        ),
        ({"grid": {"data": [{**data, "sha256": "0" * 64}]}}, "has SHA-256 .*, not 000000000000"),
        ({"protocol": "magic"}, "protocol: there is no 'magic'; there are: probe"),
        ({"grid": {"data": ["nothing"]}}, "there is no data set 'nothing'"),
    ):
        with pytest.raises(InputError, match=words):
            tiny_study(tmp_path, **changes)
    assert not (tmp_path / "home" / "studies").exists()


def test_data_that_change_meanwhile_end_the_study(done, tmp_path):
    """Other test labels than those of the cells before: nothing is mixed."""
    result = run_cell(done.cells[0], done.shared)
    assert result.labels is not None
    other = replace(result.labels, labels=~result.labels.labels)
    with pytest.raises(InputError, match="it changed"):
        done.folder.add(replace(result, labels=other))
