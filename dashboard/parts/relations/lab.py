"""The matrices of two methods on a small batch, with their settings."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.components.matrices import matrices
from dashboard.figures.formatting import escaped
from dashboard.figures.formula_words import fault_words
from dashboard.figures.hand_batch import HandBatch
from dashboard.figures.label_weights import weight_words
from dashboard.figures.methods import Method
from dashboard.figures.relations import Verdict, faults, relations_payload, verdict
from dashboard.parts.fields.number_field import use_rungs
from dashboard.parts.frame.current import current_run
from dashboard.parts.relations.batch_editor import batch_input, show_notice, take_edit
from dashboard.parts.relations.method_settings import (
    has_placement,
    method_words,
    methods_of,
    placement_input,
    rule_input,
    temperature_input,
    written_input,
)
from dashboard.parts.relations.undo import last_step, take_undo

Methods = dict[str, Method]


@dataclass(frozen=True)
class Shown:
    """What the matrices show: the batch, the verdicts of both methods on it, and the payload of the component."""

    batch: HandBatch
    verdicts: dict[str, Verdict]
    payload: dict[str, Any]


def show_settings() -> Methods:
    """The fields of both methods and of the batch; those that neither method has are left out."""
    session = st.session_state
    rules = [session.get(key, state.RELATIONS_FIRST[letter]) for letter, key in state.RELATIONS_RULE.items()]
    placed = has_placement(rules)
    widths = [3.4, 3.4, *[2.6] * placed, 1.6, 1.4]
    columns = iter(st.columns(widths, vertical_alignment="bottom"))
    chosen = {}
    for letter in state.RELATIONS_RULE:
        with next(columns):
            chosen[letter] = rule_input(letter)
    # the fields that are left out keep their values
    placement = str(state.get(state.RELATIONS_PLACEMENT, "outside"))
    normalise = str(state.get(state.RELATIONS_NORMALISE, "rule"))
    if placed:
        with next(columns):
            placement, normalise = placement_input({letter: rule for letter, (rule, _) in chosen.items()})
    with next(columns):
        temperature = temperature_input()
    with next(columns):
        notice = batch_input(current_run())
    method_words(chosen, placement if placed else "")
    written_input(chosen)  # last: what is wrong with a formula stands below it
    show_notice(notice)
    use_rungs("relations")
    return methods_of(chosen, temperature, placement, normalise)


def show_matrices(methods: Methods) -> Shown:
    """What methods do to the batch under edit; drawn again after each edit."""
    batch: HandBatch = st.session_state[state.RELATIONS_BATCH]
    verdicts = {letter: verdict(batch, method) for letter, method in methods.items()}
    refused = [f"Method {letter}: {escaped(one.refused)}" for letter, one in verdicts.items() if one.refused]
    if refused:
        st.error("  \n".join(refused), icon=":material/block:")
    for letter, method in methods.items():
        for words in fault_words(letter, batch, faults(batch, method)):
            st.caption(f":orange[:material/warning:] {words}")
    _label_weights(batch, verdicts)
    step = last_step()
    payload = relations_payload(
        batch,
        verdicts["A"],
        verdicts["B"],
        edit=st.session_state[state.RELATIONS_EDIT],
        undo=None if step is None else step.words,
    )
    matrices(payload, key=state.RELATIONS_COMPONENT, on_edit=take_edit, on_undo=take_undo)
    return Shown(batch, verdicts, payload)


def _label_weights(batch: HandBatch, verdicts: dict[str, Verdict]) -> None:
    """The label weights of the methods that weigh labels, which are those of the batch or of its run."""
    found = [one.label_weights for one in verdicts.values() if one.label_weights is not None]
    if found:
        st.caption(weight_words(batch.label_names, found[0], len(batch), batch.training))
