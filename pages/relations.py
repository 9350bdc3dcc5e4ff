import streamlit as st

from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import live
from dashboard.parts.relations.lab import show_lab
from dashboard.parts.relations.lessons import anchors_without_positive, placement_lesson
from dashboard.parts.relations.rule_cards import loss_cards, rule_cards

heading("Which pairs does each method call positive?")


def lab() -> None:
    """Draw the editable part of the page, which reruns as one."""
    with st.container(gap="xsmall"):
        batch, verdicts = show_lab()
    left, right = st.columns(2, gap="large")
    with left:
        anchors_without_positive(batch, verdicts)
    with right:
        placement_lesson(batch, verdicts)
    rule_cards(verdicts)


live(lab, every=None, key="relations.lab")
loss_cards()
