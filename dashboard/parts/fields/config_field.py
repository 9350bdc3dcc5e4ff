"""A widget for a field of the configuration: its kind, bounds, default and help come from there."""

from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from dashboard import state
from dashboard.figures.formatting import escaped
from dashboard.figures.what_if import short
from dashboard.parts.fields.number_field import FINEST, KEEP, number_field
from mlcl_core.engine.config import TrainConfig
from mlcl_core.maps import FIRST_MAP, MAPS

# where the key alone would not say what it is
TITLES = {
    "loss.rule": "Which pairs are positive (rule)",
    "loss.placement": "Where the weight stands (placement)",
    "loss.normalise": "Divide each anchor's sum by",
    "training.sampler": "Who comes together (sampler)",
    "pretrained.name": "Pretrained encoder",
    "training.threads": "CPU threads",
    "model.width": "Network width",
    "model.projection_dim": "Size of z",
    "pretrained.max_length": "Longest text (tokens)",
    "pretrained.layers": "Last layers that learn",
    "pretrained.chunk": "Items at once",
    "watch.frame_every": "Steps between frames",
    "watch.items": "Watched items",
    **{f"maps.{name}": f"{record.title} map beside {MAPS[FIRST_MAP].title}" for name, record in MAPS.items()},
}


def config_field(config: TrainConfig, path: str) -> Any:
    """One widget for the field at ``path``, with its value in ``config`` to begin with.

    Args:
        config: Of the preset.
        path: ``section.key``, or a key.
    """
    field, value = field_of(path), value_of(config, path)
    title = title_of(path) + changed_mark(path, value)
    common: dict[str, Any] = {"key": state.setting(path), "help": field.description, "persist_state": KEEP}
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
    """What a field, or a parameter of a rule or sampler, is called."""
    return TITLES.get(path, path.rpartition(".")[2].replace("_", " ").capitalize())


def said(value: Any) -> str:
    """A value as the form says it."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return escaped(short(value.replace("_", " "))) if isinstance(value, str) else f"{value:g}"


def changed_mark(path: str, preset: Any) -> str:
    """Behind the title of a field that a person changed: the preset's value."""
    now = st.session_state.get(state.setting(path))
    same = now is None or now == preset or (now == "" and preset is None)
    return "" if same else f" (preset {said(preset)})"  # plain: it is read out too


def field_of(path: str) -> FieldInfo:
    """The declaration of a field."""
    *sections, name = path.split(".")
    model: Any = TrainConfig
    for section in sections:
        model = model.model_fields[section].annotation
    return model.model_fields[name]


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
    field = field_of(path)
    bounds = {
        name: getattr(one, name) for one in field.metadata for name in ("ge", "gt", "le", "lt") if hasattr(one, name)
    }
    low: Any = bounds.get("ge", bounds.get("gt"))
    high: Any = bounds.get("le", bounds.get("lt"))
    more: Any = field.json_schema_extra or {}
    return number_field(
        title,
        value,
        key=key,
        integer=plain_type(field) is int,
        low=low if "gt" not in bounds else low + FINEST,
        high=high if "lt" not in bounds else high - FINEST,
        help=field.description,
        declared=more.get("useful", ()),
    )
