"""Labels of a data set: the long tail, and which ones occur together."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.figures.data import frequency_options, together_options

SHOWN = 20  # labels in the heat map of co-occurrence


def show_labels(_: str, data: Any, numbers: Mapping[str, Any], *, together: bool = True) -> None:
    """Label frequencies by band and, with ``together``, the co-occurrence of the most frequent labels."""
    from mlcl_core.data import bands

    train = data.labels.select(data.indices("train")).counts()
    order = train.argsort(descending=True, stable=True).tolist()
    names = [data.label_names[label] for label in order]
    counts, band = [int(train[label]) for label in order], bands(train[order])
    parts = {part: band.count(part) for part in ("head", "medium", "tail")}
    unseen = sum(count == 0 for count in counts)
    st.markdown(
        "**How often does each label occur in training?**",
        help="Head: at least 100 training items; medium: 20 to 99; tail: fewer. A rare label gives few positives.",
    )
    words = ", ".join(f"{count} {part}" for part, count in parts.items() if count)
    st.caption(f"{words}{f'; {unseen} not in training' if unseen else ''}.")
    st.echarts_chart(
        frequency_options(names, counts, band),
        key="data.frequency",
        height=330,
        alt=f"Bars of {len(names):,} labels by training items, from {counts[0]:,} ({names[0]}) down to "
        f"{counts[-1]:,} ({names[-1]}): {words}.",
    )
    if together:
        _show_together(data, order[:SHOWN])


def _show_together(data: Any, top: list[int]) -> None:
    from mlcl_core.data import co_occurrence

    st.markdown(
        "**Which labels occur together?**",
        help="Of the items with the row's label, the share that have the column's label too.",
    )
    st.caption(f"The {len(top)} commonest labels. In a row: of its items, this share has the column's label too.")
    share = co_occurrence(data.labels, top)
    alone = share.copy()
    for place in range(len(top)):
        alone[place, place] = 0
    row, column = divmod(int(alone.argmax()), len(top))
    st.echarts_chart(
        together_options([data.label_names[label] for label in top], share, dark=_dark()),
        key="data.together",
        height=560,
        alt=f"Heat map of co-occurrence; highest: {alone[row, column]:.0%} of {data.label_names[top[row]]} are "
        f"{data.label_names[top[column]]} too.",
    )


def _dark() -> bool:
    return getattr(st.context.theme, "type", None) == "dark"
