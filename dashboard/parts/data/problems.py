"""Problems of a data set that may spoil a comparison (copies across splits, doubts about splits), one line each."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.figures.formatting import escaped

WARNING = ":orange[:material/warning:]"


def problems(numbers: Mapping[str, Any]) -> list[str]:
    """One line of Markdown for each problem."""
    if numbers["kind"] == "labels_only":
        return ["These are labels without items: they are described here, and cannot be trained on."]
    found = []
    leaks, copies = numbers["copies_of_training_items"], numbers["copies"]
    if leaks:
        found.append(
            f"**{leaks:,}** {_items(leaks)} outside the training split {'are' if leaks > 1 else 'is'} also inside it: "
            "scores on them measure memory (Items, show: copies of training items)."
        )
    elif copies:
        found.append(f"**{copies:,}** {_items(copies)} are copies of others, all within their split.")
    return [*found, *(f"{escaped(doubt)}." for doubt in numbers["doubts"])]


def show_problems(numbers: Mapping[str, Any]) -> None:
    """Draw the problems, under the sizes."""
    for line in problems(numbers):
        st.markdown(f"{WARNING} {line}")


def show_doubts(doubts: Sequence[str]) -> None:
    """Draw why scores are uncertain, beside them."""
    for doubt in doubts:
        st.caption(f"{WARNING} {escaped(doubt)}.")


def _items(count: int) -> str:
    return "item" if count == 1 else "items"
