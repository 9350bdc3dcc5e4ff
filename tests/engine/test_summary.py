"""A configuration in few words."""

import pytest

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.engine.summary import changed_settings, main_settings


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_itself(name: str) -> None:
    """Nothing of it differs from it."""
    assert changed_settings(preset(name)) == (f"the preset {name}", {})


def test_what_was_changed_is_told_with_what_it_was() -> None:
    """By the setting's path; a key that only one of them has was, or is, None."""
    config = preset("digits").with_settings(
        {"loss.temperature": 0.3, "data.params.scenes": 60, "views": {"shift": 0.06}, "seed": 4}
    )
    base, changed = changed_settings(config)
    assert base == "the preset digits"
    assert changed == {
        "seed": (4, 0),
        "data.params.scenes": (60, None),
        "loss.temperature": (0.3, preset("digits").loss.temperature),
        **{f"views.{name}": (None, value) for name, value in preset("digits").views.items() if name != "shift"},
    }


def test_without_a_preset_the_defaults_count() -> None:
    """A configuration of one's own, or of a preset that this version does not have."""
    for name in (None, "of another version"):
        config = TrainConfig(preset=name).with_settings({"training.epochs": 7})
        assert changed_settings(config) == ("the defaults", {"training.epochs": (7, 100)})


def test_what_decides_a_run_is_named() -> None:
    """Data with its file, both losses, the rule's parameters, temperature, learning rate, batches, seeds."""
    config = preset("vectors").with_settings({
        "data.path": "a b.csv", "data.seed": 3, "seed": 5, "loss.logit": "bce", "loss.rule": "formula",
        "loss.rule_params": {"formula": "1"}, "loss.temperature": 0.07, "training.batch_size": 64,
    })  # fmt: skip
    words = main_settings(config)
    assert (words["data"], words["seed"], words["temperature"]) == ("file a b.csv", "5, of the split 3", "0.07")
    assert words["loss"] == "weighted_supcon (0.5) with bce"
    assert words["rule"] == "formula, formula 1"
    assert "batches of 64" in words["training"]
