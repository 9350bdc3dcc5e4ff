"""The histogram of a comparison: how many of their neighbours the items kept; a click on a bar selects its items."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard import loaders, selection
from dashboard.figures.compare import SpacesCompared, mean
from dashboard.figures.compare_histogram import by_chance, histogram, histogram_options, in_bars
from dashboard.parts.compare.compared import Compared
from dashboard.parts.compare.explained import AGREEMENT, CHANGE, DRIFT, OVERLAP, PURITY

KEY = "compare.histogram"
HEIGHT = 190
NO_PAIRS = "This run's loss compares no pairs of the points of a frame, so there are no weights to compare."
NO_NEIGHBOURS = "No item has a direction in either space, so none has neighbours to compare."
NO_POSITIVE = "No item has a positive under either rule, so there are no weights to compare."
TENTHS = 10  # bars of the agreement of weights


def show_overlap(pair: Compared, space: str) -> None:
    """Draw the histogram of overlap with its mean, chance, purity and drift in words."""
    numbers = pair.spaces(space)
    known = int((~np.isnan(numbers.overlap)).sum())
    if not known:
        st.info(NO_NEIGHBOURS)
        return
    st.markdown(f"**{mean(numbers.kept):.1f} of {numbers.k}** neighbours are the same", help=OVERLAP)
    st.echarts_chart(
        histogram_options(
            histogram(numbers.kept, numbers.k),
            by_chance(known, len(pair.common), numbers.k),
            mean=mean(numbers.kept),
            what=f"neighbours of {numbers.k} that are the same",
        ),
        key=KEY,
        height=HEIGHT,
        on_select=lambda: _take_bars(pair.ids, numbers.kept, numbers.k),
        alt=_alt(numbers),
    )
    st.caption(f"mean overlap {mean(numbers.overlap):.2f}, by chance (dashed) {numbers.chance:.2f}")
    _line("purity", numbers.purity, PURITY)
    if numbers.drift is not None and numbers.relative is not None:
        st.caption(f"drift {_mean(numbers.drift)}, relative drift {_mean(numbers.relative)}", help=DRIFT)
    else:
        st.caption(f"cosines to these neighbours differ by {mean(numbers.change):.3f}", help=CHANGE)


def show_agreement(pair: Compared) -> None:
    """Draw the histogram of the agreement of two rules about the weights of each anchor."""
    found = agreement(pair)
    if found is None or np.isnan(found).all():
        st.info(NO_PAIRS if found is None else NO_POSITIVE)
        return
    st.markdown(f"The rules agree about **{mean(found):.0%} of the weight**".replace("%", " %"), help=AGREEMENT)
    tenths = found * TENTHS
    st.echarts_chart(
        histogram_options(
            histogram(tenths, TENTHS),
            None,
            mean=mean(found),
            what="share of the weight on the same pairs",
            unit=1 / TENTHS,
        ),
        key=f"{KEY}.rules",
        height=HEIGHT,
        on_select=lambda: _take_bars(pair.ids, tenths, TENTHS, f"{KEY}.rules"),
        alt=f"How far two rules agree about an item's weight: {mean(found):.2f} on the mean.",
    )
    st.caption("One space under two rules: neighbours are the same, weight and force differ.")


def agreement(pair: Compared) -> Any:
    """The agreement of both rules for each common item; None: the loss compares no pairs."""
    found = loaders.weight_agreement(pair.a.run, (pair.a.config.loss, pair.b.config.loss))
    return None if found is None else found[pair.common.rows[0]]


def _take_bars(ids: Any, kept: Any, k: int, key: str = KEY) -> None:
    """Callback: select the items of the bars that are chosen; none chosen: no selection."""
    chosen = st.session_state.get(key)
    groups = chosen["selection"]["selected"] if chosen else []
    bars = [bar for group in groups if group["series_index"] == 0 for bar in group["data_indices"]]
    if bars:
        selection.select(ids[in_bars(kept, k, bars)], why="overlap")
    else:
        selection.clear()


def _line(name: str, values: Any, help: str) -> None:
    a, b = (_mean(one) for one in values)
    st.caption(f"{name} {a} in A, {b} in B", help=help)


def _mean(values: Any) -> str:
    found = mean(values)
    return "–" if np.isnan(found) else f"{found:.2f}"


def _alt(numbers: SpacesCompared) -> str:
    counts = histogram(numbers.kept, numbers.k)
    fewest, most = counts[0], counts[-1]
    return (
        f"How many neighbours the items kept: {mean(numbers.kept):.1f} of {numbers.k} on the mean; {fewest:,} items "
        f"kept none, {most:,} kept all."
    )
