"""Fields for the settings that may change while a run trains, made from their registry; what cannot is not offered."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import lru_cache
from itertools import cycle
from math import isclose
from typing import Any, get_args, get_origin

import streamlit as st

from dashboard.access import shown
from dashboard.figures.formatting import escaped
from dashboard.parts.fields.config_field import field_of, option_of_field, plain_type, title_of, value_of
from dashboard.parts.fields.number_field import KEEP, use_rungs
from dashboard.parts.fields.option_inputs import option_input
from dashboard.parts.train.owned_params import OWNED, loss_options, owned_value
from mlcl_core.engine.config import LOSS_OPTIONS, TrainConfig, config_from_json
from mlcl_core.engine.live_settings import LIVE_SETTINGS, LiveSetting, live_values
from mlcl_core.errors import InputError
from mlcl_core.options import Option

GROUPS = {"step": "From the next step", "epoch": "From the next epoch"}
# The kind of parameters that stand at a path.
KIND = {owned.target: kind for kind, owned in OWNED.items()}


def change_fields(
    config: TrainConfig, key: str, *, within: AbstractContextManager[Any] | None = None, refused: str = ""
) -> dict[str, Any]:
    """Draw a field for each setting; returns those that are other than in ``config``, by path.

    Rule and sampler stand first, since the fields of their parameters follow from them.

    Args:
        config: The configuration in force.
        key: Prefix of the session keys.
        within: Where the fields of values stand, such as a form; None: where the choices stand.
        refused: Why a worker refused a change, to be shown beside the field that it names.
    """
    settings = [setting for setting in LIVE_SETTINGS.values() if _is_offered(config, setting)]
    slots: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for setting in settings:
        if setting.path in _owners():
            values[setting.path] = _choice(config, setting, key)
            slots[setting.path] = st.container()
    with within or nullcontext():
        for when, title in GROUPS.items():
            st.markdown(f"**{title}**")
            columns = cycle(st.columns(2))
            for setting in (one for one in settings if one.when == when and one.path not in _owners()):
                values[setting.path] = _value(config, setting, values, key, columns)
                slots[setting.path] = st.container()
    use_rungs(key)
    changed = {path: value for path, value in values.items() if not _same(value, _now(config, path, values))}
    _show_refusals(config, changed, refused, slots)
    return changed


def _is_offered(config: TrainConfig, setting: LiveSetting) -> bool:
    """Whether a run of this configuration could take a change of a setting: whether its loss has that option."""
    option = (setting.params_of or setting.path).removeprefix("loss.")
    return option not in LOSS_OPTIONS or option in loss_options(config.loss.name)


def set_fields(config: TrainConfig, key: str) -> None:
    """Set the fields to the values of a configuration, before they are drawn; what was entered is gone."""
    for path, value in live_values(config).items():
        if path not in KIND:
            st.session_state[f"{key}.{path}"] = value
            continue
        for param in _params(KIND[path], value_of(config, OWNED[KIND[path]].owner)):
            st.session_state[f"{key}.{param}"] = owned_value(config, param)


def _owners() -> set[str]:
    return {setting.params_of for setting in LIVE_SETTINGS.values() if setting.params_of}


def _params(kind: str, name: str) -> Iterator[str]:
    return (f"{kind}.{name}.{param}" for param in OWNED[kind].options(name))


def _choice(config: TrainConfig, setting: LiveSetting, key: str) -> str:
    """The choice of a rule or a sampler."""
    from mlcl_core.engine.live_change import REGISTRIES

    path, title = setting.path, f"{title_of(setting.path)}: {GROUPS[setting.when].lower()}"
    records, field = REGISTRIES[path], f"{key}.{path}"
    st.session_state.setdefault(field, value_of(config, path))
    name = st.selectbox(title, list(records), format_func=lambda one: records[one].title, key=field, persist_state=KEEP)
    st.caption(records[name].summary)
    return str(name)


def _value(
    config: TrainConfig, setting: LiveSetting, values: Mapping[str, Any], key: str, columns: Iterator[Any]
) -> Any:
    """A field for a value, or fields for the parameters of a choice, of which those are told that are no defaults."""
    if setting.params_of:
        kind, name = KIND[setting.path], values[setting.params_of]
        found = {}
        for param in _params(kind, name):
            option = OWNED[kind].options(name)[param.rpartition(".")[2]]
            with next(columns):
                value = _input(title_of(param), option, owned_value(config, param), f"{key}.{param}")
            if not _same(value, option.default):
                found[param.rpartition(".")[2]] = value
        return found
    value = value_of(config, setting.path)
    option = option_of_field(setting.path, value)
    if (of_loss := loss_options(config.loss.name).get(setting.path.removeprefix("loss."))) is not None:
        kind = plain_type(field_of(setting.path))
        taken = get_args(kind) if get_origin(kind) is not None else of_loss.choices
        option = replace(
            of_loss, default=value, title="", choices=tuple(one for one in of_loss.choices if one in taken)
        )
    with next(columns):
        return _input(title_of(setting.path), option, value, f"{key}.{setting.path}")


def _input(title: str, option: Option, start: Any, field: str) -> Any:
    st.session_state.setdefault(field, start)
    return option_input(title, replace(option, title=""), key=field)


def _now(config: TrainConfig, path: str, values: Mapping[str, Any]) -> Any:
    """What stands in the configuration; of parameters, those that are no defaults of the choice that they stand for."""
    if path not in KIND:
        return value_of(config, path)
    owned = OWNED[KIND[path]]
    name = value_of(config, owned.owner)
    if values[owned.owner] != name:
        return value_of(config, path)
    options = owned.options(name)
    return {param: value for param, value in value_of(config, path).items() if not _same(value, options[param].default)}


def _same(one: Any, other: Any) -> bool:
    """Equality that forgives what a field for numbers does to their last digit."""
    if isinstance(one, float) and isinstance(other, int | float) and not isinstance(other, bool):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-15)
    return bool(one == other)


def _show_refusals(config: TrainConfig, changed: Mapping[str, Any], refused: str, slots: dict[str, Any]) -> None:
    """Say beside a field what would be refused, and what was."""
    last = next(reversed(slots))
    if changed and (why := _why_not(config, changed)):
        alone = (path for path, value in changed.items() if _why_not(config, {path: value}))
        _show(slots[next(alone, last)], why)
    elif refused:
        _show(slots[next((path for path in slots if path in refused), last)], refused)


def _show(slot: Any, why: str) -> None:
    with slot:
        st.error(escaped(shown(why)), icon=":material/error:")


def _why_not(config: TrainConfig, changed: Mapping[str, Any]) -> str:
    """Why a run would refuse a change, as far as it is known without its data; empty: nothing is known."""
    return _refusal(config.to_json(), json.dumps(dict(changed)))


@lru_cache(maxsize=64)
def _refusal(config: str, changed: str) -> str:
    from mlcl_core.engine.live_change import refuse_unfit

    try:
        refuse_unfit(config_from_json(config), json.loads(changed))
    except InputError as error:
        return str(error)
    return ""


__all__ = ["change_fields", "set_fields"]
