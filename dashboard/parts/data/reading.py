"""How a file was read: what its columns were taken for, what was taken without a question, what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.figures.formatting import escaped
from dashboard.parts.frame.table import inert_table

MAX_LISTED = 6
MAX_SAID = 12
LEFT_OUT = 200  # rows that are listed
IN_WORDS = {
    "text": "The items are the texts in {}.",
    "picture": "The items are the pictures in {}.",
    "feature": "The items are the numbers in {}.",
    "missing": "Pictures that are not there: {}.",
    "label": "Labels: {}.",
    "name": "Names: {}.",
    "split": "Split: {}.",
    "group": "Together by: {}.",
    "confidence": "Confidence: {}.",
    "annotator": "Annotator: {}.",
    "annotated": "Never looked at where empty: {}.",
    "ignored": "Not used: {}.",
}
MARKS = {"\t": "tab", " ": "blank", "\n": "line break"}
FORMS = {
    "separated": "separated by {}",
    "unquoted": "separated by {}, quotes as written",
    "list": "lists",
    "arrow_list": "lists",
    "vector": "vectors of 0 and 1",
    "zero_one": "0 or 1",
    "one": "one label a cell",
}


def columns_in_words(columns: Sequence[Mapping[str, Any]], kind: str) -> str:
    """What columns were taken for, in a line of Markdown.

    Args:
        columns: Each with its name, role, cell and separator, as in a schema.
        kind: Of the items; beside texts and pictures, columns of numbers are not used.
    """
    by_role: dict[str, list[str]] = {}
    for column in columns:
        role = column["role"]
        if role == "feature" and kind != "features":
            role = "ignored"
        if role == "picture" and kind == "labels_only":
            role = "missing"
        by_role.setdefault(role, []).append(str(column["name"]))
    words = []
    for role, sentence in IN_WORDS.items():
        if role in by_role:
            listed = _listed(by_role[role])
            words.append(sentence.format(listed + (_form(columns) if role == "label" else "")))
    return " ".join(words)


def show_said(said: Sequence[str], left_out: Sequence[Any], *, folded: bool = True) -> None:
    """Draw what was taken without a question, and the rows that were left out.

    Args:
        said: One sentence each.
        left_out: Rows and reasons.
        folded: Whether the rows are behind a button.
    """
    if said:
        lines = [f"- {escaped(sentence)}" for sentence in said[:MAX_SAID]]
        if len(said) > MAX_SAID:
            lines.append(f"- and {len(said) - MAX_SAID:,} more")
        st.caption("Taken without a question:\n" + "\n".join(lines))
    if not left_out:
        return
    if not folded:
        _show_left_out(left_out)
        return
    with st.popover(f"{len(left_out):,} row{'s'[: len(left_out) != 1]} left out", type="tertiary"):
        _show_left_out(left_out)


def _show_left_out(left_out: Sequence[Any]) -> None:
    inert_table(
        pd.DataFrame([(int(row), str(why)) for row, why in left_out[:LEFT_OUT]], columns=["row", "why"]),
        hide_index=True,
        key="reading.left_out",
        height=38 + 35 * min(6, len(left_out)),
        alt=f"The first {min(LEFT_OUT, len(left_out)):,} rows that were left out, and why.",
    )
    st.caption("Rows are counted from 0, the names of the columns aside.")


def _form(columns: Sequence[Mapping[str, Any]]) -> str:
    forms = {(column["cell"], column["separator"]) for column in columns if column["role"] == "label"}
    if len(forms) != 1:
        return ""
    cell, separator = forms.pop()
    if cell not in FORMS:
        return ""
    mark = MARKS.get(separator, separator)
    return ", " + FORMS[cell].format(escaped(mark) if "`" in mark else f"`{mark}`")


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"**{escaped(name) or '(no name)'}**" for name in names[:MAX_LISTED])
    return shown + (f" and {len(names) - MAX_LISTED:,} more" if len(names) > MAX_LISTED else "")
