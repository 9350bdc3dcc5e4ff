"""What a run is, in one line."""

import pytest

from dashboard.figures.run_facts import run_facts
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.losses import LOSSES
from mlcl_core.runs.in_force import in_force

SET = [
    {"event": "acknowledged", "action": "set", "step": 7, "settings": {"loss.temperature": 0.2}, "request": "a"},
    {
        "event": "acknowledged",
        "action": "set",
        "step": 8,
        "settings": {"loss.temperature": 9},
        "result": "refused",
        "request": "b",
    },
    {"event": "frame", "step": 9, "settings": {"loss.temperature": 0.5}},
    {
        "event": "acknowledged",
        "action": "set",
        "step": 30,
        "settings": {"optimiser.learning_rate": 0.01},
        "request": "c",
    },
]


def facts(name: str, step: int | None = None, **settings) -> str:
    """The line of a preset with these settings, after the changes."""
    config = preset(name).with_settings({path.replace("__", "."): value for path, value in settings.items()})
    return " · ".join(run_facts(config, in_force(config, SET, step), LOSSES[config.loss.name].options))


def test_data_rule_loss_temperature_seed() -> None:
    """All facts are listed, with the parameters of the rule."""
    said = facts("icons", 0, loss__rule_params={"factors": "similarity"}, seed=5)
    assert said == (
        "data icons · rule similarity-dissimilarity (factors similarity) · loss weighted-supcon, weight outside · "
        "temperature 0.07 · learning rate 0.003 · batch 256 · seed 5"
    )
    assert "rule" not in facts("icons", loss__name="bce")
    assert "temperature" not in facts("icons", loss__name="bce")
    assert "loss msc · with bce · temperature" in facts("icons", loss__name="msc", loss__logit="bce")


def test_changes_are_those_in_force_at_the_step() -> None:
    """Changes in force are starred with their first value; a refused change is not."""
    assert "temperature 0.07 · learning rate 0.003 ·" in facts("icons", 6)
    assert "temperature 0.2 ★ (at first 0.07) · learning rate 0.003 ·" in facts("icons", 29)
    assert "temperature 0.2 ★ (at first 0.07) · learning rate 0.01 ★ (at first 0.003)" in facts("icons")


@pytest.mark.parametrize("path", ["/home/anna/my data.csv", r"C:\\Users\\anna\\my data.csv"])
def test_of_a_file_only_its_name(path: str) -> None:
    """The line names no folder of the machine."""
    assert facts("vectors", data__path=path).startswith("data my data.csv ·")


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_fits_into_a_line(name: str) -> None:
    """The facts of an unchanged run are short enough for a window of 1,280 pixels."""
    config = preset(name)
    assert len(" · ".join(run_facts(config, config, LOSSES[config.loss.name].options))) < 150
