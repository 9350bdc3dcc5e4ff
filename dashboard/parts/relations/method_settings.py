"""The settings of methods A and B and their common ones: temperature, placement, normalisation."""

from typing import Any

import streamlit as st

from dashboard import state
from dashboard.figures.methods import method_names, method_options, method_title
from dashboard.parts.fields.option_inputs import option_inputs, text_input
from mlcl_core.losses import NORMALISATIONS, PLACEMENTS
from mlcl_core.pairs import RULES

TEMPERATURES = (0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0)
# One of the labels that Streamlit draws without a chevron. It replaces the chevron's node on opening, so that on a slow
# machine a click on it counts as a click outside and closes the popover again.
MORE = ":material/more_vert:"


def rule_input(letter: str) -> tuple[str, dict[str, Any]]:
    """The choice of a rule or a loss and, behind a button beside it, of its parameters."""
    choice, tune = st.columns([5, 1], gap="xsmall", vertical_alignment="bottom")
    names = method_names()
    with choice:
        rule = st.selectbox(
            f"Method {letter}",
            names,
            index=names.index(state.RELATIONS_FIRST[letter]),
            format_func=method_title,
            help="A rule gives each pair its weight in the weighted softmax loss. Further down are losses of another "
            "form, with a placement of their own.",
            key=state.RELATIONS_RULE[letter],
            persist_state="session",
        )
    with tune, st.popover(MORE, help=f"Parameters of method {letter}", width="stretch"):
        params = option_inputs(method_options(rule), key=f"{state.RELATIONS_RULE[letter]}.{rule}")
    return rule, params


def written_input(rules: dict[str, tuple[str, dict[str, Any]]]) -> None:
    """A line under the settings for each rule with a text parameter, such as a formula; added to its parameters."""
    written = [
        (letter, name, option)
        for letter, (rule, _) in rules.items()
        for name, option in (RULES[rule].params if rule in RULES else {}).items()
        if option.is_text
    ]
    for column, (letter, name, option) in zip(st.columns(len(written)) if written else [], written, strict=True):
        rule, params = rules[letter]
        with column:
            key = f"{state.RELATIONS_RULE[letter]}.{rule}.{name}"
            params[name] = text_input(f"Rule {letter}: {name}", option, key=key)


def placement_input() -> tuple[str, str]:
    """The placement of the weight and, behind a button beside it, the divisor of an anchor's sum."""
    choice, tune = st.columns([5, 1], gap="xsmall", vertical_alignment="bottom")
    with choice:
        placement = st.selectbox(
            "Where the weight stands",
            list(PLACEMENTS),
            format_func=lambda name: name.replace("_", " "),
            help="\n".join(f"- **{name.replace('_', ' ')}**: {sentence}" for name, sentence in PLACEMENTS.items()),
            key=state.RELATIONS_PLACEMENT,
            persist_state="session",
        )
    with tune, st.popover(MORE, help="Normalisation", width="stretch"):
        normalise = st.radio(
            "Divide an anchor's sum by",
            list(NORMALISATIONS),
            format_func=lambda name: name.replace("_", " "),
            captions=list(NORMALISATIONS.values()),
            key=state.RELATIONS_NORMALISE,
            persist_state="session",
        )
    return placement, normalise


def temperature_input() -> float:
    """The temperature, in steps common in papers."""
    return st.select_slider(
        "Temperature",
        TEMPERATURES,
        value=0.1,
        help="Divides the cosine. Small: the push goes to the nearest items. Large: all get about the same.",
        key=state.RELATIONS_TEMPERATURE,
        persist_state="session",
    )


def set_lesson() -> None:
    """Callback: set up the placement lesson, weights inside the logarithm against any shared label."""
    st.session_state[state.RELATIONS_RULE["A"]] = "similarity_dissimilarity"
    st.session_state[state.RELATIONS_RULE["B"]] = "any_shared"
    st.session_state[state.RELATIONS_PLACEMENT] = "inside"
    st.session_state[state.RELATIONS_NORMALISE] = "count"
