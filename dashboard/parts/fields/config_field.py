"""Widgets for fields of the configuration, made from their types and declarations."""

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from dashboard import state
from dashboard.figures.formatting import escaped
from dashboard.figures.what_if import short
from dashboard.parts.fields.number_field import KEEP, number_field
from mlcl_core.engine.config import TrainConfig
from mlcl_core.options import Option, Param, option_of


def config_field(config: TrainConfig, path: str) -> Any:
    """One widget for the field at ``path``; it starts with the value in ``config``.

    Args:
        config: Of the preset.
        path: ``section.key``, or a key.
    """
    field, value = field_of(path), value_of(config, path)
    title = title_of(path) + changed_mark(path, value)
    common: dict[str, Any] = {"key": state.setting(path), "help": param_of(field).help, "persist_state": KEEP}
    kind = plain_type(field)
    if get_origin(kind) is Literal:
        choices = list(get_args(kind))
        return st.selectbox(title, choices, index=choices.index(value), **common)
    if kind is bool:
        return st.checkbox(title, value=value, **common)
    if kind in (int, float):
        return number_of(path, value, title=title, key=state.setting(path))
    return st.text_input(title, value=value or "", **common)


def title_of(path: str) -> str:
    """The title of a field, or of a parameter of a rule, sampler or loss."""
    section, _, key = path.rpartition(".")
    known = section in ("", *TrainConfig.model_fields)
    return (param_of(field_of(path)).title if known else "") or key.replace("_", " ").capitalize()


def said(value: Any) -> str:
    """A value in the words of the form."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return escaped(short(value.replace("_", " "))) if isinstance(value, str) else f"{value:g}"


def changed_mark(path: str, preset: Any) -> str:
    """The value that it started with, for the title of a field that was changed; empty for the others."""
    now = st.session_state.get(state.setting(path))
    same = now is None or now == preset or (now == "" and preset is None)
    return "" if same else f" ({start_word()} {said(preset)})"  # plain: it is read out too


def start_word() -> str:
    """What the values of the set-up form start from: the preset, or a run that the next one is to be like."""
    return "preset" if st.session_state.get(state.SETUP_LIKE) is None else "that run"


def field_of(path: str) -> FieldInfo:
    """The declaration of a field."""
    *sections, name = path.split(".")
    model: Any = TrainConfig
    for section in sections:
        model = model.model_fields[section].annotation
    return model.model_fields[name]


def param_of(field: FieldInfo) -> Param:
    """The declaration of a field beside its type: help, bounds, title."""
    return next(one for one in field.metadata if isinstance(one, Param))


def option_of_field(path: str, default: Any) -> Option:
    """A field of the configuration as an option with another default."""
    field = field_of(path)
    return option_of(plain_type(field), param_of(field), default)


def value_of(config: TrainConfig, path: str) -> Any:
    """The value of a field."""
    found: Any = config
    for name in path.split("."):
        found = getattr(found, name)
    return found


def plain_type(field: FieldInfo) -> Any:
    """The type of a field, without None."""
    kind = field.annotation
    if get_origin(kind) in (Union, UnionType):
        return next(one for one in get_args(kind) if one is not type(None))
    return kind


def number_of(path: str, value: int | float, *, title: str, key: str) -> Any:
    """A number field with the bounds, the help and the useful values of a field of the configuration."""
    return number_field(title, option_of_field(path, value), key=key)
