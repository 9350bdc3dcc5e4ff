"""The Train page: no run, one running, one finished, one failed."""

from time import time
from typing import Any

import pytest

from dashboard.figures.formatting import escaped
from dashboard.figures.wire import unpack
from dashboard.parts.frame.current import refresh_interval
from dashboard.parts.frame.empty import SENTENCES
from dashboard.parts.train.run_setup import settings_paths
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.files import append_line, read_json, write_json
from mlcl_core.runs.store import Store
from tests.made_runs import ITEMS, NAMES, STEPS, made_run
from tests.pages.conftest import payloads, words


@pytest.fixture
def started(monkeypatch, home) -> dict[str, Any]:
    """What Start was asked for, in place of starting it."""
    seen: dict[str, Any] = {}

    def start(_store, config, name, _worker):
        seen.update(config=config, name=name)
        return made_run(home, "running", name="mine")

    monkeypatch.setattr(launch, "start", start)
    return seen


def test_without_a_run_it_says_what_to_do(opened) -> None:
    """No run: a drawing with Start, the form is open, and so is the Start button of the bar."""
    app = opened("train")
    assert SENTENCES["train"] in words(app)
    assert not app.button(key="empty.start").disabled
    assert not app.button(key="bar.start").disabled
    assert app.button(key="setup.start").label == "Start"
    assert app.selectbox(key="setup.preset").value == "icons"


def test_running(opened, home) -> None:
    """A run that trains: its newest frame as a cloud, Pause and Stop at hand, +1 batch only when paused."""
    made_run(home, "running")
    app = opened("train")
    header, arrays = unpack(payloads(app, "mlcl_cloud")[0])
    assert (header["n"], header["step"], header["mode"]) == (ITEMS, STEPS[-1], "relation")
    assert len(arrays["xy"]) == 2 * ITEMS
    assert not app.button(key="bar.pause").disabled
    assert app.button(key="bar.step").disabled
    assert "bar.start" not in {button.key for button in app.button}
    assert "cpu" in words(app)


def test_a_run_that_goes_on_from_an_older_checkpoint_says_so(opened, home) -> None:
    """The notice in a resumed run's status is shown under the bar."""
    run = made_run(home, "running")
    said = "The checkpoint at step 8 is damaged. The run goes on from the older one at step 4."
    write_json(run.path / "status.json", {**read_json(run.path / "status.json"), "notice": said})
    assert escaped(said) in words(opened("train"))


def test_the_device_panel_says_what_is_slow_and_why(opened, home) -> None:
    """Each reason beside the device, as plain text; nothing where everything is quick."""
    run = made_run(home, "running")
    assert "Slower than it could be" not in words(opened("train"))
    status = read_json(run.path / "status.json")
    write_json(run.path / "status.json", {**status, "slow": ["dot products have *no* bound"]})
    shown = [caption.value for caption in opened("train").caption if "Slower than it could be" in caption.value]
    assert shown == [r":material/speed: Slower than it could be: dot products have \*no\* bound."]


def test_paused_offers_one_batch_and_resume(opened, home) -> None:
    """Paused: Resume and +1 batch; a request is shown as requested, not as done."""
    run = made_run(home, "paused")
    app = opened("train")
    assert not app.button(key="bar.step").disabled
    app.button(key="bar.resume").click().run()
    assert run.requests()[-1]["action"] == "resume"
    assert "Resume requested …" in words(app)


def test_finished_shows_the_probe_beside_the_untrained_encoder(opened, home) -> None:
    """Finished: a Result panel with both encoders' numbers; Start is offered again."""
    made_run(home, "finished")
    app = opened("train")
    app.session_state["train.panel"] = "Result"
    app.run()
    assert not app.exception
    table = next(frame.value for frame in app.dataframe if "untrained" in frame.value)
    assert list(table["trained"]) == [0.4, 0.5, 0.45, 0.2, 0.1]
    assert not app.button(key="bar.start").disabled


