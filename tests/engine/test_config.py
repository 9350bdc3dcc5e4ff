"""The configuration: JSON in and out, and one clear line for whatever is wrong in it."""

import json
from dataclasses import replace

import pytest
from pydantic import BaseModel, ValidationError

from mlcl_core.engine.config import (
    LOSS_OPTIONS,
    LossConfig,
    ModelConfig,
    PretrainedConfig,
    TrainConfig,
    config_from_json,
    parse_config,
)
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.engine.schema import VERSION
from mlcl_core.errors import InputError
from mlcl_core.losses.weighted_supcon import WEIGHTED_SUPCON
from mlcl_core.models import ENCODERS
from mlcl_core.options import Param, option_of


@pytest.mark.parametrize("name", PRESETS)
def test_json_round_trip(name: str) -> None:
    """A configuration comes back from its own JSON as it was, with its schema version in it."""
    config = preset(name).with_settings({"loss.temperature": 0.1 + 0.2, "views.erase": 0.125, "data.params.scenes": 30})
    text = config.to_json()
    assert config_from_json(text) == config
    assert json.loads(text)["schema_version"] == VERSION


def test_an_empty_object_is_the_default() -> None:
    """What is not given has its default: {} is a whole configuration."""
    assert parse_config({}) == TrainConfig()


def test_the_configuration_is_frozen() -> None:
    """A configuration in use cannot be changed under its user."""
    with pytest.raises(ValidationError, match="frozen"):
        TrainConfig().loss.temperature = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"loss": {"temprature": 0.1}}', ["loss.temprature", "loss has: name, rule"]),
        ('{"los": {}}', ["los is not a setting", "there are: schema_version, preset, seed, data"]),
        ('{"loss": {"temperature": 0}}', ["loss.temperature is 0", "greater than or equal to 0.001"]),
        ('{"loss": {"temperature": NaN}}', ["loss.temperature is nan", "finite"]),
        ('{"loss": {"temperature": "hot"}}', ["loss.temperature is 'hot'", "number"]),
        ('{"loss": 5}', ["loss is 5"]),
        ('{"training": {"epochs": true}}', ["training.epochs is True", "number"]),
        ('{"training": {"epochs": 1.5}}', ["training.epochs is 1.5", "integer"]),
        (
            '{"training": {"batch_size": 1, "device": "abacus"}}',
            ["training.batch_size is 1", "training.device", "cuda"],
        ),
        ('{"schema_version": 5}', ["schema_version is 5"]),
        ('{"data": {"params": {"scenes": [1]}}}', ["data.params.scenes is [1]", "number, text, true or false"]),
        ('{"views": {"erase": Infinity}}', ["views.erase is inf"]),
        ('{"seed": -1}', ["seed is -1"]),
        (f'{{"seed": {"1" * 5000}}}', ["cannot be read"]),
        ("[" * 200_000, ["cannot be read"]),
        ('{"seed": 1,\n "loss": }', ["not JSON at line 2, column 10"]),
        ("[]", ["must be a JSON object", "list"]),
        (f'{{"seed": "{"s" * 500}"}}', ["seed is 'sss", "..."]),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_wrong_is_named_in_one_short_line(text: str, words: list[str]) -> None:
    """Unknown keys and impossible values are named with their path, in one line that says where it stands."""
    with pytest.raises(InputError) as refused:
        config_from_json(text, "file.json")
    message = str(refused.value)
    assert message.startswith("file.json: ")
    assert "\n" not in message
    assert len(message) < 400
    for word in words:
        assert word in message


def test_with_settings_reads_text_as_json_where_it_can() -> None:
    """--set gives text: numbers, true and null are read as such, everything else stays text; the rest is as it was."""
    before = preset("digits")
    after = before.with_settings(
        {
            "loss.temperature": "0.2",
            "maps.umap": "false",
            "loss.logit": "bce",
            "data.path": "null",
            "training.epochs": "1e2",
        }
    )
    assert (after.loss.temperature, after.maps.umap, after.loss.logit) == (0.2, False, "bce")
    assert (after.data.path, after.training.epochs) == (None, 100)
    assert after.model_copy(update={"loss": before.loss, "maps": before.maps, "training": before.training}) == before
    assert before == preset("digits")


def test_free_sections_take_any_key() -> None:
    """Parameters of data, rule, sampler and views are for the registries to judge; configurations hold any name."""
    config = TrainConfig().with_settings(
        {
            "data.params.scenes": "40",
            "loss.rule_params.factors": "both",
            "loss.rule_params.expression": "where(s == t, 1, 0.5)",
            "views.shift": "0.5",
            "loss.rule_params": {"a": 1},
            "training.sampler_params.at_least": "2",
        }
    )
    assert config.data.params == {"scenes": 40}
    assert config.loss.rule_params == {"a": 1}
    assert config.views == {"shift": 0.5}
    assert config.training.sampler_params == {"at_least": 2}


@pytest.mark.parametrize(
    "path", ["loss.temprature", "los.temperature", "loss.temperature.deep", "data.params.a.b", "", ".", "x"]
)
def test_with_settings_refuses_paths_that_do_not_exist(path: str) -> None:
    """A mistyped path is an error that lists what there is, never a new setting."""
    with pytest.raises(InputError, match=r"there is no setting .*(has|are): "):
        TrainConfig().with_settings({path: 1})


def leaves(model: type[BaseModel], path: str = "") -> list[tuple[str, str | None]]:
    """Every setting with its description; a section counts by its own docstring."""
    found: list[tuple[str, str | None]] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += [(path + name, kind.__doc__), *leaves(kind, f"{path}{name}.")]
        else:
            found.append((path + name, next(one.help for one in field.metadata if isinstance(one, Param))))
    return found


def test_every_setting_is_described() -> None:
    """Forms and help are made from the configuration, so every field says in a sentence what it is."""
    undescribed = [path for path, words in leaves(TrainConfig) if not words or not words.strip().endswith(".")]
    assert undescribed == []


def test_options_of_losses_and_encoders_are_declared_once() -> None:
    """A setting that is handed to a loss or an encoder has its line of help, its bounds and its useful values."""
    handed = [
        *((LossConfig, key, WEIGHTED_SUPCON.options[key]) for key in LOSS_OPTIONS),
        *(
            (ModelConfig, key, option)
            for name in ("convolutional", "mlp")
            for key, option in ENCODERS[name].params.items()
        ),
        *((PretrainedConfig, key, option) for key, option in ENCODERS["text_transformer"].params.items()),
        *((PretrainedConfig, key, option) for key, option in ENCODERS["picture_transformer"].params.items()),
    ]
    for section, key, option in handed:
        field = section.model_fields[key]
        param = next(one for one in field.metadata if isinstance(one, Param))
        same = replace(option_of(field.annotation, param, option.default), choices=option.choices)
        # the help says which of its choices a loss or a training knows
        assert same == option, key
