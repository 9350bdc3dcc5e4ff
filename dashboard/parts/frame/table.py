"""The one way to show a table. Tables can be downloaded, so user text in them must not act as a formula in a sheet."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.figures.formatting import cell


def inert_table(table: pd.DataFrame | Sequence[Mapping[str, Any]], *, pictures: str = "", **options: Any) -> Any:
    """As ``st.dataframe``, with every text in cells and headings made inert; returns what it returns.

    Args:
        table: Rows and columns.
        pictures: The column that holds pictures as data addresses, which are left as they are.
        options: Passed on to ``st.dataframe``.
    """
    given = table if isinstance(table, pd.DataFrame) else pd.DataFrame(list(table))
    shown = given.copy(deep=False)
    for place, name in enumerate(given.columns):
        if name != pictures and not pd.api.types.is_numeric_dtype(given.dtypes.iloc[place]):
            values = given.iloc[:, place].tolist()
            made = _inert(values)
            if made != values:
                shown.isetitem(place, made)
    shown.columns = [cell(str(name)) for name in given.columns]
    return st.dataframe(shown, **options)


def _inert(value: Any) -> Any:
    if isinstance(value, str):
        return cell(value)
    if not isinstance(value, list | tuple):
        return value
    if {*map(type, value)} == {str} and cell(whole := "\n".join(value)) == whole:
        return value  # checked as one text, because thousands of cells are redrawn every second
    return [_inert(one) for one in value]
