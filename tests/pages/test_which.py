"""Which is better here?: the question on the Train page, the answer that grows, the answer that is whole."""

import os
import re
from dataclasses import asdict, replace
from socket import gethostname
from time import sleep, time

import psutil
import pytest

from dashboard.figures.which_words import FEW_SEEDS, KNOWN, TIMED, UNTIMED, missing_words, plan_words
from dashboard.parts.train import which_form
from mlcl_core.engine.presets import preset
from mlcl_core.runs.files import read_json, write_json
from mlcl_core.studies.training_time import TrainingTime
from mlcl_core.studies.which import make_plan, study_file
from tests.made_runs import made_run
from tests.pages.upload_dialog import said
from tests.studies.made import made_study

INTERVAL = re.compile(r"\[[−-]?[\d.]+, [−-]?[\d.]+\]")
TWO = ["rule:any_shared", "loss:bce"]
PROVES = {
    "test_the_plan_says_what_was_chosen": (
        "{…} of {each} each, about {…} in all",
        "{methods} methods × {…}; every method gets the same.",
        "With fewer than 3 seeds nothing can be said about methods, only about the models that these seeds happen to "
        "give.",
    ),
}


def test_the_plan_says_what_was_chosen() -> None:
    """Trainings, epochs and minutes are those of the plan; cut epochs, tuning and few seeds are said."""
    config = preset("icons").with_settings({"training.epochs": 50})
    plan = make_plan(config, TWO, 3, 4.0, TrainingTime(2.0, 10.0), tune=False, name="x")
    assert plan_words(plan, 4.0, (), KNOWN) == [
        "6 trainings of 15 epochs each, about 4 min 0 s in all",
        "2 methods × 3 seeds; every method gets the same.",
        "The set-up has 50 epochs, for which about 11 min 0 s would be needed: 15 epochs fit into 4 minutes. A method "
        "that learns slowly may lose by that.",
        KNOWN,
    ]
    long = make_plan(config, TWO, 1, 90.0, TrainingTime(2.0, 10.0), tune=True, name="x")
    assert plan_words(long, 90.0, (0.001, 0.003, 0.01), TIMED)[1:] == [
        "2 methods × 1 seed; every method gets the same.",
        "Before them, 6 trainings choose the learning rate of each method among 0.001, 0.003, 0.01, by validation "
        "items.",
        FEW_SEEDS,
        TIMED,
    ]


def test_what_is_missing() -> None:
    """By method, with its seeds; nothing where all have ended."""
    done = {("ANY", 0), ("ANY", 1), ("BCE", 0)}
    assert missing_words(done, ["ANY", "BCE"], [0, 1, 2]) == "Still to come: ANY with seed 2; BCE with seeds 1, 2."
    assert missing_words(done, ["ANY"], [0, 1]) == ""


@pytest.fixture
def started(monkeypatch, home) -> list:
    """The files of the studies that were started, in place of starting them; a short piece takes no time."""
    seen: list = []

    def start(where, file):
        seen.append(file)
        return made_study(where, done=0, file=file)

    def timed(file):
        methods = [method["name"] for method in file.grid["method"]]
        seen.append(methods)
        return dict.fromkeys(methods, TrainingTime(2.0, 10.0))

    monkeypatch.setattr(which_form, "start_study", start)
    monkeypatch.setattr(which_form, "timed_apart", timed)
    return seen


def test_a_question_from_the_first_click_to_the_start(opened, started) -> None:
    """Beside Start; a wrong choice is said beside the field; a short piece is timed first, then the plan is started."""
    app = opened("train")
    app.button(key="setup.which").click().run()
    methods = app.multiselect(key="which.methods")
    start = app.button(key="which.start")
    assert (start.label, start.help) == ("See what fits", UNTIMED)
    methods.set_value(["loss:bce"]).run()
    assert [one.value for one in app.error] == ["1 method chosen; a comparison needs at least 2"]
    assert app.button(key="which.start").disabled
    methods.set_value(TWO).run()
    app.number_input(key="which.minutes").set_value(1).run()
    app.button(key="which.start").click().run()
    assert started == [["Any shared label (ANY)", "Binary cross-entropy"]]
    assert "1 minute are too few" in app.error[0].value
    assert TIMED not in said(app)
    app.number_input(key="which.minutes").set_value(4).run()
    assert TIMED in said(app)
    app.number_input(key="which.seeds").set_value(1).run()
    assert FEW_SEEDS in said(app)
    app.number_input(key="which.seeds").set_value(3).run()
    assert "6 trainings of 15 epochs each" in said(app)
    app.button(key="which.start").click().run()
    assert not app.exception
    (_, file) = started
    assert file == study_file(preset("icons"), TWO, 3, 15, tune=False, name="which-icons-1")


