"""The cells of a study as a table: what each was, what came of it, and the run behind it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.figures.study_words import axis_title

OK, FAILED = "ok", "failed"
LAST = ("state", "error", "seconds", "device", "run")


def cells_table(
    rows: pd.DataFrame, axes: Sequence[str], metrics: Sequence[str], titles: dict[str, str]
) -> pd.DataFrame:
    """One line a cell, in the order of ``rows``.

    Args:
        rows: From ``StudyFolder.rows``.
        axes: The further axes that are columns of it.
        metrics: Names of the metrics that are shown.
        titles: What each of them is called.
    """
    table: dict[str, Any] = {"data": rows["data"], "method": rows["method"]}
    table |= {axis_title(axis): rows[axis] for axis in axes if axis in rows}
    table["seed"] = rows["seed"]
    table |= {titles[name]: rows[name] for name in metrics if name in rows}
    table["state"], table["error"] = rows["state"], _column(rows, "error").fillna("")
    table["seconds"] = _column(rows, "train_seconds").astype(float) + _column(rows, "evaluate_seconds").astype(float)
    table["device"], table["run"] = _column(rows, "device").fillna(""), _column(rows, "run").fillna("")
    return pd.DataFrame(table).reset_index(drop=True)


def fitting(rows: pd.DataFrame, *, data: str | None, method: str | None, failed: bool) -> pd.DataFrame:
    """The cells of a data set and a method, or those of them that failed."""
    found = rows
    if data is not None:
        found = found[found["data"] == data]
    if method is not None:
        found = found[found["method"] == method]
    return found[found["state"] == FAILED] if failed else found


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows[name] if name in rows else pd.Series([None] * len(rows), index=rows.index, dtype=object)
