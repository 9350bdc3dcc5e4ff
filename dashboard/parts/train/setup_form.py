"""The set-up form: data, encoder, loss and length of a new run. Its values persist across pages and reruns."""

from contextlib import suppress

import streamlit as st

from dashboard import state
from dashboard.figures.formatting import escaped
from dashboard.parts.fields.config_field import changed_mark, config_field, title_of
from dashboard.parts.fields.number_field import KEEP, use_rungs
from dashboard.parts.train.loss_fields import along, loss_field, more_of_the_loss, owned_field, show_loss
from dashboard.parts.train.own_data import choose_own
from dashboard.parts.train.run_setup import (
    WHICH,
    ask_which,
    chosen_config,
    form_preset,
    preset_value,
    preset_words,
    start_from_setup,
)
from dashboard.parts.train.setup_changes import show_changes
from dashboard.parts.train.setup_like import show_like
from mlcl_core.engine.config import OWN_FILE, TrainConfig
from mlcl_core.engine.map_fields import only_maps
from mlcl_core.engine.presets import PRESETS
from mlcl_core.errors import InputError

ERROR = "setup.error"
# Folded: what is seldom changed; everything else is for CONFIG.json and --set.
ADVANCED = (
    *("model.width", "model.projection_dim"),
    *("watch.frame_every", "watch.items", "training.device", "training.threads", "seed"),
    *only_maps([]),
)
PRETRAINED = ("model.encoder", "pretrained.max_length", "pretrained.layers", "pretrained.chunk")
# Settings that the form has a field for, wherever it stands; with a dot at its end: every setting of that section.
IN_FORM = (
    *("loss.", "training.sampler", "training.sampler_params.", "training.batch_size", "training.epochs"),
    *("optimiser.learning_rate", "pretrained.name", *ADVANCED),
)


def show_setup(*, alive: bool) -> None:
    """Draw the form and its Start button."""
    _start(alive)
    config = choose_data()
    with st.container():
        if config.pretrained.name is not None:
            _pretrained(config)
    loss = show_loss(config)
    left, right = st.columns(2)
    with left:
        loss_field(config, loss, "temperature")
        config_field(config, "training.batch_size")
    with right:
        config_field(config, "training.epochs")
        config_field(config, "optimiser.learning_rate")
    with st.container():
        loss_field(config, loss, "placement")
    st.text_input(
        "Name", key=state.setting("name"), persist_state=KEEP, placeholder="made up from the set-up", max_chars=100
    )
    with st.expander("More of the loss"):
        more_of_the_loss(config, loss)
        along(config, loss)
    with st.expander("Advanced"):
        for path in PRETRAINED if config.pretrained.name is not None else ():
            config_field(config, path)
        _sampler(config)
        for path in ADVANCED:
            config_field(config, path)
            if path == "watch.items":
                _disk_cost()
    use_rungs("setup")


def choose_data() -> TrainConfig:
    """The preset, what differs from it, and whose data; returns the configuration that the fields start from."""
    st.selectbox(
        "Data and network (preset)",
        list(PRESETS),
        format_func=preset_words,
        key=state.setting("preset"),
        persist_state=KEEP,
    )
    config = form_preset()
    with st.container():
        show_like(IN_FORM)
    with st.container():
        show_changes(config)
    with st.container():
        if config.data.name in OWN_FILE:
            choose_own(config.preset or "vectors")
    return config


def _start(alive: bool) -> None:
    """The Start button, and why the last start was refused."""
    st.button(
        "Start another (it waits in the queue)" if alive else "Start",
        icon=":material/play_arrow:",
        type="primary",
        key="setup.start",
        width="stretch",
        on_click=_start_here,
    )
    st.button(
        WHICH,
        icon=":material/balance:",
        key="setup.which",
        width="stretch",
        on_click=ask_which,
        help="Trains some methods on these data, with some seeds each, and says which is better, by how much, and how "
        "sure that is.",
    )
    # a container keeps its place while its content comes and goes: else what is unfolded below folds
    with st.container():
        refused = st.session_state.pop(ERROR, None)
        if refused:
            st.error(escaped(refused), icon=":material/error:")


def _pretrained(config: TrainConfig) -> None:
    """The choice of the pretrained encoder: one that installs with the Lab, a folder, or the hub."""
    from mlcl_core.models import PRETRAINED as RECORDS

    name = config.pretrained.name
    kind = "text" if name is None else RECORDS[name].kind
    names = [one for one, record in RECORDS.items() if record.kind == kind]
    st.selectbox(
        _title(config, "pretrained.name"),
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
    """The choice of the sampler, and the sampler's parameters."""
    from mlcl_core.data import SAMPLERS

    names = list(SAMPLERS)
    name = st.selectbox(
        _title(config, "training.sampler"),
        names,
        index=names.index(config.training.sampler),
        format_func=lambda one: SAMPLERS[one].title,
        key=state.setting("training.sampler"),
        persist_state=KEEP,
    )
    st.caption(SAMPLERS[name].summary)
    for param, option in SAMPLERS[name].params.items():
        owned_field(config, f"sampler.{name}.{param}", option)


def _disk_cost() -> None:
    """What the frames of so many watched items take, where that is much."""
    from mlcl_core.engine.watch_cost import frame_words

    with st.container(), suppress(InputError):  # a value that is refused is said beside its field
        if words := frame_words(chosen_config()[0]):
            st.caption(escaped(words))


def _start_here() -> None:
    try:
        start_from_setup()
    except (InputError, OSError) as error:
        st.session_state[ERROR] = str(error)


def _title(config: TrainConfig, path: str) -> str:
    return title_of(path) + changed_mark(path, preset_value(config, path))
