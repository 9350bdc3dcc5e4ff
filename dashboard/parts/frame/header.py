"""What stands in Streamlit's header: the Lab's name and mark, which lead to the first screen; theme and motion."""

from collections.abc import Sequence

import streamlit as st

from dashboard.components.look import look
from dashboard.figures.icon import mark_address
from dashboard.glyphs import font_faces
from dashboard.page_files import page_file


def show_header(pages: Sequence[str]) -> None:
    """Draw both; frame.css puts them into the header.

    Args:
        pages: Names of all pages, as in their addresses.
    """
    st.html(f"<style>:root {{ --mlcl-mark: url({mark_address()}); }}\n{font_faces()}</style>")
    with st.container(key="frame-name", width="content"):
        st.page_link(page_file("start"), label="MLCL Lab")
    with st.container(key="frame-look", width="content"):
        look(["", *pages], key="frame.look")
