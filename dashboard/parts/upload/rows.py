"""The first rows of a file: as they will be trained, and as they stand in the file."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.parts.frame.table import inert_table
from dashboard.parts.upload.reading import ParsedUpload
from dashboard.parts.upload.roles import WORDS

ROW = 36


def show_rows(look: Any, parsed: ParsedUpload) -> None:
    """Both views, one a tab; the rows of the file alone where it is not read yet."""
    if parsed.rows is None:
        _show_raw(look)
        return
    used = "As they are read" if parsed.vectors.missing else "As they will be trained"
    read, raw = st.tabs([used, "As they stand in the file"])
    with read:
        _show_read(parsed.rows)
    with raw:
        _show_raw(look)


def _show_read(rows: pd.DataFrame) -> None:
    inert_table(
        shown_columns(rows),
        pictures="picture",
        hide_index=True,
        height=38 + ROW * len(rows),
        row_height=ROW,
        column_config={
            "picture": st.column_config.ImageColumn("", width=44),
            "item": st.column_config.TextColumn(width="small"),
            "text": st.column_config.TextColumn(width="large"),
            "labels": st.column_config.ListColumn(width="medium"),
            "split": st.column_config.TextColumn(width="small"),
        },
        key="upload.rows",
        alt=f"The first {len(rows)} items with their labels.",
    )


def _show_raw(look: Any) -> None:
    if not look.preview:
        return
    roles = {column.name: column.role for column in look.columns}
    names: list[str] = []
    for name in look.header:
        role = roles.get(name, "ignored")
        shown = f"{name or '(no name)'} · {WORDS[role]}" if role != "ignored" else name
        while shown in names:
            shown += " "
        names.append(shown)
    inert_table(
        pd.DataFrame(list(look.preview), columns=names),
        hide_index=True,
        height=38 + 35 * len(look.preview),
        key="upload.preview",
        alt=f"The first {len(look.preview)} rows of the file.",
    )
    if len(look.header) < len(look.columns):
        st.caption(f"{len(look.header)} of {len(look.columns):,} columns, the first and the last ones.")


def shown_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without the names of items that are only the beginnings of their texts."""
    if "text" in rows and all(
        text.startswith(name[:20]) for name, text in zip(rows["item"], rows["text"], strict=True)
    ):
        return rows.drop(columns="item")
    return rows