def asked(home, *, done=None, state="finished"):
    """A study as the Train page makes it: 2 methods, 3 seeds, whose results are made up."""
    file = study_file(preset("icons"), TWO, 3, 15, tune=False, name="which-icons-1")
    folder = made_study(home, done=done, file=file)
    status = replace(
        folder.run.written_status(),
        state=state,
        total=6,
        pid=os.getpid(),
        started=psutil.Process().create_time(),
        host=gethostname(),
        heartbeat=time() + 600,
        eta=90.0 if state == "running" else None,
    )
    write_json(folder.path / "status.json", asdict(status))
    return folder


def test_the_answer_grows_while_it_trains(opened, home) -> None:
    """What is known after 3 of 6 trainings, what is still to come, a way to stop; every page says how far it is."""
    folder = asked(home, done=3, state="running")
    app = opened("data")
    assert "Which is better on icons?" in said(app)
    assert "3 of 6" in said(app)
    app.button(key="bar.study").click().run()
    assert not app.exception
    assert "Still to come: Any shared label (ANY) with seed 2; Binary cross-entropy with seeds 1, 2." in said(app)
    assert len(app.get("plotly_chart")) == 2
    app.button(key="study.stop").click().run()
    assert [request["action"] for request in folder.run.requests()] == ["stop"]


def test_from_the_answer_to_both_spaces(opened, home) -> None:
    """The whole answer; two methods with the same seed stand in Compare after one click."""
    folder = asked(home)
    runs = {}
    for path in sorted((folder.path / "cells").glob("*.json")):
        row = read_json(path)
        if row["seed"] == 1:
            runs[row["method"]] = run = made_run(home, "finished", name=row["method"])
            write_json(run.path / "meta.json", {**run.meta(), "tags": [f"study:{folder.name}"]})
            write_json(path, {**row, "run": run.id})
    app = opened("train")
    app.button(key="setup.which").click().run()
    app.button(key="which.earlier.which-icons-1").click().run()
    assert not app.exception
    for _ in range(100):  # a thread of the server resamples the test items
        if INTERVAL.search(said(app)):
            break
        sleep(0.1)
        app.run()
    assert "Any shared label (ANY)" in said(app)
    assert "Macro-F1" in said(app)
    assert INTERVAL.search(said(app))
    assert "still to come" not in said(app).lower()
    assert (app.selectbox(key="which.first").value, app.selectbox(key="which.second").value) == tuple(runs)
    app.button(key="which.compare").click().run()
    assert not app.exception
    first, second = runs.values()
    assert (app.session_state["run.id"], app.session_state["compare.with"]) == (first.id, second.id)
    assert app.selectbox(key="run.choice").value == first.id


def test_a_viewer_cannot_ask(opened, home, monkeypatch, started) -> None:
    """In a class the panel is not there, and what starts a study refuses for itself."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", "the-teacher-has-this")
    app = opened("train")
    app.session_state["train.panel"] = "Which is better here?"
    app.run()
    assert not app.exception
    assert not app.multiselect
    question = which_form.Question(preset("icons"), tuple(TWO), 3, 90.0, False)
    monkeypatch.setattr(which_form, "_times", lambda _: (dict.fromkeys(TWO, TrainingTime(2.0, 10.0)), KNOWN))
    which_form._start(question)
    assert started == []
    monkeypatch.delenv("MLCL_CLASS"), monkeypatch.delenv("MLCL_TEACHER")
    which_form._start(question)  # and it is not for another reason
    assert len(started) == 1
