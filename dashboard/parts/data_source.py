"""Which data the Data page looks at, and its sizes in one line."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import state

OWN = "a file of your own"


def choose_source() -> str | None:
    """Name of a data set, or path of a file; None where no path is given yet."""
    from mlcl_core.data import DATASETS, READERS

    left, right = st.columns([1, 2], gap="small")
    with left:
        name = st.selectbox(
            "Data",
            [*DATASETS, OWN],
            format_func=lambda name: DATASETS[name].title if name in DATASETS else OWN.capitalize(),
            key=state.DATA_SOURCE,
            persist_state="session",
        )
    if name != OWN:
        with right, st.container(height="stretch", vertical_alignment="bottom"):
            st.caption(f"{DATASETS[name].summary}  \n{DATASETS[name].source}. {DATASETS[name].licence}.")
        return str(name)
    with right:
        endings = ", ".join(ending for reader in READERS.values() for ending in reader.suffixes)
        path = st.text_input(
            "Path of the file",
            key=state.DATA_PATH,
            persist_state="session",
            placeholder="/path/to/features.csv",
            help=f"Vectors with label sets: {endings}.",
        )
    return path.strip() or None


def show_sizes(numbers: Mapping[str, Any]) -> None:
    """Items, labels, label sets, cardinality, splits."""
    splits, without = numbers["splits"], numbers["items_without_label"]
    shown = [
        f"**{numbers['items']:,}** items",
        f"**{numbers['labels']:,}** labels",
        f"cardinality **{numbers['cardinality']:.2f}**",
        f"**{numbers['label_sets']:,}** different label sets",
        f"**{without:,}** items without a label",
        f"train **{splits['train']:,}**, validation **{splits['validation']:,}**, test **{splits['test']:,}**",
    ]
    st.markdown(" &nbsp;·&nbsp; ".join(shown), help="Cardinality: labels an item, on average.")
