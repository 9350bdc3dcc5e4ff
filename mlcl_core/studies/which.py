"""The file of "Which is better here?": some methods on one data set, with as many epochs as fit into some minutes."""

import json
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcl_core.engine.config import LOSS_OPTIONS, ONE_THREE_TEN, OWN_FILE, TrainConfig
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.errors import InputError
from mlcl_core.runs.naming import own_data
from mlcl_core.studies.file import MAX_NAME, TUNING_SEED, WHICH_PREFIX, StudyFile
from mlcl_core.studies.folder import study_folders
from mlcl_core.studies.records import OK
from mlcl_core.studies.training_time import TrainingTime, mean_time

MIN_METHODS, MAX_METHODS = 2, 6
MAX_SEEDS = 50
# What is suggested first, as KIND:NAME.
SUGGESTED = (
    "rule:all_equal",
    "rule:any_shared",
    "rule:jaccard",
    "rule:mulsupcon",
    "rule:similarity_dissimilarity",
    "loss:bce",
)
AS_SET_UP = "set-up"  # the loss of the configuration itself, with all its parameters
NEEDS_PARAMETERS = ("formula",)  # rules that are nothing without them
TUNED = "optimiser.learning_rate"
RATES = 3


@dataclass(frozen=True)
class Plan:
    """What a study of some minutes is.

    Attributes:
        file: The study.
        trainings: Trainings that count.
        tunings: Trainings that choose the learning rate.
        epochs: Of each training.
        wanted: Epochs of the configuration, at most which are trained.
        seconds: Estimate for all.
        wanted_seconds: Estimate for all with the wanted epochs.
    """

    file: StudyFile
    trainings: int
    tunings: int
    epochs: int
    wanted: int
    seconds: float
    wanted_seconds: float


def choices() -> dict[str, str]:
    """Every method that can be chosen, as KIND:NAME, with its title; suggestions first."""
    from mlcl_core.losses import LOSSES
    from mlcl_core.pairs import RULES

    rules = {f"rule:{name}": record.title for name, record in RULES.items() if name not in NEEDS_PARAMETERS}
    losses = {f"loss:{name}": record.title for name, record in LOSSES.items() if "rule" not in record.options}
    found = rules | losses
    return {name: found[name] for name in SUGGESTED} | found


def record_of(chosen: str) -> Any:
    """The record of a rule or a loss, by a key of :func:`choices`.

    Raises:
        InputError: There is none.
    """
    from mlcl_core.losses import LOSSES
    from mlcl_core.pairs import RULES

    kind, _, name = chosen.partition(":")
    records: Any = {"rule": RULES, "loss": LOSSES}.get(kind, {})
    if name not in records:
        raise InputError(f"there is no method {chosen!r}")
    return records[name]


def method_value(config: TrainConfig, chosen: str) -> dict[str, Any]:
    """A method as a value of the axis ``method``: its title, and the settings in which it differs from the base.

    A rule keeps the loss settings of the preset; another loss has its own defaults, as in the set-up form.

    Args:
        config: What all methods have in common; its loss is what :data:`AS_SET_UP` means.
        chosen: A key of :func:`choices`, or :data:`AS_SET_UP`.

    Raises:
        InputError: There is no such rule or loss.
    """
    base = _base_config(config)
    if chosen == AS_SET_UP:
        loss = config.loss
        name = f"{_title(f'rule:{loss.rule}' if loss.name == base.loss.name else f'loss:{loss.name}')}, as set up"
        wanted = loss.model_dump()
    else:
        kind, _, own = chosen.partition(":")
        name = _title(chosen)
        wanted = _of_rule(base, own) if kind == "rule" else _of_loss(base, own)
    before = base.loss.model_dump()
    always = ("name", "rule") if wanted["name"] == "weighted_supcon" else ("name",)
    keys = [key for key in wanted if key in always or wanted[key] != before[key]]
    return {"name": name, **{f"loss.{key}": as_said(wanted[key]) for key in keys}}


