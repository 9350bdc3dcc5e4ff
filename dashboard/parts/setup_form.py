"""The set-up form: which data, encoder, loss and length a new run has. Its values stay over pages and reruns."""

from typing import Any, Final

import streamlit as st

from dashboard import state
from dashboard.figures.words import escaped
from dashboard.parts.own_data import choose_own
from dashboard.parts.run_setup import forget_settings, start_from_setup
from mlcl_core.engine.config import OWN_FILE
from mlcl_core.engine.presets import PRESETS, preset
from mlcl_core.errors import InputError

KEEP: Final = "session"
ERROR = "setup.error"
NAMES = {
    "icons": "icons: 1,558 real icons, 68 categories",
    "digits": "digits: scenes of 1 to 4 digits",
    "movies": "movies: 17,029 films as texts, 21 genres; frozen MiniLM",
    "movies-finetune": "movies-finetune: MiniLM itself learns, on 3,000 films",
    "vectors": "vectors: a file of features and labels of your own",
    "text": "text: a table with a column of texts of your own; frozen MiniLM",
    "pictures": "pictures: a folder, zip or table of your own; frozen EfficientNet",
}


def show_setup(*, alive: bool) -> None:
    """Draw the form and its Start button."""
    from mlcl_core.losses import NORMALISATIONS, PLACEMENTS
    from mlcl_core.pairs import RULES

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
        format_func=lambda name: NAMES.get(name, name),
        key=state.setting("preset"),
        persist_state=KEEP,
        on_change=forget_settings,
    )
    config = preset(str(state.get(state.setting("preset"), "icons")))
    if config.data.name in OWN_FILE:
        choose_own(config.preset or "vectors")
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
            _option(f"{rule}.{name}", name, option)
    left, right = st.columns(2)
    with left:
        _number(
            "Temperature",
            "loss.temperature",
            config.loss.temperature,
            0.001,
            100.0,
            0.01,
            "%.3f",
            "Divides the cosine: small looks at the nearest items only.",
        )
        _number(
            "Batch size",
            "training.batch_size",
            config.training.batch_size,
            2,
            65536,
            32,
            "%d",
            "Items a step; each is seen in two views.",
        )
    with right:
        _number(
            "Epochs", "training.epochs", config.training.epochs, 1, 100_000, 10, "%d", "Passes over the training items."
        )
        _number(
            "Learning rate",
            "optimiser.learning_rate",
            config.optimiser.learning_rate,
            1e-6,
            10.0,
            0.0005,
            "%.5f",
            "Peak learning rate.",
        )
    placement = st.selectbox(
        "Where the weight stands (placement)",
        list(PLACEMENTS),
        format_func=lambda name: name.replace("_", " "),
        key=state.setting("loss.placement"),
        persist_state=KEEP,
    )
    st.caption(PLACEMENTS[placement])
    st.text_input(
        "Name", key=state.setting("name"), persist_state=KEEP, placeholder="made up from the set-up", max_chars=100
    )
    with st.expander("Advanced"):
        st.selectbox(
            "Divide each anchor's sum by",
            list(NORMALISATIONS),
            format_func=lambda name: f"{name}: {NORMALISATIONS[name]}",
            key=state.setting("loss.normalise"),
            persist_state=KEEP,
        )
        _number(
            "Network width",
            "model.width",
            config.model.width,
            4,
            1024,
            8,
            "%d",
            "Channels of the first layer, or hidden units.",
        )
        _number(
            "Size of z",
            "model.projection",
            config.model.projection,
            2,
            1024,
            16,
            "%d",
            "Dimensions of the space that the loss acts on.",
        )
        _number(
            "Steps between frames",
            "watch.frame_every",
            config.watch.frame_every,
            1,
            1_000_000,
            5,
            "%d",
            "How often the watched items are looked at.",
        )
        _number(
            "Watched items", "watch.items", config.watch.items, 2, 100_000, 500, "%d", "A fixed sample of the data."
        )
        st.selectbox("Device", ["auto", "cpu", "cuda", "mps"], key=state.setting("training.device"), persist_state=KEEP)
        _number(
            "CPU threads",
            "training.threads",
            config.training.threads,
            0,
            1024,
            1,
            "%d",
            "0: torch's own choice; 1 repeats bit for bit.",
        )
        _number("Seed", "seed", config.seed, 0, 2**31 - 1, 1, "%d", "Of weights, batches and augmentation.")
        st.checkbox("UMAP map beside PCA", value=config.maps.umap, key=state.setting("maps.umap"), persist_state=KEEP)


def _start_here() -> None:
    try:
        start_from_setup()
    except (InputError, OSError) as error:
        st.session_state[ERROR] = str(error)


def _number(
    label: str, path: str, value: float, low: float, high: float, step: float, shape: str, explanation: str
) -> None:
    st.number_input(
        label,
        min_value=low,
        max_value=high,
        value=value,
        step=step,
        format=shape,
        key=state.setting(path),
        help=explanation,
        persist_state=KEEP,
    )


def _text(title: str, option: Any, key: str) -> None:
    """A line of free text and, under it, before anybody presses Start, why it would be refused."""
    from dashboard.parts.option_inputs import text_input

    try:
        option.check(title, text_input(title, option, key=key))
    except InputError as error:
        st.error(escaped(str(error)), icon=":material/error:")


def _option(path: str, name: str, option: Any) -> None:
    key, title = state.setting(f"rule.{path}"), name.replace("_", " ")
    if option.choices:
        st.selectbox(
            title,
            list(option.choices),
            index=list(option.choices).index(option.default),
            key=key,
            help=option.help,
            persist_state=KEEP,
        )
    elif option.is_text:
        _text(title, option, key)
    elif isinstance(option.default, bool):
        st.checkbox(title, value=option.default, key=key, help=option.help, persist_state=KEEP)
    else:
        st.number_input(
            title,
            min_value=option.minimum,
            max_value=option.maximum,
            value=float(option.default),
            key=key,
            help=option.help,
            persist_state=KEEP,
        )
