"""The configuration of a new run that the set-up form holds; its widgets are in setup_form.py."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from dashboard import loaders, state, warm
from dashboard.access import require_teacher
from dashboard.figures.formatting import escaped
from dashboard.parts.fields.config_field import said, title_of, value_of
from dashboard.parts.frame.current import choose_run
from dashboard.parts.train.owned_params import OWNED, is_owned, loss_options, owned_value
from mlcl_core.engine.config import LOSS_OPTIONS, OWN_FILE, TrainConfig, config_from_json
from mlcl_core.engine.presets import OWN_PRESETS, PRESETS, preset
from mlcl_core.errors import InputError
from mlcl_core.runs import launch
from mlcl_core.runs.run import Run

# kept when the preset changes: they name the data, not how to train
OF_DATA = ("data.name", "data.path")

CAN_BE_NONE = "loss.logit"  # the choice that its field can clear; other fields without a value leave it as it was
NEW_RUN = "New run"  # title of the form's panel
WHICH = "Which is better here?"  # title of the panel that compares methods
BY_PATH = "a file of your own"  # no upload can have this name
FIRST_PRESET = next(iter(PRESETS))


def preset_words(name: str) -> str:
    """A preset's name and title."""
    return f"{name}: {PRESETS[name].title}" if name in PRESETS else name


def settings_paths() -> list[str]:
    """Paths of all fields of the configuration for which the form may have a widget."""
    found = []
    for name, field in TrainConfig.model_fields.items():
        inside = getattr(field.annotation, "model_fields", None)
        found += [name] if inside is None else [f"{name}.{key}" for key in inside]
    return [path for path in found if path not in (*OF_DATA, "preset", "schema_version", "views")]


@dataclass(frozen=True)
class Like:
    """A run whose whole configuration the form starts from in place of a preset's.

    Attributes:
        run_id, name: Of the run.
        config: Its configuration as it began.
        preset: The preset that the form shows meanwhile; choosing another ends it.
        changed: Whether settings were changed while it trained.
    """

    run_id: str
    name: str
    config: TrainConfig
    preset: str
    changed: bool


def like() -> Like | None:
    """The run that the next one is to be like; None: the form starts from the preset."""
    found: Like | None = st.session_state.get(state.SETUP_LIKE)
    if found is not None and str(state.get(state.setting("preset"), FIRST_PRESET)) != found.preset:
        del st.session_state[state.SETUP_LIKE]
        return None
    return found


def set_up_like(run: Run) -> None:
    """Fill the form with the whole configuration of a run, the settings without a field included.

    Raises:
        InputError: The configuration cannot be read, or names a loss, rule or sampler that is not there.
    """
    from mlcl_core.engine.check import check_combination

    config = run.config()
    check_combination(config)
    shown = config.preset if config.preset in PRESETS else FIRST_PRESET
    changed = loaders.config_at(run, None) != config
    st.session_state[state.SETUP_LIKE] = Like(run.id, run.name, config, shown, changed)
    st.session_state[state.setting("preset")] = shown
    st.session_state[state.setting("name")] = ""
    st.session_state[state.PANEL] = NEW_RUN
    if config.data.name in OWN_FILE:
        st.session_state[state.setting("data.name")] = BY_PATH
        st.session_state[state.setting("data.path")] = config.data.path or ""
    st.session_state.pop(state.SETUP_FOR, None)
    form_preset()


def end_like() -> None:
    """Callback: start from the preset again."""
    st.session_state.pop(state.SETUP_LIKE, None)


def form_preset() -> TrainConfig:
    """The configuration that the form starts from: the chosen preset, or a run's, with the defaults of the chosen loss.

    After a change of the preset, all fields take its values; after a change of the loss, the fields of the loss do.
    """
    model = like()
    name = str(state.get(state.setting("preset"), FIRST_PRESET)) if model is None else f"like {model.run_id}"
    config, before = preset(name) if model is None else model.config, st.session_state.get(state.SETUP_FOR)
    if before != name:
        left = (
            {path: now for path, (now, _) in changes(_with_loss(preset(before))).items()} if before in PRESETS else {}
        )
        st.session_state[state.SETUP_LEFT] = (before, left) if left else None
        # set, not only deleted: a browser goes on showing and sending the old value of a field
        _set(config, [*settings_paths(), *_param_paths()])
        st.session_state[state.SETUP_FOR] = name
        st.session_state[state.SETUP_LOSS] = config.loss.name
        return config
    loss, config = _loss_name(config), _with_loss(config)
    if st.session_state.get(state.SETUP_LOSS) != loss:
        _set(config, [path for path in settings_paths() if path.startswith("loss.") and path != "loss.name"])
        st.session_state[state.SETUP_LOSS] = loss
    return config


def _loss_name(config: TrainConfig) -> str:
    return str(state.get(state.setting("loss.name"), config.loss.name))


def _with_loss(config: TrainConfig) -> TrainConfig:
    """A preset with the defaults of the chosen loss in its loss section, whose name stays the preset's."""
    name = _loss_name(config)
    if name == config.loss.name:
        return config
    options = loss_options(name)
    own = {f"loss.{key}": _as_said(options[key].default) for key in LOSS_OPTIONS if key in options and key != "rule"}
    return config.with_settings({**own, "loss.params": {}})


