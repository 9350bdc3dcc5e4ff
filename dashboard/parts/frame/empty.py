"""What stands on a page that has nothing to show yet: a drawing, one sentence, one button that does the next thing."""

import streamlit as st

from dashboard.access import may_act, shown
from dashboard.components.drawing import drawing
from dashboard.figures.drawings import drawing_svg
from dashboard.figures.formatting import escaped
from dashboard.page_files import page_file
from dashboard.parts.train.run_setup import start_from_setup
from mlcl_core.errors import InputError

SENTENCES = {
    "train": "No run yet: once a network begins to learn, every item is a point that moves here.",
    "map": "No run yet: here stand its items, near to each other where the network finds them alike.",
    "anchor": "No run yet: here stands one item, with all that pulls it and pushes it.",
    "compare": "No run yet: here stand the spaces of two runs side by side.",
    "runs": "No run yet: each one is listed here, with its map, its curve and its scores.",
}


def show_no_run(page: str) -> None:
    """Draw it for a page that shows runs: Start, or for a viewer the lessons meanwhile."""
    with empty_place(page, SENTENCES[page]):
        if not may_act():
            st.caption("When the teacher starts one, it appears here by itself.")
            st.page_link(page_file("learn"), label="To the lessons meanwhile", icon=":material/school:")
        elif st.button("Start a training", icon=":material/play_arrow:", type="primary", key="empty.start"):
            try:
                start_from_setup()
            except (InputError, OSError) as error:
                st.error(escaped(shown(str(error))), icon=":material/error:")
            else:
                st.rerun()


def empty_place(page: str, sentence: str) -> "st.delta_generator.DeltaGenerator":
    """The drawing and the sentence; returns the place for the button below them."""
    with st.container(key="empty", horizontal_alignment="center", vertical_alignment="center", gap="small"):
        drawing(page, drawing_svg(page))
        st.markdown(sentence, width="content")
        return st.container(horizontal=True, horizontal_alignment="center")
