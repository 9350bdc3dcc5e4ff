"""Pairs of a data set's items: relations, anchors without a positive in a batch, the effect of samplers."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import loaders
from dashboard.figures.colours import RELATIONS, RelationMark
from dashboard.figures.data import alike, legend_height, line_name, relation_options, without_positive_options
from dashboard.figures.formatting import escaped
from dashboard.parts.data.samplers import show_samplers

SIZES = (16, 32, 64, 128, 256, 512, 1024)


def show_pairs(source: str, data: Any, numbers: Mapping[str, Any]) -> None:
    """Relation shares with their errors, anchors without a positive by rule and batch size, and samplers."""
    left, right = st.columns([1, 1.6], gap="medium")
    shares, errors = numbers["relation_shares"], numbers["relation_errors"]
    with left:
        st.markdown("**How do two items relate?**")
        sampled = numbers["pairs_of"] < numbers["items"]
        of = f"a random sample of {numbers['pairs_of']:,} items (± standard error)" if sampled else "all items"
        st.caption(f"Shares of all ordered pairs of {of}. The axis is logarithmic: rare relations remain visible.")
        st.echarts_chart(
            relation_options(shares, errors),
            key="data.relations",
            height=236,
            alt="Relation shares: " + ", ".join(f"{mark.short()} {shares[mark.name]:.2%}" for mark in RELATIONS) + ".",
        )
        related = 1 - shares["disjoint"]
        st.caption(
            f"In a batch of 256 an anchor meets about {255 * related:.1f} items that share a label with it, "
            f"{255 * shares['equal']:.1f} with the same label set."
        )
    with right:
        fitting = show_without_positive(source, numbers)
    st.caption("  \n".join(_relation_words(mark) for mark in RELATIONS))
    show_samplers(source, numbers, fitting)


def _relation_words(mark: RelationMark) -> str:
    return f"**{escaped(mark.short())}** ({escaped(f'{mark.name}, {mark.symbol}')}): {escaped(mark.meaning)}"


def show_without_positive(source: str, numbers: Mapping[str, Any]) -> tuple[int, ...]:
    """Draw the anchors without a positive by rule and batch size; return the batch sizes."""
    from mlcl_core.pairs import RULES

    st.markdown(
        "**How many anchors find no positive?**",
        help="The share of anchors whose batch holds no other item that the rule calls positive. Their own second view "
        "is left out; it is what such an anchor pulls.",
    )
    fitting = tuple(size for size in SIZES if size <= numbers["splits"]["train"]) or (numbers["splits"]["train"],)
    alone = loaders.anchors_without_positive(source, fitting)
    titles = {name: RULES[name].title for name in alone}
    lines = alike(alone, titles)
    st.caption("Share of the anchors in batches drawn as in training, by batch size and rule.")
    st.echarts_chart(
        without_positive_options(fitting, lines),
        key="data.without_positive",
        height=300 + legend_height(len(lines)),
        alt=f"Anchors without a positive at batch size {fitting[-1]}: "
        + ", ".join(f"{titles[name]} {shares[-1]:.1%}" for name, shares in alone.items())
        + ".",
    )
    for names, _ in lines:
        if len(names) > 1:
            st.caption(f"**{escaped(line_name(names))}** share a line: {escaped(', '.join(names))}.")
    return fitting
