"""The one way to show a table: it can be downloaded, and what people and files wrote in it must not act in a sheet."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.figures.formatting import cell


def inert_table(table: pd.DataFrame | Sequence[Mapping[str, Any]], *, pictures: str = "", **options: Any) -> Any:
    """As ``st.dataframe``, with every text in cells and headings made inert; gives what it gives.

    Args:
        table: Rows and columns.
        pictures: The column that holds pictures as addresses, which are left as they are.
        options: Of ``st.dataframe``.
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
        return value  # thousands of cells are drawn again every second: at one go
    return [_inert(one) for one in value]