def method_config(config: TrainConfig, chosen: str) -> TrainConfig:
    """The configuration that trains a method; raises as :func:`method_value`."""
    settings = {path: value for path, value in method_value(config, chosen).items() if path != "name"}
    return _base_config(config).with_settings(settings)


def make_plan(
    config: TrainConfig, chosen: Sequence[str], seeds: int, minutes: float, time: TrainingTime, *, tune: bool, name: str
) -> Plan:
    """The study that fits into the minutes: the seeds stay as they are, the epochs are cut where they must be.

    Raises:
        InputError: Methods that :func:`check_methods` refuses, or minutes that are too few for one epoch of each.
    """
    check_methods(config, chosen)
    trainings, tunings = seeds * len(chosen), RATES * len(chosen) if tune else 0
    count, wanted = trainings + tunings, config.training.epochs
    fitting = math.floor((60 * minutes / count - time.around) / time.epoch + 1e-9)
    if fitting < 1:
        least = math.ceil(time.seconds(count, 1) / 60)
        raise InputError(
            f"{minutes:g} minute{'s'[: minutes != 1]} are too few: one epoch of each of the {count} trainings takes "
            f"about {least}; give at least {least}, or choose fewer methods or seeds{', or no tuning' if tune else ''}"
        )
    epochs = min(wanted, fitting)
    file = study_file(config, chosen, seeds, epochs, tune=tune, name=name)
    return Plan(file, trainings, tunings, epochs, wanted, time.seconds(count, epochs), time.seconds(count, wanted))


def check_methods(config: TrainConfig, chosen: Sequence[str]) -> None:
    """Refuse fewer than 2 methods, more than 6, and the same one twice.

    Raises:
        InputError: One of these, which one.
    """
    if len(chosen) < MIN_METHODS:
        raise InputError(f"{len(chosen) or 'no'} method{'s'[: len(chosen) != 1]} chosen; a comparison needs at least 2")
    if len(chosen) > MAX_METHODS:
        raise InputError(f"{len(chosen)} methods chosen; at most {MAX_METHODS} are compared here, more by `mlcl study`")
    seen: dict[str, str] = {}
    for one in chosen:
        name = method_value(config, one)["name"]
        key = json.dumps(method_config(config, one).loss.model_dump(), sort_keys=True)
        if key in seen:
            raise InputError(f"the same method twice: {seen[key]!r} and {name!r} train with the same settings")
        seen[key] = name


def earlier_times(home: Path, config: TrainConfig) -> dict[str, TrainingTime]:
    """How long trainings of earlier studies took, by the title of the method: same data and settings, any epochs."""
    mine, data = _study_base(config, 0), [_data_value(config)]
    found: dict[str, list[TrainingTime]] = {}
    for folder in study_folders(home):
        with suppress(InputError):  # a damaged study tells nothing
            file = folder.file
            base = {**file.base, "training.epochs": 0} if isinstance(file.base, dict) else {}
            if base == mine and file.grid.get("data") == data and len(file.grid) == 2:
                for row in folder.records():
                    if row["state"] == OK:
                        epochs = int(json.loads(row["config"])["training"]["epochs"])
                        time = TrainingTime(float(row["train_seconds"]) / epochs, float(row["evaluate_seconds"]))
                        found.setdefault(str(row["method"]), []).append(time)
    return {method: mean_time(times) for method, times in found.items()}


def study_file(
    config: TrainConfig, chosen: Sequence[str], seeds: int, epochs: int, *, tune: bool, name: str
) -> StudyFile:
    """The study as a file: everything of the configuration but its loss, and a method for each choice."""
    tuned = {TUNED: learning_rates(config.optimiser.learning_rate), "seed": TUNING_SEED} if tune else None
    return StudyFile(
        schema_version=1,
        name=name,
        title=f"Which is better on {data_title(config)}?",
        base=_study_base(config, epochs),
        grid={"data": [_data_value(config)], "method": [method_value(config, one) for one in chosen]},
        seeds=list(range(seeds)),
        tune=tuned,
    )


