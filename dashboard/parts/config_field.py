"""A widget for a field of the configuration: its kind, bounds, default and help come from there."""

import math
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from dashboard import state
from dashboard.figures.what_if import short
from dashboard.figures.words import escaped
from mlcl_core.engine.config import TrainConfig

KEEP: Final = "session"
# where the key alone would not say what it is
TITLES = {
    "loss.rule": "Which pairs are positive (rule)",
    "loss.placement": "Where the weight stands (placement)",
    "loss.normalise": "Divide each anchor's sum by",
    "training.sampler": "Who comes together (sampler)",
    "pretrained.name": "Pretrained encoder",
    "training.threads": "CPU threads",
    "model.width": "Network width",
    "model.projection": "Size of z",
    "pretrained.longest": "Longest text (tokens)",
    "pretrained.layers": "Last layers that learn",
    "pretrained.chunk": "Items at once",
    "watch.frame_every": "Steps between frames",
    "watch.items": "Watched items",
    "maps.umap": "UMAP map beside PCA",
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
        return _number(title, kind, value, field, common)
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
    return "" if same else f" :orange[(preset {said(preset)})]"


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


def _number(title: str, kind: Any, value: Any, field: FieldInfo, common: dict[str, Any]) -> Any:
    bounds = {
        name: getattr(one, name) for one in field.metadata for name in ("ge", "gt", "le", "lt") if hasattr(one, name)
    }
    low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
    if kind is int:
        clicks = {"batch_size": 32, "epochs": 10}.get(common["key"].rpartition(".")[2], 1)
        return st.number_input(title, low, high, value, clicks, **common)
    # of the size of its first digit, so that one click changes it a little
    step = 10.0 ** power_of_ten(value) if value else 0.1
    return st.number_input(
        title,
        None if low is None else float(low) if "gt" not in bounds else float(low) + 1e-7,
        None if high is None else float(high) if "lt" not in bounds else float(high) - 1e-7,
        float(value),
        step,
        format="%.6g",
        **common,
    )


def power_of_ten(value: float) -> int:
    """Where a number's first digit stands: 0.07 -> -2, 5 -> 0."""
    return math.floor(math.log10(abs(value)))
