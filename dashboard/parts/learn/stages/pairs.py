"""The matrices of two methods on an example batch, with their settings."""

import streamlit as st

from dashboard.lessons import Picture, Recorded
from dashboard.parts.learn.stages.stage import Stage
from dashboard.parts.relations.lab import show_matrices, show_settings
from mlcl_core.runs.run import Run


def _draw(_: Recorded, __: Run, ___: Picture) -> None:
    with st.container(key="lesson-settings"):
        methods = show_settings(wide=False)
    show_matrices(methods)


PAIRS = Stage("pairs", _draw, of_a_run=False)
