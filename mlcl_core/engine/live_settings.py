"""Settings that may change while a run trains; any other change would make it another run. Imports no torch.

To add one: a record in ``_SETTINGS``. The trainer, ``mlcl set``, the form, the timeline and a resume take it from here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError


@dataclass(frozen=True)
class LiveSetting:
    """A setting that may change while a run trains.

    Attributes:
        path: Its path in the configuration.
        title: What marks and sentences call it.
        when: Whether a change holds from the next step or from the next epoch on.
        params_of: The path of the choice whose parameters these are; single ones may be changed as ``path.KEY``.
    """

    path: str
    title: str
    when: Literal["step", "epoch"]
    params_of: str = ""


_SETTINGS = (
    LiveSetting("loss.temperature", "temperature", "step"),
    LiveSetting("optimiser.learning_rate", "learning rate", "step"),
    LiveSetting("loss.rule", "rule", "step"),
    LiveSetting("loss.rule_params", "parameters of the rule", "step", params_of="loss.rule"),
    LiveSetting("loss.placement", "placement", "step"),
    LiveSetting("loss.normalise", "normalisation", "step"),
    LiveSetting("training.batch_size", "batch size", "epoch"),
    LiveSetting("training.sampler", "sampler", "epoch"),
    LiveSetting("training.sampler_params", "parameters of the sampler", "epoch", params_of="training.sampler"),
)
LIVE_SETTINGS = {setting.path: setting for setting in _SETTINGS}


def live_setting(path: str) -> LiveSetting | None:
    """The record of a path, or of the parameters that ``path.KEY`` is one of; None: it cannot change."""
    found = LIVE_SETTINGS.get(path)
    if found is None:
        found = LIVE_SETTINGS.get(path.rpartition(".")[0])
        found = found if found is not None and found.params_of else None
    return found


def refuse_fixed(settings: Iterable[str]) -> None:
    """Refuse paths of settings that cannot change while a run trains.

    Raises:
        InputError: With the settings that can.
    """
    if fixed := sorted(path for path in settings if live_setting(path) is None):
        raise InputError(f"{', '.join(fixed)} cannot change while it trains; {', '.join(LIVE_SETTINGS)} can")


def live_values(config: TrainConfig) -> dict[str, Any]:
    """The settings of a configuration that may change, by path."""
    return {path: value_at(config, path) for path in LIVE_SETTINGS}


def changed_values(config: TrainConfig, since: TrainConfig) -> dict[str, Any]:
    """Those of :func:`live_values` that are others than in an earlier configuration."""
    before = live_values(since)
    return {path: value for path, value in live_values(config).items() if value != before[path]}


def value_at(config: TrainConfig, path: str) -> Any:
    """The value of a setting."""
    section, _, key = path.partition(".")
    return getattr(getattr(config, section), key)


def described(settings: Mapping[str, Any]) -> str:
    """Changed settings in words: "temperature 0.2, rule any-shared"; any value is told, also one that is none."""
    return ", ".join(f"{_title(path)} {_told(value)}" for path, value in settings.items())


def _title(path: str) -> str:
    found = live_setting(path)
    if found is None:
        return path
    return found.title if found.path == path else path.removeprefix(f"{found.path}.")


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(one)}" for name, one in value.items())[:200] or "as by default"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float) and abs(value) < 1e15:
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"
    return value.replace("_", "-")[:40] if isinstance(value, str) else repr(value)[:40]


__all__ = [
    "LIVE_SETTINGS",
    "LiveSetting",
    "changed_values",
    "described",
    "live_setting",
    "live_values",
    "refuse_fixed",
    "value_at",
]
