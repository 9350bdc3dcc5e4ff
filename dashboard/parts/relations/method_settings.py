"""The settings of methods A and B and their common ones: temperature, placement, normalisation."""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import state
from dashboard.figures.methods import Method, method_choice, method_names, method_options, method_record
from dashboard.parts.fields.option_inputs import option_inputs, text_input
from mlcl_core.losses import NORMALISATIONS, PLACEMENTS
from mlcl_core.pairs import GROUPS, RULES

Chosen = Mapping[str, tuple[str, dict[str, Any]]]  # rule or loss, and its parameters, of each letter

TABLE = "Which pairs each method calls positive"
TEMPERATURES = (0.02, 0.05, 0.07, 0.1, 0.2, 0.5, 1.0)
# One of the labels that Streamlit draws without a chevron. It replaces the chevron's node on opening, so that on a slow
# machine a click on it counts as a click outside and closes the popover again.
MORE = ":material/more_vert:"


def rule_input(letter: str) -> tuple[str, dict[str, Any]]:
    """The choice of a rule or a loss and, behind a button beside it, of its parameters."""
    names = method_names()
    with _side_by_side():
        rule = st.selectbox(
            f"Method {letter}",
            names,
            index=names.index(state.RELATIONS_FIRST[letter]),
            format_func=method_choice,
            help=_help(),
            key=state.RELATIONS_RULE[letter],
            persist_state="session",
        )
        options = method_options(rule)
        if not options:
            return rule, {}
        with st.popover(MORE, help=f"Parameters of method {letter}"):
            return rule, option_inputs(options, key=f"{state.RELATIONS_RULE[letter]}.{rule}")


def _help() -> str:
    groups = "\n".join(f"- **{group.title}**: {group.summary}" for group in GROUPS.values())
    return f"{groups}\n\nThe list *{TABLE}*, further down, has a line for each method."


def _side_by_side() -> DeltaGenerator:
    """A choice and the button of its details, also on a phone."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", wrap=False)


def has_placement(rules: Collection[str]) -> bool:
    """Whether one of these methods leaves open where its weight stands."""
    return any(rule in RULES for rule in rules)


def method_words(chosen: Chosen, placement: str) -> None:
    """Which pairs A and B call positive, how they weigh them, and where the weight stands, side by side.

    ``placement``: empty where neither method has one.
    """
    said = [f"**{letter}** {method_record(rule).positives}" for letter, (rule, _) in chosen.items()]
    said += [f"**{placement.replace('_', ' ').capitalize()}:** {PLACEMENTS[placement]}"] if placement else []
    for column, words in zip(st.columns(len(said), gap="medium"), said, strict=True):
        column.caption(words)


def written_input(rules: Chosen) -> None:
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
            params[name] = text_input(f"Method {letter}: {name}", option, key=key)


def placement_input(rules: Mapping[str, str]) -> tuple[str, str]:
    """The placement of the weight and, behind a button beside it, the divisor of an anchor's sum.

    ``rules``: names of the methods by their letters; those without a pair rule have a placement of their own.
    """
    of = [letter for letter, rule in rules.items() if rule in RULES]
    whose = "Where the weight stands" if len(of) == len(rules) else f"Where the weight of {of[0]} stands"
    with _side_by_side():
        placement = st.selectbox(
            whose,
            list(PLACEMENTS),
            format_func=lambda name: name.replace("_", " "),
            help="\n".join(f"- **{name.replace('_', ' ')}**: {sentence}" for name, sentence in PLACEMENTS.items()),
            key=state.RELATIONS_PLACEMENT,
            persist_state="session",
        )
        with st.popover(MORE, help="Normalisation"):
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


def methods_of(chosen: Chosen, temperature: float, placement: str, normalise: str) -> dict[str, Method]:
    """The methods with all their settings, by their letters."""
    return {
        letter: Method(rule, params, temperature, placement, normalise) for letter, (rule, params) in chosen.items()
    }
