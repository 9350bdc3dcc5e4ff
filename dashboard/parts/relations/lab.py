"""The matrices of two methods on a small batch, with their settings: on the Relations page and in lessons."""

import streamlit as st

from dashboard import state
from dashboard.components.matrices import matrices
from dashboard.figures.formatting import escaped
from dashboard.figures.hand_batch import HandBatch
from dashboard.figures.label_weights import weight_words
from dashboard.figures.methods import Method
from dashboard.figures.relations import Verdict, relations_payload, verdict
from dashboard.parts.fields.number_field import use_rungs
from dashboard.parts.frame.current import current_run
from dashboard.parts.relations.batch_editor import batch_input, take_edit
from dashboard.parts.relations.downloads import show_matrix_downloads
from dashboard.parts.relations.method_settings import placement_input, rule_input, temperature_input, written_input
from mlcl_core.losses import PLACEMENTS

WIDE, NARROW = (3, 3, 3, 2, 1.5), (3, 3, 3)


def show_lab(*, wide: bool = True) -> tuple[HandBatch, dict[str, Verdict]]:
    """Draw the settings in one row (``wide``) or two, the matrices below; return the batch and both verdicts."""
    columns = st.columns(WIDE if wide else NARROW, vertical_alignment="bottom")
    more = columns[3:] if wide else st.columns([4, 2], vertical_alignment="bottom")
    with columns[0]:
        rules = {"A": rule_input("A")}
    with columns[1]:
        rules["B"] = rule_input("B")
    with columns[2]:
        placement, normalise = placement_input()
    with more[0]:
        temperature = temperature_input()
    with more[1]:
        batch = batch_input(current_run())
    written_input(rules)
    verdicts = {
        letter: verdict(batch, Method(rule, params, temperature, placement, normalise))
        for letter, (rule, params) in rules.items()
    }
    refused = [f"Rule {letter}: {escaped(one.refused)}" for letter, one in verdicts.items() if one.refused]
    if refused:
        st.error("  \n".join(refused), icon=":material/block:")
    else:
        st.caption(f"**{placement.replace('_', ' ')}**: {PLACEMENTS[placement]}")
    _label_weights(batch, verdicts)
    payload = relations_payload(batch, verdicts["A"], verdicts["B"], edit=st.session_state[state.RELATIONS_EDIT])
    matrices(payload, key=state.RELATIONS_COMPONENT, on_edit=take_edit)
    if wide:
        show_matrix_downloads(batch, verdicts, payload)
    use_rungs("relations")
    return batch, verdicts


def _label_weights(batch: HandBatch, verdicts: dict[str, Verdict]) -> None:
    """The label weights of the methods that weigh labels, which are those of the batch or of its run."""
    found = [one.label_weights for one in verdicts.values() if one.label_weights is not None]
    if found:
        st.caption(weight_words(batch.label_names, found[0], len(batch), batch.training))
