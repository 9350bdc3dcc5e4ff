import streamlit as st

from dashboard import state
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import live
from dashboard.parts.relations.downloads import show_matrix_downloads
from dashboard.parts.relations.lab import Methods, show_matrices, show_settings
from dashboard.parts.relations.lessons import anchors_without_positive, placement_lesson, show_placement_button
from dashboard.parts.relations.rule_cards import all_methods, loss_cards, rule_cards

heading("Which pairs does each method call positive?")


def settings() -> None:
    """Draw the fields and all that depends on them."""
    with st.container(gap="xsmall"):
        methods = show_settings()
        # a fragment within: an edit of the batch draws the matrices and their notes, not the fields and cards
        live(lambda: of_batch(methods), every=None, key="relations.batch")
    with st.columns(2, gap="large")[1]:
        show_placement_button(methods["A"])
    all_methods()
    rule_cards(methods)


def of_batch(methods: Methods) -> None:
    """Draw what depends on the batch."""
    if st.session_state.pop(state.UNDO_WHOLE, False):
        st.rerun()
    with st.container(gap="xsmall"):
        shown = show_matrices(methods)
        show_matrix_downloads(shown.batch, shown.verdicts, shown.payload)
    left, right = st.columns(2, gap="large")
    with left:
        anchors_without_positive(shown.batch, shown.verdicts)
    with right:
        placement_lesson(shown.batch, shown.verdicts)


live(settings, every=None, key="relations.lab")
loss_cards()
