"""Problems of a data set that may spoil a comparison (copies across splits, labels never trained), one line each."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.figures.formatting import escaped

NAMED = 5  # labels that are listed


def problems(numbers: Mapping[str, Any]) -> list[str]:
    """One line of Markdown for each problem."""
    found = []
    leaks, copies = numbers["copies_of_training_items"], numbers["copies"]
    if leaks:
        found.append(
            f"**{leaks:,}** {_items(leaks)} outside the training split {'are' if leaks > 1 else 'is'} also inside it: "
            "scores on them measure memory (Items, show: copies of training items)."
        )
    elif copies:
        found.append(f"**{copies:,}** {_items(copies)} are copies of others, all within their split.")
    unseen = numbers["labels_never_trained"]
    if unseen:
        shown = ", ".join(escaped(name) for name in unseen[:NAMED]) + (" …" if len(unseen) > NAMED else "")
        labels = "labels have" if len(unseen) > 1 else "label has"
        found.append(f"**{len(unseen):,}** {labels} no training item and cannot be learnt: {shown}.")
    return found


def show_problems(numbers: Mapping[str, Any]) -> None:
    """Draw the problems, under the sizes."""
    for line in problems(numbers):
        st.markdown(f":orange[:material/warning:] {line}")


def _items(count: int) -> str:
    return "item" if count == 1 else "items"
