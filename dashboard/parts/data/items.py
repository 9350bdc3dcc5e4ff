"""Items of a data set, a page at a time: picture or values, labels, split, with search and filters."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loaders, state
from dashboard.figures.formatting import plain
from dashboard.parts.anchor.side import picture_url
from dashboard.parts.data.watched_rows import choose_watched, watched_among
from dashboard.parts.frame.anchor_column import add_anchor_column
from dashboard.parts.frame.search import search_field
from dashboard.parts.frame.table import inert_table

ROWS = 50  # a page
UNLABELLED, COPIES, LEAKS = "without a label", "copies of each other", "copies of training items"
SHOWS = ["all", "train", "validation", "test", UNLABELLED, COPIES, LEAKS]
SHOWN = 400  # characters of a text
VALUES = 6  # features shown of a vector


def show_items(source: str, data: Any, numbers: Mapping[str, Any]) -> None:
    """Search field, label and split filter, and a page of the items that fit."""
    search, labels, splits, place = st.columns([2, 3, 1.6, 1], gap="small")
    with search:
        hits = search_field(loaders.data_index(source), lambda row: choose_watched(source, data, row), titled=True)
    with labels:
        chosen = st.multiselect(
            "With all of these labels",
            list(data.label_names),
            format_func=plain,
            key=f"{state.DATA_LABELS}.{source}",
            max_selections=20,
        )
    with splits:
        split = st.selectbox("Show", SHOWS, key=state.DATA_SPLIT)
    found = fitting(data, hits, chosen, str(split))
    pages = max(1, -(-len(found) // ROWS))
    with place:
        page = st.number_input(
            f"Page of {pages:,}", min_value=1, max_value=pages, key=f"{state.DATA_PAGE}.{source}.{pages}"
        )
    rows = found[(int(page) - 1) * ROWS : int(page) * ROWS]
    items, words = watched_among(source, data, rows)
    st.caption(f"{len(found):,} of {len(data):,} items. {words}")
    shown = table(data, rows)
    buttons = add_anchor_column(shown, items, key="data.choose")
    inert_table(
        shown,
        pictures="picture",
        hide_index=True,
        height=520,
        row_height=40,
        column_config=buttons
        | {
            "picture": st.column_config.ImageColumn("", width=44),
            "item": st.column_config.TextColumn(width="medium"),
            "text": st.column_config.TextColumn(width="large"),
            "labels": st.column_config.ListColumn(width="large"),
            "split": st.column_config.TextColumn(width="small"),
        },
        key="data.items",
        alt=f"{len(rows)} items with their labels.",
    )


def fitting(data: Any, hits: np.ndarray | None, labels: list[str], split: str) -> np.ndarray:
    """Rows of the items among ``hits`` (None: all), with all ``labels``, of one of ``SHOWS``, ascending."""
    keep = np.ones(len(data), dtype=bool) if hits is None else np.isin(np.arange(len(data)), hits)
    if labels:
        columns = [data.label_names.index(label) for label in labels]
        keep &= np.asarray(data.labels.csr()[:, columns].sum(1)).ravel() == len(columns)
    if split == UNLABELLED:
        keep &= data.labels.sizes().numpy() == 0
    elif split in (COPIES, LEAKS):
        keep &= copied(data, leaks=split == LEAKS)
    elif split != "all":
        keep &= data.split == split
    return np.flatnonzero(keep)


def copied(data: Any, *, leaks: bool) -> np.ndarray:
    """Which items equal another one; ``leaks``: which items outside the training split equal a training item."""
    from mlcl_core.data.duplicates import first_occurrence, train_test_duplicates

    if data.kind == "labels_only":
        return np.zeros(len(data), bool)
    first = first_occurrence(data)
    return train_test_duplicates(data, first) if leaks else np.bincount(first, minlength=len(first))[first] > 1


def table(data: Any, rows: np.ndarray) -> pd.DataFrame:
    """One page as a table."""
    import torch

    from mlcl_core.data import thumbnail_png

    y = data.labels[rows].numpy()
    columns: dict[str, Any] = {}
    if data.drawings is not None:
        columns["picture"] = [picture_url(thumbnail_png(data, int(row), 40)) for row in rows]
    columns["item"] = [data.item_names[row] for row in rows]
    if data.words is not None:
        columns["text"] = [text[:SHOWN] for text in data.words.some(torch.from_numpy(rows))]
    columns["labels"] = [[data.label_names[label] for label in np.flatnonzero(line)] for line in y]
    columns["split"] = [str(data.split[row]) for row in rows]
    if data.kind == "features":
        width = min(VALUES, data.items.shape[1])
        values = data.some(rows)[:, :width].numpy()
        columns["values (standardised)"] = [
            ", ".join(f"{value:.2f}" for value in line) + (" …" if data.items.shape[1] > width else "")
            for line in values
        ]
    return pd.DataFrame(columns)
