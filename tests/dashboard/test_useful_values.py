"""The values that + and - go through."""

from typing import Any

import pytest

from dashboard.components.rungs import class_of
from dashboard.figures.useful_values import useful_values
from dashboard.parts.fields.config_field import field_of, option_of_field, plain_type, value_of
from dashboard.parts.fields.number_field import bounds
from dashboard.parts.train.run_setup import settings_paths
from mlcl_core.data import SAMPLERS
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.losses import LOSSES
from mlcl_core.pairs import RULES

NUMBERS = [path for path in settings_paths() if plain_type(field_of(path)) in (int, float)]
OPTIONS = [
    (f"{record.title}: {name}", option)
    for registry in (RULES, LOSSES, SAMPLERS)
    for record in registry.values()
    for name, option in getattr(record, "params", getattr(record, "options", {})).items()
    if isinstance(option.default, int | float) and not isinstance(option.default, bool)
]


def of_option(option: Any) -> tuple[int | float, ...]:
    """Those of an option."""
    low, high = bounds(option)
    return useful_values(low, high, integer=option.is_whole, declared=option.useful)


def of_field(path: str) -> tuple[int | float, ...]:
    """Those of a field of the configuration."""
    return of_option(option_of_field(path, value_of(TrainConfig(), path)))


def test_as_people_choose_them() -> None:
    """Temperatures and learning rates go through what papers use; sizes double; shares go by twentieths."""
    assert {0.05, 0.07, 0.1, 0.2, 0.5, 1.0} <= set(of_field("loss.temperature"))
    assert {1e-4, 3e-4, 1e-3, 3e-3, 1e-2} <= set(of_field("optimiser.learning_rate"))
    assert {32, 64, 128, 256, 512} <= set(of_field("training.batch_size"))
    assert {10, 20, 50, 100} <= set(of_field("training.epochs"))
    assert of_field("seed") == ()  # ones will do
    assert useful_values(0, 1, integer=False)[:3] == (0.0, 0.05, 0.1)
    assert useful_values(0, 1e-3, integer=False)[:3] == (0.0, 1e-9, 1e-8)
    assert useful_values(1e-3, 100, integer=False)[:4] == (0.001, 0.003, 0.01, 0.03)
    assert useful_values(0, 100, integer=False)[:5] == (0.0, 0.01, 0.02, 0.05, 0.1)
    assert useful_values(None, 1, integer=False) == useful_values(1, 1, integer=False) == ()


@pytest.mark.parametrize("path", NUMBERS)
def test_every_field_has_values_of_its_own(path: str) -> None:
    """Ascending, within the bounds and both of them, of the field's type, few enough to go through."""
    values, kind = of_field(path), plain_type(field_of(path))
    assert len(values) <= 45
    assert list(values) == sorted(set(values))
    assert kind is int or values, "a number with a fraction has no equal steps that fit"
    if values:
        assert {type(value) for value in values} == {kind}
        for name in PRESETS:
            assert values[0] <= value_of(preset(name), path) <= values[-1]
        for value in values[1:-1]:
            TrainConfig().with_settings({path: value})


@pytest.mark.parametrize("option", [one for _, one in OPTIONS], ids=[name for name, _ in OPTIONS])
def test_every_option_takes_its_useful_values(option: Any) -> None:
    """What + and - reach is never refused."""
    for value in of_option(option):
        option.check("it", value)


def test_the_class_of_a_key() -> None:
    """As Streamlit makes it, so that the field is found in the browser."""
    from streamlit.elements.lib.utils import to_key  # the key itself is handed on as it is

    assert to_key("setup.loss.temperature") == "setup.loss.temperature"
    assert class_of("setup.loss.temperature") == "st-key-setup-loss-temperature"
    assert class_of("change.rate.run-1_a") == "st-key-change-rate-run-1_a"
