import streamlit as st

from dashboard.parts.live import live
from dashboard.parts.relation_lessons import lonely_anchors, placement_lesson
from dashboard.parts.relations_lab import show_lab
from dashboard.parts.rule_cards import loss_cards, rule_cards

st.markdown("#### Which pairs does each method call positive?")


def lab() -> None:
    """Everything on the page reruns together, and nothing else with it."""
    with st.container(gap="xsmall"):
        batch, verdicts = show_lab()
    left, right = st.columns(2, gap="large")
    with left:
        lonely_anchors(batch, verdicts)
    with right:
        placement_lesson(batch, verdicts)
    rule_cards(verdicts)


live(lab, every=None, key="relations.lab")
loss_cards()
