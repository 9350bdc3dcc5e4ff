"""The contents of a file before it is saved: splits, label frequencies, relations of items."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.figures.colours import RELATIONS
from dashboard.figures.data import frequency_options, relation_options
from dashboard.figures.formatting import escaped
from dashboard.parts.data.problems import show_problems


def show_splits(numbers: Mapping[str, Any]) -> None:
    """Draw the sizes of the splits in one line, then what may spoil a comparison."""
    splits, without = numbers["splits"], numbers["items_without_label"]
    st.caption(
        f"Train **{splits['train']:,}**, validation **{splits['validation']:,}**, test **{splits['test']:,}**; "
        f"**{without:,}** item{'s'[: without != 1]} without a label."
    )
    show_problems(numbers)


def show_charts(numbers: Mapping[str, Any]) -> None:
    """Draw label counts and relation shares side by side."""
    from mlcl_core.data import bands

    counts = numbers["label_counts"]
    names, values = list(counts), list(counts.values())
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(
            "**How often does each label occur?**", help="Head: at least 100 items; medium: 20 to 99; tail: fewer."
        )
        st.echarts_chart(
            frequency_options(names, values, _bands(bands, values)),
            key="upload.frequency",
            height=190,
            alt=f"Bars of {len(names):,} labels, from {values[0]:,} items ({names[0]}) down to {values[-1]:,} "
            f"({names[-1]}).",
        )
    with right:
        st.markdown(
            "**How do two items relate?**",
            help="By their label sets, over pairs of items: equal, one inside the other, overlapping, disjoint.",
        )
        shares, errors = numbers["relation_shares"], numbers["relation_errors"]
        st.echarts_chart(
            relation_options(shares, errors),
            key="upload.relations",
            height=190,
            alt="Relation shares: " + ", ".join(f"{mark.name} {shares[mark.name]:.2%}" for mark in RELATIONS) + ".",
        )
    apart = numbers["relation_shares"]["disjoint"]
    st.caption(f"{escaped(f'{apart:.1%}')} of the pairs are disjoint: they have no label in common.")


def _bands(bands: Any, values: list[int]) -> list[str]:
    import torch

    return bands(torch.tensor(values))
