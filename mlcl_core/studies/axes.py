"""The values of a study's axes as settings: data, methods, paths of the configuration, and named sets of settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlcl_core.engine.config import TrainConfig
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.errors import InputError
from mlcl_core.studies.file import StudyFile, data_path
from mlcl_core.studies.records import BEFORE, FIRST_COLUMNS, LAST_COLUMNS, STATE_COLUMNS

DATA, METHOD = "data", "method"
ABOUT_DATA = ("name", "path", "sha256", "where", "preset")  # keys of a value of the axis data that are no settings
MAX_VALUE_NAME = 60


@dataclass(frozen=True)
class Value:
    """One value of an axis.

    Attributes:
        name: What tables call it: a text, or the value of the setting itself.
        settings: By path.
        about: Of data: ``path``, ``sha256``, ``where`` and ``preset``, where the file gives them.
    """

    name: Any
    settings: Mapping[str, Any]
    about: Mapping[str, str] = field(default_factory=dict)


def axes_of(file: StudyFile) -> dict[str, list[Value]]:
    """The values of all axes, data and methods first; a study without one of these has it as the base has it.

    Raises:
        InputError: An unknown axis, data set, loss or rule; a name that stands twice, or could be two things.
    """
    base = base_config(file.base)
    read = {DATA: _data, METHOD: _method}
    axes = {
        DATA: [Value(base.data.name if base.data.path is None else base.data.path, {})],
        METHOD: [Value(base.loss.name, {})],
    }
    for axis, values in file.grid.items():
        make = read[axis] if axis in read else _read_axis(axis, base)
        axes[axis] = [make(value) for value in values]
        names = [one.name for one in axes[axis]]
        for name in names:
            if isinstance(name, str) and not (0 < len(name) <= MAX_VALUE_NAME and name.isprintable()):
                raise InputError(f"grid.{axis}: the name {name[:40]!r} must have 1 to {MAX_VALUE_NAME} characters")
            if names.count(name) > 1:
                raise InputError(f"grid.{axis}: {name!r} stands twice; each value needs a name of its own")
    return axes


def base_config(base: str | Mapping[str, Any], of_data: str | None = None) -> TrainConfig:
    """The configuration that all cells begin with.

    Args:
        base: A preset, or settings by path, on top of ``preset``.
        of_data: A preset that a data set has instead.

    Raises:
        InputError: There is no such preset or setting.
    """
    settings = {"preset": base} if isinstance(base, str) else dict(base)
    name = settings.pop("preset", None)
    name = of_data or name
    if not isinstance(name, str):
        raise InputError(f"base.preset is missing; there are: {', '.join(PRESETS)}")
    return preset(name).with_settings(settings)


def _data(value: Any) -> Value:
    if isinstance(value, str):
        return Value(value, {"data.name": value, "data.path": None})
    settings = _named(DATA, value)
    name = settings.pop("name")
    about = {key: settings.pop(key) for key in ABOUT_DATA if key in settings}
    for key, text in about.items():
        if not isinstance(text, str) or not text:
            raise InputError(f"grid.data: {key} of {name!r} must be a text")
    if about.get("preset", "icons") not in PRESETS:
        raise InputError(
            f"grid.data: {name!r}: there is no preset {about['preset']!r}; there are: {', '.join(PRESETS)}"
        )
    if "path" not in about:
        where = {} if "preset" in about or "data.name" in settings else {"data.name": name, "data.path": None}
        return Value(name, {**where, **settings}, about)
    path = about["path"] if about["path"].startswith("hf:") else str(_located(about["path"]))
    return Value(name, {"data.name": "file", "data.path": path, **settings}, about)


def _located(path: str) -> Path:
    given = Path(path).expanduser()
    return given if given.is_absolute() else data_path(path)


def _method(value: Any) -> Value:
    if isinstance(value, str):
        return Value(value, method_settings(value))
    settings = _named(METHOD, value)
    return Value(settings.pop("name"), settings)


def method_settings(name: str) -> dict[str, Any]:
    """The settings of a loss, or of a rule that weighted_supcon trains, by a bare name.

    Args:
        name: ``msc_regularised``, ``any_shared``; ``loss:msc`` and ``rule:msc`` where a loss and a rule have the name.

    Raises:
        InputError: Neither has the name, or both have.
    """
    from mlcl_core.losses import LOSSES
    from mlcl_core.pairs import RULES

    kind, colon, own = name.partition(":")
    kind, own = (kind, own) if colon else ("", name)
    if kind not in ("", "loss", "rule") or (own not in LOSSES and own not in RULES):
        known = f"rules: {', '.join(RULES)}; losses: {', '.join(LOSSES)}"
        raise InputError(f"method: there is no rule and no loss {name!r}; {known}")
    if not kind and own in LOSSES and own in RULES:
        raise InputError(f"method: {own!r} is a loss and a rule; which? say loss:{own} or rule:{own}")
    if own not in (RULES if kind == "rule" else LOSSES if kind == "loss" else {**LOSSES, **RULES}):
        raise InputError(f"method: there is no {kind} {own!r}")
    if kind == "rule" or own not in LOSSES:
        return {"loss.name": "weighted_supcon", "loss.rule": own}
    return {"loss.name": own}


def _read_axis(axis: str, base: TrainConfig) -> Any:
    """How values of another axis are read: as those of a setting, or as named sets of settings."""
    if axis in (*FIRST_COLUMNS, *STATE_COLUMNS, *LAST_COLUMNS) or axis.startswith(BEFORE) or not axis.isprintable():
        raise InputError(f"grid: no axis can be called {axis!r}")

    def read(value: Any) -> Value:
        if isinstance(value, dict):
            settings = _named(axis, value)
            return Value(settings.pop("name"), settings)
        if not isinstance(value, bool | int | float | str):
            raise InputError(f"grid.{axis}: {value!r} must be a number, text, true or false, or settings with a name")
        try:
            base.with_settings({axis: value})
        except InputError as error:
            hint = "an axis is data, method, a setting by its path, or a name for sets of settings, each with a name"
            raise InputError(f"grid: {error}" if "." in axis else f"grid: the axis {axis!r}: {error}; {hint}") from None
        return Value(value, {axis: value})

    return read


def _named(axis: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        raise InputError(f'grid.{axis}: {value!r} must be a name, or settings with a name: {{"name": "...", ...}}')
    return dict(value)


__all__ = ["DATA", "METHOD", "Value", "axes_of", "base_config", "method_settings"]
