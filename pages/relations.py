import streamlit as st

from dashboard import state
from dashboard.components.matrices import matrices
from dashboard.figures.methods import Method
from dashboard.figures.relations import relations_payload, verdict
from dashboard.figures.words import escaped
from dashboard.parts.batch_editor import batch_input, take_edit
from dashboard.parts.current import current_run
from dashboard.parts.method_settings import placement_input, rule_input, temperature_input, written_input
from dashboard.parts.relation_lessons import lonely_anchors, placement_lesson
from dashboard.parts.rule_cards import loss_cards, rule_cards
from mlcl_core.losses import PLACEMENTS

st.markdown("#### Which pairs does each method call positive?")


@st.fragment
def lab() -> None:
    """Everything on the page reruns together, and nothing else with it."""
    with st.container(gap="xsmall"):
        columns = st.columns([3, 3, 3, 2, 1.5], vertical_alignment="bottom")
        with columns[0]:
            rules = {"A": rule_input("A")}
        with columns[1]:
            rules["B"] = rule_input("B")
        with columns[2]:
            placement, normalise = placement_input()
        with columns[3]:
            temperature = temperature_input()
        with columns[4]:
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

        payload = relations_payload(batch, verdicts["A"], verdicts["B"], edit=st.session_state[state.RELATIONS_EDIT])
        matrices(payload, key=state.RELATIONS_COMPONENT, on_edit=take_edit)

    left, right = st.columns(2, gap="large")
    with left:
        lonely_anchors(batch, verdicts)
    with right:
        placement_lesson(batch, verdicts)
    rule_cards(verdicts)


lab()
loss_cards()