def test_items_as_given_stand_beside_the_encoders(opened, home) -> None:
    """A third column; where the trained encoder is behind, that is the first sentence; the reason why there is none."""
    run = made_run(home, "finished")
    ended = run.finished() or {}
    items = {**ended["test"], "macro_f1": 0.79, "micro_f1": 0.4}
    append_line(run.path / "events.jsonl", {**ended, "items": items})
    app = opened("train")
    app.session_state["train.panel"] = "Result"
    app.run()
    assert not app.exception
    table = next(frame.value for frame in app.dataframe if "untrained" in frame.value)
    assert list(table["as given"]) == [0.79, 0.4, 0.45, 0.2, 0.1]
    said = "The trained encoder beats the items as given on micro-F1 0.500 against 0.400, and not on macro-F1 0.400"
    assert app.warning[0].value.startswith(said)
    append_line(run.path / "events.jsonl", {**ended, "items": None, "why_no_items": "The items are pictures: _none_."})
    app.run()
    assert "as given" not in app.dataframe[0].value
    assert "The items are pictures" in words(app)


def test_doubts_stand_beside_the_scores(opened, home) -> None:
    """What the split leaves in doubt stands under the table, markup in names of labels inert."""
    run = made_run(home, "finished")
    doubt = "1 of 3 labels has no test item: <b>_sea_</b>"
    append_line(run.path / "events.jsonl", {**(run.finished() or {}), "doubts": [doubt]})
    app = opened("train")
    app.session_state["train.panel"] = "Result"
    app.run()
    assert not app.exception
    assert doubt in words(app).replace("\\", "")
    assert "_sea_" not in words(app)


def test_few_watched_items_make_a_metric_uncertain(opened, home) -> None:
    """Fewer than 30 watched items outside training: a line under the curve of kNN macro-F1, and under no other."""
    run = made_run(home, "running")
    outside = int((run.watched_items().split != "train").sum())
    assert outside < 30
    app = opened("train")
    said = f"the sample outside training has {outside} items, fewer than 30: scores on them are uncertain."
    app.selectbox(key="train.metric").set_value("knn_macro_f1").run()
    assert said in words(app).replace("\\", "")
    app.selectbox(key="train.metric").set_value("loss").run()
    assert said not in words(app).replace("\\", "")


@pytest.mark.parametrize("state", ["failed", "interrupted", "stopped"])
def test_what_ended_early_can_be_resumed(opened, home, state: str) -> None:
    """Failed, interrupted, stopped: one line says so, a Resume button stands there, markup in the reason is inert."""
    made_run(home, state)
    app = opened("train")
    assert app.button(key="bar.restart").label == "Resume"
    assert state in words(app) or any(state in bar.text for bar in app.get("progress"))
    assert "<i>" not in words(app).replace("\\<i\\>", "")


def test_a_silent_run_is_looked_at_again(opened, home) -> None:
    """A worker too busy for a word in ten seconds: the page says so, goes on looking, and shows when it speaks."""
    run = made_run(home, "queued", frames=False)
    status = read_json(run.path / "status.json")
    write_json(run.path / "status.json", {**status, "pid": None, "heartbeat": time() - 11})
    app = opened("train")
    assert "continues by itself" in words(app)
    assert refresh_interval(run, 0.5) == 0.5
    write_json(run.path / "status.json", {**status, "state": "running"})
    app = opened("train")
    assert "continues by itself" not in words(app)
    assert not app.button(key="bar.pause").disabled
    write_json(run.path / "status.json", {**status, "heartbeat": time() - 601})
    assert refresh_interval(run, 0.5) is None


def test_before_the_first_frame(opened, home) -> None:
    """A run that has nothing yet says that it gets ready; nothing is blank."""
    made_run(home, "running", frames=False)
    header, _ = unpack(payloads(opened("train"), "mlcl_cloud")[0])
    assert "Getting ready" in header["empty"]


@pytest.mark.slow
def test_a_refused_start_is_an_error_beside_the_button(opened, home, monkeypatch) -> None:
    """What the engine refuses is one line on the page, and nothing was created."""

    def refuse(*_args: object) -> None:
        raise InputError("no anchor has a positive under rule all_equal")

    monkeypatch.setattr(launch, "start", refuse)
    app = opened("train")
    app.button(key="setup.start").click().run()
    assert not app.exception
    assert any("no anchor has a positive" in error.value for error in app.error)
    assert Store(home_directory(home)).runs() == []


