"""The loss in the set-up form: any of the registry, its rule, its options, and what the network learns for it."""

from contextlib import suppress
from dataclasses import replace
from typing import Any, Literal, get_args, get_origin

import streamlit as st

from dashboard import state
from dashboard.figures.formatting import escaped
from dashboard.parts.fields.config_field import (
    changed_mark,
    config_field,
    field_of,
    param_of,
    plain_type,
    title_of,
    value_of,
)
from dashboard.parts.fields.number_field import KEEP
from dashboard.parts.fields.option_inputs import option_input
from dashboard.parts.train.owned_params import OWNED, loss_options
from dashboard.parts.train.run_setup import preset_value, refusal
from mlcl_core.engine.config import LOSS_OPTIONS, TrainConfig
from mlcl_core.errors import InputError
from mlcl_core.options import Option

# Settings of the momentum encoder, whose keys many losses take as further references.
MOMENTUM = ("loss.candidates", "loss.momentum", "loss.queue_size")
TAKES_COUNTS = "It takes the label counts of the training items."
IN_SIGHT = ("rule", "temperature", "placement")  # options that are not folded


def show_loss(config: TrainConfig) -> str:
    """The choice of the loss and of the rule it may take, and why they could not train. Returns the loss's name."""
    from mlcl_core.losses import LOSSES

    names = list(LOSSES)
    name = st.selectbox(
        title_of("loss.name") + changed_mark("loss.name", config.loss.name),
        names,
        index=names.index(config.loss.name),
        format_func=lambda one: LOSSES[one].title,
        key=state.setting("loss.name"),
        persist_state=KEEP,
    )
    st.caption(" ".join([LOSSES[name].summary, *needs_words(LOSSES[name].needs)]))
    # a container keeps its place while its content comes and goes: else what is unfolded below folds
    with st.container():
        if "rule" in loss_options(name):
            _rule(config)
    with st.container():
        if refused := refusal():
            st.error(escaped(refused), icon=":material/error:")
    return name


def needs_words(needs: frozenset[str]) -> list[str]:
    """Sentences on what the network learns for a loss beside embeddings, and what the loss takes from the data."""
    from mlcl_core.engine.network import LEARNT_ALONG

    learnt = [words for need, words in LEARNT_ALONG.items() if need in needs]
    found = [f"The network also learns {', and '.join(learnt)}."] if learnt else []
    return [*found, TAKES_COUNTS] if "label_counts" in needs else found


def loss_field(config: TrainConfig, name: str, key: str) -> None:
    """A widget for an option of a loss: a setting ``loss.KEY`` or one of ``loss.params``; none without that option."""
    option = loss_options(name).get(key)
    if option is None:
        return
    if key not in LOSS_OPTIONS:
        owned_field(config, f"loss_params.{name}.{key}", option)
        return
    path = f"loss.{key}"
    kind, start = plain_type(field_of(path)), value_of(config, path)
    # a loss may have choices that training cannot use, such as one value for each anchor
    taken = get_args(kind) if get_origin(kind) is Literal else option.choices
    option = replace(option, default=start, title="", choices=tuple(one for one in option.choices if one in taken))
    value = option_input(title_of(path), option, key=state.setting(path), mark=changed_mark(path, start))
    if words := _meanings().get(key):
        st.caption(words[value])


def more_of_the_loss(config: TrainConfig, name: str) -> None:
    """Options of a loss that are seldom changed, and the momentum encoder."""
    from mlcl_core.losses import LOSSES

    for key in loss_options(name):
        if key not in IN_SIGHT:
            loss_field(config, name, key)
    if "embeddings" not in LOSSES[name].needs:
        return
    for path in MOMENTUM:
        config_field(config, path)


def along(config: TrainConfig, name: str) -> None:
    """The choice of a loss on logits that is trained along with one on embeddings, and its options."""
    from mlcl_core.engine.build import losses_on_logits

    names = losses_on_logits()
    if name in names:
        return
    from mlcl_core.losses import LOSSES

    path, start = "loss.logit", config.loss.logit
    if start is not None:  # as a value, not as an index: a choice that begins with an index cannot be cleared
        st.session_state.setdefault(state.setting(path), start)
    chosen = st.selectbox(
        title_of(path) + changed_mark(path, start),
        names,
        index=None,
        placeholder="none",
        format_func=lambda one: LOSSES[one].title,
        help=param_of(field_of(path)).help,
        key=state.setting(path),
        persist_state=KEEP,
    )
    if chosen:
        config_field(config, "loss.weight")
        for key, option in OWNED["logit_params"].options(chosen).items():
            owned_field(config, f"logit_params.{chosen}.{key}", option)


def owned_field(config: TrainConfig, path: str, option: Option) -> Any:
    """A widget for a parameter that belongs to the chosen rule, sampler or loss."""
    key, start = state.setting(path), preset_value(config, path)
    st.session_state.setdefault(key, start)
    return option_input(title_of(path), option, key=key, mark=changed_mark(path, start))


def _rule(config: TrainConfig) -> None:
    """The choice of the rule, and the rule's parameters."""
    from mlcl_core.pairs import RULES

    names, path = list(RULES), "loss.rule"
    rule = st.selectbox(
        title_of(path) + changed_mark(path, config.loss.rule),
        names,
        index=names.index(config.loss.rule),
        format_func=lambda name: RULES[name].title,
        key=state.setting(path),
        persist_state=KEEP,
    )
    st.caption(RULES[rule].summary)
    params = list(OWNED["rule"].options(rule).items())
    chosen = {}
    for place, (name, option) in zip(st.columns(len(params)) if params else [], params, strict=True):
        with place:
            chosen[name] = owned_field(config, f"rule.{rule}.{name}", option)
    with suppress(InputError):  # a formula with a mistake, which is told above
        if RULES[rule].needs_label_weights(RULES[rule].check(chosen)):
            st.caption(TAKES_COUNTS)


def _meanings() -> dict[str, dict[str, str]]:
    """The meanings of an option's values, for options whose values need a sentence each."""
    from mlcl_core.loss_parameters import NORMALISATIONS, PLACEMENTS

    return {"placement": PLACEMENTS, "normalise": NORMALISATIONS}
