"""Session keys, each spelt once; what must outlive a session lives in run directories, never here."""

import streamlit as st

RUN = "run.id"
RUN_SEEN = "run.seen"  # what the last whole rerun was drawn for
NOTICE = "run.notice"
STEP = "time.step"  # None: live
TIMELINE = "time.line"
FRAGMENTS = "page.fragments"
LIVE = "page.live"
NUMBERS = "page.numbers"
MAP = "view.map"
COLOUR = "view.colour"
LABEL = "view.label"
METRIC = "train.metric"
PANEL = "train.panel"
ITEM = "anchor.item"  # id of the anchor among the watched items
ROW = "anchor.row"  # row of the anchor in the batch
SOURCE = "anchor.source"
ROLE = "anchor.role"
TABLE = "anchor.table"


def setting(path: str) -> str:
    """Key of the set-up widget of one configuration path."""
    return f"setup.{path}"


def get(key: str, default: object = None) -> object:
    """Value of a key; ``default`` where it is missing or None."""
    value = st.session_state.get(key)
    return default if value is None else value
