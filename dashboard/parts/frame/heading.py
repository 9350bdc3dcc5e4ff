"""Headings of pages and of their parts: one size each."""

import streamlit as st


def heading(text: str) -> None:
    """The heading of a page, once: the question that the page answers. Markdown; user text comes escaped."""
    st.title(text, anchor=False, width="content")


def section(text: str) -> None:
    """The heading of a part of a page. Markdown; user text comes escaped."""
    st.header(text, anchor=False, width="content")