def changes(config: TrainConfig) -> dict[str, tuple[Any, Any]]:
    """The changed fields and parameters: (value in the form, value that it started with) by path."""
    found = {}
    for path in settings_paths():
        now, was = st.session_state.get(state.setting(path)), value_of(config, path)
        if path == CAN_BE_NONE and was is not None and now is None and state.setting(path) in st.session_state:
            now = ""  # cleared
        nothing = now is None or (now == "" and was is None)
        if not nothing and now != was:
            found[path] = (now, was)
    for path in _param_paths():
        kind, name, _ = path.split(".", 2)
        owner, now = OWNED[kind].owner, st.session_state[state.setting(path)]
        in_use = found[owner][0] if owner in found else value_of(config, owner)
        if name == in_use and now is not None and now != (was := preset_value(config, path)):
            found[path] = (now, was)
    return found


def change_words() -> str:
    """What the form starts from and its changes, in a few words that follow the preset's name; empty: the preset."""
    found = [f"{title_of(path).lower()} {said(now)}" for path, (now, _) in changes(form_preset()).items()]
    model = like()
    start = "" if model is None else f"; like {escaped(model.name)}"
    return f"{start}; changed: {', '.join(found)}" if found else start


def preset_value(config: TrainConfig, path: str) -> Any:
    """The value with which a field, or a parameter of a rule, sampler or loss, starts."""
    return owned_value(config, path) if is_owned(path) else value_of(config, path)


def put_back(paths: Iterable[str]) -> None:
    """Callback: reset these fields to the values with which they started."""
    _set(form_preset(), paths)


def keep_left() -> None:
    """Callback: apply the changes made under the previous preset to this one."""
    before: tuple[str, dict[str, Any]] = st.session_state.pop(state.SETUP_LEFT, None) or ("", {})
    left = before[1]
    if "loss.name" in left:
        st.session_state[state.setting("loss.name")] = left["loss.name"]
        form_preset()  # sets the fields of that loss to its defaults
    for path, value in left.items():
        st.session_state[state.setting(path)] = value


def set_up_for(upload: str, kind: str) -> None:
    """Set the form up to train on an upload of a kind (``features``, ``text`` or ``picture``)."""
    st.session_state.pop(state.SETUP_FOR, None)
    st.session_state[state.setting("preset")] = OWN_PRESETS[kind]
    st.session_state[state.setting("data.name")] = upload
    form_preset()


def chosen_config() -> tuple[TrainConfig, str | None]:
    """The configuration of the form, and the name of the run (None: a default name is made from the configuration).

    Raises:
        InputError: A value is not allowed.
    """
    config = form_preset()
    settings: dict[str, Any] = {}
    params: dict[str, dict[str, Any]] = {}
    for path, (now, _) in changes(config).items():
        if is_owned(path):
            kind, _, param = path.split(".", 2)
            params.setdefault(kind, {})[param] = now
        else:
            settings[path] = _as_said(now)
    for kind, owned in OWNED.items():
        own: dict[str, Any] = {} if owned.owner in settings else value_of(config, owned.target)
        if owned.owner in settings or kind in params:
            settings[owned.target] = own | params.get(kind, {})
    if config.data.name in OWN_FILE:
        upload = str(state.get(state.setting("data.name"), BY_PATH))
        if upload == BY_PATH:
            path = str(state.get(state.setting("data.path"), "")).strip()
            settings["data.path"] = _as_said(path) if path else None
        else:
            settings |= {"data.name": _as_said(upload), "data.path": None}
    name = str(state.get(state.setting("name"), "")).strip() or None
    return config.with_settings(settings), name


def _as_said(value: Any) -> Any:
    """A value that ``with_settings``, which parses text as JSON, leaves as it is: an upload may be called 2024."""
    return json.dumps(value or None) if isinstance(value, str) else value


def _param_paths() -> list[str]:
    """Paths of the parameters of rules, samplers and losses that the session holds."""
    starts = tuple(state.setting(f"{kind}.") for kind in OWNED)
    return [str(key).removeprefix(state.setting("")) for key in st.session_state if str(key).startswith(starts)]


def _set(config: TrainConfig, paths: Iterable[str]) -> None:
    for path in paths:
        value = preset_value(config, path)
        if value is None or isinstance(value, dict):  # these have no widget
            st.session_state.pop(state.setting(path), None)
        else:
            st.session_state[state.setting(path)] = value


def ask_which(study: str = "") -> None:
    """Callback: open the panel that compares methods, with the form or with a study."""
    st.session_state[state.PANEL] = WHICH
    st.session_state[state.WHICH_STUDY] = study


def refusal() -> str | None:
    """Why the configuration of the form could not train, as far as it is known without data; None: nothing is known."""
    try:
        return refusal_of(chosen_config()[0])
    except InputError as error:
        return str(error)


def refusal_of(config: TrainConfig) -> str | None:
    """Why a configuration could not train, as far as it is known without data; None: nothing is known."""
    sampler = config.training.model_dump(include={"sampler", "sampler_params"})
    return _refusal(json.dumps({"loss": config.loss.model_dump(), "training": sampler}))


@lru_cache(maxsize=64)
def _refusal(settings: str) -> str | None:
    from mlcl_core.engine.check import check_combination

    try:
        check_combination(config_from_json(settings))
    except InputError as error:
        return str(error)
    return None


def start_from_setup() -> None:
    """Start a run with the configuration of the form, and show it on all pages.

    Raises:
        InputError: The configuration is refused, or the request comes from a viewer; no run is created.
    """
    require_teacher()
    # the worker loads torch while the server does, and while the configuration is checked
    with launch.WaitingWorker() as worker:
        warm.wait()
        config, name = chosen_config()
        choose_run(launch.start(loaders.store(), config, name, worker))
    st.session_state[state.setting("name")] = ""
    st.session_state[state.PANEL] = None
