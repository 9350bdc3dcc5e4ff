"""Fields of the configuration as the form finds them."""

from typing import Literal, get_origin

import pytest

from dashboard.parts.fields.config_field import field_of, param_of, plain_type, value_of
from dashboard.parts.train.run_setup import settings_paths
from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets import preset


@pytest.mark.parametrize("path", settings_paths())
def test_every_field_is_found(path):
    """Each path leads to a field with a help text, and to its value."""
    field = field_of(path)
    assert param_of(field).help
    value_of(TrainConfig(), path)


def test_types_without_none():
    """The types of fields that a widget distinguishes: choices, numbers, switches, text."""
    assert get_origin(plain_type(field_of("model.encoder"))) is Literal
    assert plain_type(field_of("training.epochs")) is int
    assert plain_type(field_of("maps.umap")) is bool
    assert plain_type(field_of("pretrained.name")) is str
    assert value_of(preset("icons"), "loss.temperature") == 0.07