def test_start_passes_the_form_on(opened, started) -> None:
    """One click starts what the form says: preset, temperature, rule and its factors, name."""
    app = opened("train")
    app.number_input(key="setup.loss.temperature").set_value(0.25).run()
    app.selectbox(key="setup.rule.similarity_dissimilarity.factors").set_value("similarity").run()
    app.text_input(key="setup.name").set_value("my run").run()
    app.button(key="bar.start").click().run()
    assert not app.exception
    assert started["config"].loss.temperature == 0.25
    assert started["config"].loss.rule_params["factors"] == "similarity"
    assert started["config"].preset == "icons"
    assert started["name"] == "my run"


def test_a_formula_is_judged_while_it_is_typed(opened, started) -> None:
    """A mistake is a sentence under the line, before Start is pressed; a valid one is passed on unchanged."""
    app = opened("train")
    app.selectbox(key="setup.loss.rule").set_value("formula").run()
    app.text_input(key="setup.rule.formula.expression").set_value("both / foo").run()
    assert not app.exception
    assert "column 8: unknown name 'foo'" in app.error[0].value.replace("\\", "")
    app.text_input(key="setup.rule.formula.expression").set_value("both / max(s, t)").run()
    assert not app.error
    app.button(key="bar.start").click().run()
    assert started["config"].loss.rule_params["expression"] == "both / max(s, t)"


def test_form_defaults_are_the_preset(opened) -> None:
    """An unchanged form starts the preset itself."""
    from dashboard.parts.train.run_setup import chosen_config
    from mlcl_core.engine import preset

    opened("train")
    config, name = chosen_config()
    assert (config, name) == (preset("icons"), None)


def test_labels_travel_as_data(opened, home) -> None:
    """Label names with markup reach the browser unchanged, in the items' message only."""
    made_run(home, "finished")
    header, _ = unpack(payloads(opened("train"), "mlcl_cloud_library")[0])
    assert header["label_names"] == list(NAMES)


def test_the_panel_of_runs_shows_the_newest(opened, home) -> None:
    """A line for each, newest first; a selected one can be shown; the rest is on the page Runs."""
    first, second = made_run(home, "finished", name="first"), made_run(home, "failed", name="second")
    app = opened("train")
    app.session_state["train.panel"] = "Runs"
    app.run()
    assert list(app.dataframe[0].value["name"]) == ["second", "first"]
    app.session_state[f"train.runs.{second.id}"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    app.run()
    app.button(key="train.runs.show").click().run()
    assert app.session_state["run.id"] == first.id


@pytest.mark.parametrize("name", PRESETS)
def test_the_form_says_what_the_preset_says(opened, name) -> None:
    """Untouched, each preset's form makes its very configuration, whatever stood in the form before."""
    app = opened("train")
    app.number_input(key="setup.loss.temperature").set_value(0.25).run()
    app.selectbox(key="setup.training.sampler").set_value("positives").run()
    app.selectbox(key="setup.preset").set_value("digits" if name == "icons" else "icons").run()
    app.selectbox(key="setup.preset").set_value(name).run()
    assert not app.exception
    said = {key: app.session_state[f"setup.{key}"] for key in settings_paths() if f"setup.{key}" in app.session_state}
    assert len(said) > 10
    assert preset(name).with_settings(said) == preset(name)


def test_every_widget_of_the_form_explains_itself(opened) -> None:
    """Numbers, choices and switches carry the configuration's own help."""
    app = opened("train")
    app.selectbox(key="setup.preset").set_value("movies").run()
    for widgets in (app.number_input, app.checkbox):
        for widget in widgets:
            if str(widget.key).startswith("setup."):
                assert widget.help, widget.key


@pytest.mark.slow
def test_a_sampler_and_its_parameter_are_passed_on(opened, started) -> None:
    """The chosen sampler, with its own number, stands in the run's configuration."""
    app = opened("train")
    app.selectbox(key="setup.training.sampler").set_value("positives").run()
    app.number_input(key="setup.sampler.positives.at_least").set_value(3).run()
    app.button(key="bar.start").click().run()
    assert not app.exception
    assert started["config"].training.sampler == "positives"
    assert started["config"].training.sampler_params == {"at_least": 3}
