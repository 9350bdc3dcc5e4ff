"""What stands in the place of a picture that holds the answer of a question, until Reveal."""

import streamlit as st

SENTENCE = "Guess first: this part shows the answer."


def show_veil() -> None:
    """Draw it, as high as the picture that follows; its drawing stands in frame.css and has the colour of the text."""
    with st.container(key="lesson-veil", horizontal_alignment="center", vertical_alignment="center"):
        st.markdown(SENTENCE, text_alignment="center")
