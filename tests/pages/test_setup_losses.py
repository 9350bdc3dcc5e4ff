"""The set-up form offers every loss of the registry: its options, its rule if it takes one, and what it needs."""

from math import isfinite
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts.train.loss_fields import needs_words
from mlcl_core.engine.build import losses_on_logits, training_loss
from mlcl_core.engine.check import check_config
from mlcl_core.engine.config import LOSS_OPTIONS, TrainConfig
from mlcl_core.engine.events import StepDone
from mlcl_core.engine.loop import Trainer
from mlcl_core.engine.network import LEARNT_ALONG
from mlcl_core.engine.presets import preset
from mlcl_core.losses import LOSSES, Combined, build_loss
from mlcl_core.runs import launch
from tests.engine.toy import SMALL, toy_data, training
from tests.made_runs import made_run
from tests.pages.conftest import words
from tests.pages.setup_form import config_of, fields, opened_form


@pytest.fixture
def form(home) -> AppTest:
    """The form alone."""
    return opened_form()


def choose(form: AppTest, name: str) -> None:
    """Choose a loss."""
    form.selectbox(key="setup.loss.name").set_value(name).run()


def on_toy_data(config: TrainConfig) -> TrainConfig:
    """The same for the toy problem."""
    return config.with_settings({**SMALL, "views": {}})


@pytest.mark.slow
def test_every_loss_is_offered_as_its_record_says(form: AppTest) -> None:
    """In the registry's order; each with a widget for each option and no other, at its default; Start would train it.

    What the network learns along stands below it, a rule only where the loss takes one, and back at the preset's loss
    the preset is written again.
    """
    titles = [record.title for record in LOSSES.values()]
    assert form.selectbox(key="setup.loss.name").options == titles
    data = toy_data()
    for name, record in [*list(LOSSES.items())[1:], next(iter(LOSSES.items()))]:
        choose(form, name)
        config = config_of(form)
        assert config.loss.name == name
        shown = fields(form)
        of_settings = {key for key in LOSS_OPTIONS if f"loss.{key}" in shown}
        of_params = {path.split(".")[2] for path in shown if path.startswith(f"loss_params.{name}.")}
        assert of_settings | of_params == set(record.options)
        assert not any(path.startswith("loss_params.") and path.split(".")[1] != name for path in shown)
        for key, option in record.options.items():
            start = preset("icons").loss.temperature if (name, key) == ("weighted_supcon", "temperature") else None
            path = f"loss.{key}" if key in of_settings else f"loss_params.{name}.{key}"
            assert shown[path].value == (option.default if start is None else start), path
        for need, learnt in LEARNT_ALONG.items():
            assert (learnt in words(form)) == (need in record.needs)
        assert ("label counts" in words(form)) == ("label_counts" in record.needs)
        if name != "weighted_supcon":
            assert repr(training_loss(config.loss)) == repr(build_loss(name))
            assert "(preset " in shown["loss.name"].label
        check_config(on_toy_data(config), data)
    assert config_of(form) == preset("icons")


def test_every_need_has_its_words() -> None:
    """What any loss needs of the network beside embeddings is said."""
    for record in LOSSES.values():
        for need in record.needs - {"embeddings"}:
            assert needs_words(frozenset({need}))
    assert needs_words(frozenset({"embeddings"})) == []


def test_options_go_to_their_settings(form: AppTest) -> None:
    """A changed option is written where the configuration has it, and named; another loss begins anew."""
    choose(form, "hero")
    form.number_input(key="setup.loss.temperature").set_value(0.5).run()
    form.selectbox(key="setup.loss_params.hero.variant").set_value("vggcpc").run()
    config = config_of(form)
    assert (config.loss.temperature, config.loss.reduction, config.loss.params) == (0.5, "sum", {"variant": "vggcpc"})
    assert {str(one.key) for one in form.button if str(one.key).startswith("setup/back/")} == {
        *("setup/back/loss.name", "setup/back/loss.temperature", "setup/back/loss_params.hero.variant")
    }
    choose(form, "msc")
    assert config_of(form) == preset("icons").with_settings({"loss.name": "msc", "loss.temperature": 0.1})
    form.button(key="setup/back/loss.name").click().run()
    assert config_of(form) == preset("icons")


