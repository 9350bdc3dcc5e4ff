"""A column of buttons in a table of items: one click makes the item of a line the anchor."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import state

NAME = "anchor"
LABEL = ":material/anchor:"
WIDTH = 44


def add_anchor_column(
    table: pd.DataFrame, items: Sequence[int], *, key: str, choose: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Put the column in front of a table; return its part of the table's ``column_config``.

    Args:
        table: One line per item; changed in place.
        items: The id of each line's item; -1: it cannot be the anchor, and has no button.
        key: Of the buttons, unique on the page.
        choose: Called with the id of the item; None: it becomes the anchor among the watched items.
    """
    table.insert(0, NAME, [LABEL if item >= 0 else None for item in items])
    known = list(items)

    def clicked() -> None:
        row = int(st.session_state[key]["row"])
        if 0 <= row < len(known) and known[row] >= 0:
            (choose or choose_item)(int(known[row]))

    column = st.column_config.ButtonColumn(
        "", width=WIDTH, help="Make it the anchor", type="tertiary", pinned=True, on_click=clicked, key=key
    )
    return {NAME: column}


def choose_item(item: int) -> None:
    """Callback: make an item the anchor among the watched items."""
    st.session_state[state.ITEM] = item
