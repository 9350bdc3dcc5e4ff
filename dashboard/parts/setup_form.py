"""The set-up form: which data, encoder, loss and length a new run has. Its values stay over pages and reruns."""

from typing import Any

import streamlit as st

from dashboard import state
from dashboard.figures.words import escaped
from dashboard.parts.config_field import KEEP, config_field
from dashboard.parts.own_data import choose_own
from dashboard.parts.run_setup import PRESET_WORDS, forget_settings, start_from_setup
from mlcl_core.engine.config import OWN_FILE, TrainConfig
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.errors import InputError

ERROR = "setup.error"
# Folded: what one changes now and then; everything else is for CONFIG.json and --set.
ADVANCED = (
    *("training.sampler", "loss.normalise", "model.width", "model.projection"),
    *("watch.frame_every", "watch.items", "training.device", "training.threads", "seed", "maps.umap"),
)
PRETRAINED = ("model.encoder", "pretrained.longest", "pretrained.layers", "pretrained.chunk")


def show_setup(*, alive: bool) -> None:
    """Draw the form and its Start button."""
    st.button(
        "Start another (it waits in the queue)" if alive else "Start",
        icon=":material/play_arrow:",
        type="primary",
        key="setup.start",
        width="stretch",
        on_click=_start_here,
    )
    refused = st.session_state.pop(ERROR, None)
    if refused:
        st.error(escaped(refused), icon=":material/error:")
    st.selectbox(
        "Data and network (preset)",
        list(PRESETS),
        format_func=lambda name: PRESET_WORDS.get(name, name),
        key=state.setting("preset"),
        persist_state=KEEP,
        on_change=forget_settings,
    )
    config = preset(str(state.get(state.setting("preset"), "icons")))
    if config.data.name in OWN_FILE:
        choose_own(config.preset or "vectors")
    if config.pretrained.name is not None:
        _pretrained(config)
    _rule(config)
    left, right = st.columns(2)
    with left:
        config_field(config, "loss.temperature")
        config_field(config, "training.batch_size")
    with right:
        config_field(config, "training.epochs")
        config_field(config, "optimiser.learning_rate")
    _placement()
    st.text_input(
        "Name", key=state.setting("name"), persist_state=KEEP, placeholder="made up from the set-up", max_chars=100
    )
    with st.expander("Advanced"):
        _fields(config, ADVANCED if config.pretrained.name is None else (*PRETRAINED, *ADVANCED))


def _fields(config: TrainConfig, paths: tuple[str, ...]) -> None:
    for path in paths:
        if path == "training.sampler":
            _sampler(config)
        elif path == "loss.normalise":
            _normalise()
        else:
            config_field(config, path)


def _rule(config: TrainConfig) -> None:
    """Which pairs are positive, and the rule's own parameters."""
    from mlcl_core.pairs import RULES

    rule = st.selectbox(
        "Which pairs are positive (rule)",
        list(RULES),
        index=list(RULES).index(config.loss.rule),
        format_func=lambda name: RULES[name].title,
        key=state.setting("loss.rule"),
        persist_state=KEEP,
    )
    st.caption(RULES[rule].summary)
    params = list(RULES[rule].params.items())
    for place, (name, option) in zip(st.columns(len(params)) if params else [], params, strict=True):
        with place:
            _option(f"rule.{rule}.{name}", name, option)


def _pretrained(config: TrainConfig) -> None:
    """Which pretrained encoder: one that installs with the Lab, a folder, or the hub."""
    from mlcl_core.models import PRETRAINED as RECORDS

    name = config.pretrained.name
    kind = "text" if name is None else RECORDS[name].kind
    names = [one for one, record in RECORDS.items() if record.kind == kind]
    st.selectbox(
        "Pretrained encoder",
        names,
        index=names.index(name) if name in names else 0,
        format_func=lambda one: RECORDS[one].title if one in RECORDS else one,
        accept_new_options=True,
        key=state.setting("pretrained.name"),
        persist_state=KEEP,
        help="Or type the folder of a model of the transformers library, or hf:owner/name. Frozen it stands before the "
        f"network; fine-tuned (Advanced, Encoder: {kind}_transformer) it learns.",
    )


def _sampler(config: TrainConfig) -> None:
    """Who comes together in a batch, and the sampler's own parameters."""
    from mlcl_core.data import SAMPLERS

    names = list(SAMPLERS)
    name = st.selectbox(
        "Who comes together (sampler)",
        names,
        index=names.index(config.training.sampler),
        format_func=lambda one: SAMPLERS[one].title,
        key=state.setting("training.sampler"),
        persist_state=KEEP,
    )
    st.caption(SAMPLERS[name].summary)
    for param, option in SAMPLERS[name].params.items():
        _option(f"sampler.{name}.{param}", param, option)


def _placement() -> None:
    from mlcl_core.losses import PLACEMENTS

    placement = st.selectbox(
        "Where the weight stands (placement)",
        list(PLACEMENTS),
        format_func=lambda name: name.replace("_", " "),
        key=state.setting("loss.placement"),
        persist_state=KEEP,
    )
    st.caption(PLACEMENTS[placement])


def _normalise() -> None:
    from mlcl_core.losses import NORMALISATIONS

    st.selectbox(
        "Divide each anchor's sum by",
        list(NORMALISATIONS),
        format_func=lambda name: f"{name}: {NORMALISATIONS[name]}",
        key=state.setting("loss.normalise"),
        persist_state=KEEP,
    )


def _start_here() -> None:
    try:
        start_from_setup()
    except (InputError, OSError) as error:
        st.session_state[ERROR] = str(error)


def _option(path: str, name: str, option: Any) -> None:
    """A widget for a parameter; under free text, before anybody presses Start, why it would be refused."""
    from dashboard.parts.option_inputs import option_input

    value = option_input(name, option, key=state.setting(path))
    if not option.is_text:
        return
    try:
        option.check(name, value)
    except InputError as error:
        st.error(escaped(str(error)), icon=":material/error:")
