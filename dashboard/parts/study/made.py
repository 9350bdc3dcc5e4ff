"""How a study was made: all that a reader needs to repeat it."""

import streamlit as st

from dashboard.access import shown
from dashboard.export.study.facts import facts_of, shared_file
from dashboard.figures.formatting import escaped
from dashboard.loaders import of_study
from dashboard.parts.study.asked import Asked


def show_made(asked: Asked) -> None:
    """Draw protocol, conventions, versions, seeds, hashes, and the study's file."""
    facts = of_study(facts_of, asked.folder)
    st.markdown("\n".join(f"* **{escaped(name)}**: {escaped(shown(value))}" for name, value in facts))
    st.code(shared_file(asked.folder.file), language="json")