def test_a_formula_that_weighs_labels_says_what_it_takes(form: AppTest) -> None:
    """Typed in the form, ``rare`` goes into the configuration, and the label counts that it takes are named."""
    form.selectbox(key="setup.loss.rule").set_value("formula").run()
    assert "label counts" not in words(form)
    form.text_input(key="setup.rule.formula.expression").set_value("rare / either").run()
    assert "label counts" in words(form)
    assert config_of(form).loss.rule_params == {"expression": "rare / either"}


def test_a_loss_and_its_options_go_along_on_purpose(form: AppTest) -> None:
    """Another preset drops them and says so; one click takes all of them along."""
    choose(form, "hero")
    form.number_input(key="setup.loss.temperature").set_value(0.5).run()
    form.selectbox(key="setup.loss_params.hero.variant").set_value("cnncpc").run()
    form.selectbox(key="setup.preset").set_value("digits").run()
    assert config_of(form) == preset("digits")
    form.button(key="setup/keep").click().run()
    settings = {"loss.name": "hero", "loss.temperature": 0.5, "loss.reduction": "sum"}
    assert config_of(form) == preset("digits").with_settings({**settings, "loss.params": {"variant": "cnncpc"}})
    form.button(key="setup/back").click().run()
    assert config_of(form) == preset("digits")


def test_a_loss_on_logits_is_trained_along(form: AppTest) -> None:
    """Beside a loss on embeddings, with its share and its own options; not offered beside one on logits."""
    form.selectbox(key="setup.loss.logit").set_value("focal").run()
    form.number_input(key="setup.loss.weight").set_value(0.25).run()
    form.number_input(key="setup.logit_params.focal.gamma").set_value(3.0).run()
    loss = training_loss(config_of(form).loss)
    assert isinstance(loss, Combined)
    assert (loss.weight, repr(loss.logit)) == (0.25, repr(build_loss("focal", gamma=3.0)))
    for name in losses_on_logits():
        choose(form, name)
        assert "loss.logit" not in fields(form)
        assert config_of(form).loss.logit is None


def test_keys_and_a_queue(form: AppTest) -> None:
    """The settings of a momentum encoder arrive; a loss that takes no references says so before Start."""
    form.selectbox(key="setup.loss.candidates").set_value("both").run()
    form.number_input(key="setup.loss.queue_size").set_value(1024).run()
    form.number_input(key="setup.loss.momentum").set_value(0.99).run()
    config = config_of(form)
    assert (config.loss.candidates, config.loss.momentum, config.loss.queue_size) == ("both", 0.99, 1024)
    choose(form, "hero")
    config_of(form)  # the fields of a loss begin anew
    form.selectbox(key="setup.loss.candidates").set_value("both").run()
    form.number_input(key="setup.loss.momentum").set_value(0.99).run()
    config_of(form, "no references")


def test_what_does_not_go_together_is_said_before_start(form: AppTest) -> None:
    """In one line: a sampler that asks for pairs beside a loss that has none."""
    form.selectbox(key="setup.training.sampler").set_value("positives").run()
    config_of(form)
    choose(form, "bce")
    config_of(form, "looks at no pairs of items")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bce", "msc", "probabilistic"])
def test_start_trains_the_loss_of_the_form(form: AppTest, home, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A loss on logits, one with prototypes, one on mixtures: Start is pressed, and the steps have finite values."""
    seen: list[float] = []

    def start(_store: Any, config: TrainConfig, _name: str | None, _worker: Any) -> Any:
        trainer = Trainer(on_toy_data(config), data=toy_data())
        seen.extend(event.loss for event in training(trainer) if isinstance(event, StepDone))
        return made_run(home, "running")

    monkeypatch.setattr(launch, "start", start)
    choose(form, name)
    form.button(key="setup.start").click().run()
    assert not form.exception
    assert not form.error
    assert len(seen) == 12
    assert all(map(isfinite, seen))