def learning_rates(rate: float) -> list[float]:
    """The rate and its neighbours among 1, 3, 10, 30, ...: a third and three times as much, about.

    Example:
        >>> learning_rates(0.001)
        [0.0003, 0.001, 0.003]
    """
    below = [one for one in ONE_THREE_TEN if one < 0.9 * rate]
    above = [one for one in ONE_THREE_TEN if one > 1.1 * rate]
    return [below[-1] if below else rate / 3, rate, above[0] if above else 3 * rate]


def free_study_name(config: TrainConfig, taken: Sequence[str]) -> str:
    """A name that no study has: ``which-films-1``."""
    words = (
        re.sub(r"[^A-Za-z0-9]+", "-", data_title(config))
        .strip("-")
        .lower()[: MAX_NAME - len(WHICH_PREFIX) - 5]
        .strip("-")
    )
    stem = f"{WHICH_PREFIX}{words or 'data'}"
    return next(name for number in range(1, 10_000) if (name := f"{stem}-{number}") not in taken)


def data_title(config: TrainConfig) -> str:
    """What the data are called, without a folder."""
    return own_data(config.data) or config.data.name


def as_said(value: Any) -> Any:
    """A value that a setting by its path, whose text may be JSON, leaves as it is: an upload may be called 2024."""
    try:
        json.loads(value)
    except (TypeError, ValueError, RecursionError):
        return value
    return json.dumps(value)


def _base_config(config: TrainConfig) -> TrainConfig:
    """The configuration with the loss of its preset."""
    name = config.preset if config.preset in PRESETS else next(iter(PRESETS))
    return config.model_copy(update={"preset": name, "loss": preset(str(name)).loss})


def _study_base(config: TrainConfig, epochs: int) -> dict[str, Any]:
    base = _base_config(config)
    return {"preset": base.preset, **_own_settings(config, base), "training.epochs": epochs}


def _own_settings(config: TrainConfig, base: TrainConfig) -> dict[str, Any]:
    """The settings in which a configuration differs from its preset, by path; not those of loss, data and seed."""
    mine, its = config.model_dump(), preset(str(base.preset)).model_dump()
    found: dict[str, Any] = {}
    for section, values in mine.items():
        if section in ("loss", "seed", "preset", "schema_version"):
            continue
        pairs = {section: (values, its[section])}
        if isinstance(values, dict) and section != "views":
            pairs = {f"{section}.{key}": (value, its[section][key]) for key, value in values.items()}
        found |= {path: as_said(now) for path, (now, was) in pairs.items() if now != was}
    return {path: value for path, value in found.items() if path not in ("data.name", "data.path")}


def _data_value(config: TrainConfig) -> Any:
    data = config.data
    if data.name in OWN_FILE:
        return {"name": data_title(config), "path": data.path or ""}
    said = as_said(data.name)
    return data.name if said == data.name else {"name": data.name, "data.name": said, "data.path": None}


def _title(chosen: str) -> str:
    return str(record_of(chosen).title)


def _of_rule(base: TrainConfig, rule: str) -> dict[str, Any]:
    """The loss section with another rule; settings of a loss that has rules stay those of the preset."""
    before = base.loss.model_dump()
    own = before if base.loss.name == "weighted_supcon" else _of_loss(base, "weighted_supcon")
    return {**own, "rule": rule, "rule_params": before["rule_params"] if rule == base.loss.rule else {}}


def _of_loss(base: TrainConfig, name: str) -> dict[str, Any]:
    """The loss section with another loss, which has its own defaults."""
    from mlcl_core.losses import LOSSES

    before, options = base.loss.model_dump(), LOSSES[name].options
    if name == before["name"]:
        return before
    own = {key: options[key].default for key in LOSS_OPTIONS if key in options and key != "rule"}
    return {**before, **own, "name": name, "params": {}}


__all__ = [
    "AS_SET_UP",
    "MAX_METHODS",
    "MAX_SEEDS",
    "MIN_METHODS",
    "SUGGESTED",
    "Plan",
    "check_methods",
    "choices",
    "data_title",
    "earlier_times",
    "free_study_name",
    "make_plan",
    "method_config",
    "method_value",
    "record_of",
    "study_file",
]
