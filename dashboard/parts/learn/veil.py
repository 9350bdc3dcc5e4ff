"""What stands in the place of a picture that holds the answer of a question, until Reveal."""

import streamlit as st

# a cloud behind a question mark, drawn in the colour of the text
PICTURE = """
<svg viewBox="0 0 240 140" role="img" aria-label="The picture is hidden until Reveal" xmlns="http://www.w3.org/2000/svg">
  <g fill="currentColor" opacity=".22">
    <circle cx="46" cy="54" r="5"/><circle cx="66" cy="36" r="5"/><circle cx="58" cy="78" r="5"/>
    <circle cx="84" cy="60" r="5"/><circle cx="34" cy="92" r="5"/><circle cx="78" cy="100" r="5"/>
    <rect x="158" y="34" width="10" height="10"/><rect x="184" y="52" width="10" height="10"/>
    <rect x="164" y="72" width="10" height="10"/><rect x="196" y="88" width="10" height="10"/>
    <rect x="150" y="98" width="10" height="10"/><rect x="206" y="36" width="10" height="10"/>
  </g>
  <rect x="3" y="3" width="234" height="134" rx="10" fill="none" stroke="currentColor" stroke-width="1.5"
    stroke-dasharray="5 5" opacity=".45"/>
  <path d="M102 52 a18 18 0 1 1 27 16 c-7 4 -9 7 -9 16" fill="none" stroke="currentColor" stroke-width="7"
    stroke-linecap="round" opacity=".75"/>
  <circle cx="120" cy="101" r="5" fill="currentColor" opacity=".75"/>
</svg>
"""
SENTENCE = "Guess first: this part shows the answer."


def show_veil() -> None:
    """Draw it, as high as the picture that follows."""
    with st.container(key="lesson-veil", horizontal_alignment="center", vertical_alignment="center"):
        st.html(PICTURE)
        st.markdown(SENTENCE, text_alignment="center")
