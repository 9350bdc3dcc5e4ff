"""What a new run is made of, as the set-up form says it; the form itself is setup_form.py."""

from typing import Any

import streamlit as st

from dashboard import loaders, state, warm
from dashboard.parts.current import choose_run
from dashboard.role import require_teacher
from mlcl_core.engine.config import OWN_FILE, TrainConfig
from mlcl_core.engine.presets import OWN_PRESETS, preset
from mlcl_core.runs import launch

PRESET_WORDS = {
    "icons": "icons: 1,558 real icons, 68 categories",
    "digits": "digits: scenes of 1 to 4 digits",
    "movies": "movies: 17,029 films as texts, 21 genres; frozen MiniLM",
    "movies-finetune": "movies-finetune: MiniLM itself learns, on 3,000 films",
    "vectors": "vectors: a file of features and labels of your own",
    "text": "text: a table with a column of texts of your own; frozen MiniLM",
    "pictures": "pictures: a folder, zip or table of your own; frozen EfficientNet",
}
# what the form keeps over presets: they say which data, not how it is trained
OF_DATA = ("data.name", "data.path")

BY_PATH = "a file of your own"  # no upload can be called so


def forget_settings() -> None:
    """Another preset has other defaults: what the form said until now is of the old one."""
    for path in settings_paths():
        st.session_state.pop(state.setting(path), None)


def settings_paths() -> list[str]:
    """Every field of the configuration that the form may have a widget for."""
    found = []
    for name, field in TrainConfig.model_fields.items():
        inside = getattr(field.annotation, "model_fields", None)
        found += [name] if inside is None else [f"{name}.{key}" for key in inside]
    return [path for path in found if path not in (*OF_DATA, "preset", "schema_version", "views")]


def set_up_for(upload: str, kind: str) -> None:
    """Make the form ready to train on an upload of a kind (``features``, ``text`` or ``picture``)."""
    forget_settings()
    st.session_state[state.setting("preset")] = OWN_PRESETS[kind]
    st.session_state[state.setting("data.name")] = upload


def chosen_config() -> tuple[TrainConfig, str | None]:
    """The configuration that the form says, and the name (None: one is made up).

    Raises:
        InputError: An impossible value.
    """
    config = preset(str(state.get(state.setting("preset"), "icons")))
    settings: dict[str, Any] = {}
    for path in settings_paths():
        value = st.session_state.get(state.setting(path))
        if value is not None:
            settings[path] = value
    rule = settings.get("loss.rule", config.loss.rule)
    if params := _own(f"rule.{rule}."):
        settings["loss.rule_params"] = params
    sampler = settings.get("training.sampler", config.training.sampler)
    if params := _own(f"sampler.{sampler}."):
        settings["training.sampler_params"] = params
    if config.data.name in OWN_FILE:
        upload = str(state.get(state.setting("data.name"), BY_PATH))
        if upload == BY_PATH:
            settings["data.path"] = str(state.get(state.setting("data.path"), "")).strip() or None
        else:
            settings |= {"data.name": upload, "data.path": None}
    name = str(state.get(state.setting("name"), "")).strip() or None
    return config.with_settings(settings), name


def _own(path: str) -> dict[str, Any]:
    """What the form says of the parameters of one rule or sampler."""
    prefix = state.setting(path)
    said = {str(key)[len(prefix) :]: value for key, value in st.session_state.items() if str(key).startswith(prefix)}
    return {name: value for name, value in said.items() if value is not None}


def start_from_setup() -> None:
    """Start a run as the form says, and show it on all pages.

    Raises:
        InputError: The configuration is refused, or a viewer asks; nothing is created then.
    """
    require_teacher()
    # the worker loads torch while the server does, and while the configuration is judged
    with launch.WaitingWorker() as worker:
        warm.wait()
        config, name = chosen_config()
        choose_run(launch.start(loaders.store(), config, name, worker))
    st.session_state[state.setting("name")] = ""
    st.session_state[state.PANEL] = None
