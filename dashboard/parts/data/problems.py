"""What of a data set may spoil a comparison: copies across splits, labels that nobody trains on. In one line each."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.figures.formatting import escaped

NAMED = 5  # labels that are listed


def problems(numbers: Mapping[str, Any]) -> list[str]:
    """One Markdown line for each problem that there is."""
    found = []
    leaks, copies = numbers["copies_of_training_items"], numbers["copies"]
    if leaks:
        found.append(
            f"**{leaks:,}** {_items(leaks)} outside the training split also stand in it: scores on them tell memory, "
            "not understanding (Items, show: copies of training items)."
        )
    elif copies:
        found.append(f"**{copies:,}** {_items(copies)} are copies of others, all within their split.")
    unseen = numbers["labels_never_trained"]
    if unseen:
        shown = ", ".join(escaped(name) for name in unseen[:NAMED]) + (" …" if len(unseen) > NAMED else "")
        labels = "labels have" if len(unseen) > 1 else "label has"
        found.append(f"**{len(unseen):,}** {labels} no training item, and can't be learnt: {shown}.")
    return found


def show_problems(numbers: Mapping[str, Any]) -> None:
    """The problems, under the sizes."""
    for line in problems(numbers):
        st.markdown(f":orange[:material/warning:] {line}")


def _items(count: int) -> str:
    return "item" if count == 1 else "items"
