"""What stands in the place of a picture that holds the answer of a question, until Reveal."""

import streamlit as st

from dashboard.components.drawing import drawing
from dashboard.figures.drawings import drawing_svg

SENTENCE = "Guess first: this part shows the answer."


def show_veil() -> None:
    """Draw it, about as high as the picture that follows."""
    with st.container(key="lesson-veil", horizontal_alignment="center", vertical_alignment="center"):
        drawing("veil", drawing_svg("veil"))
        st.markdown(SENTENCE, text_alignment="center")
