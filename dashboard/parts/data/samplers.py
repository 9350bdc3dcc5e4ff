"""What each sampler makes of a data set's batches, side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, state
from dashboard.figures.colours import RELATIONS
from dashboard.figures.formatting import escaped
from dashboard.parts.frame.table import inert_table


def show_samplers(source: str, numbers: Mapping[str, Any], sizes: Sequence[int]) -> None:
    """A batch size, a rule and a number of positives to choose, and a line for each sampler.

    Args:
        source: Name or path of the data.
        numbers: Its statistics.
        sizes: Batch sizes to choose from, at least one.
    """
    from mlcl_core.data import SAMPLERS
    from mlcl_core.pairs import RULES

    st.markdown(
        "**What does a sampler do to a batch?**",
        help="A sampler decides which items come together. In training: the setting training.sampler.",
    )
    left, middle, right, _ = st.columns([1, 1.6, 1, 1.4], gap="small")
    with left:
        size = st.selectbox(
            "Batch size",
            sizes,
            index=len(sizes) // 2,
            key=f"{state.DATA_SAMPLER_SIZE}.{source}",
            persist_state="session",
        )
    with middle:
        rule = st.selectbox(
            "Rule",
            list(RULES),
            index=list(RULES).index("all_equal"),
            format_func=lambda name: RULES[name].title,
            key=state.DATA_SAMPLER_RULE,
            persist_state="session",
        )
    option = SAMPLERS["positives"].params["at_least"]
    with right:
        least = st.number_input(
            "Positives wanted",
            min_value=option.minimum,
            max_value=option.maximum,
            value=option.default,
            key=state.DATA_SAMPLER_LEAST,
            help=option.help,
            persist_state="session",
        )
    effects = loaders.sampler_effect(source, int(size), str(rule), int(least))
    looked, there = effects["uniform"].batches, max(1, numbers["splits"]["train"] // int(size))
    of = f"the first {looked:,} of {there:,} batches" if looked < there else f"all {there:,} batches"
    wanted = "a positive" if least == 1 else f"{least} positives"
    st.caption(
        f"Of {of} of an epoch, in percent; the last five columns of the pairs in a batch. An item is no positive of "
        "itself, nor is its second view counted."
    )
    enough = f"anchors with {wanted}"
    percent, explain = st.column_config.NumberColumn, {mark.name: mark.meaning for mark in RELATIONS}
    inert_table(
        pd.DataFrame(
            [
                {
                    "sampler": SAMPLERS[name].title,
                    enough: 100 * effect.enough,
                    "items with a rarer label": 100 * effect.rare,
                    "different items": 100 * effect.different,
                    **{relation: 100 * effect.relations[relation] for relation in explain},
                }
                for name, effect in effects.items()
            ]
        ),
        hide_index=True,
        column_config={
            "sampler": st.column_config.TextColumn(width="medium"),
            enough: st.column_config.ProgressColumn(
                format="%.1f",
                min_value=0,
                max_value=100,
                help="Of all anchors, under the chosen rule.",
                color="primary",
            ),
            "items with a rarer label": percent(
                format="%.1f", help="Items dealt that carry one of the rarer half of the labels."
            ),
            "different items": percent(
                format="%.1f",
                help="Different items among those dealt: below 100 some come again, and others not at all.",
            ),
            **{
                relation: percent(format="%.2f", help=f"Of the pairs of a batch: {meaning}.")
                for relation, meaning in explain.items()
            },
        },
        key="data.samplers",
        alt=f"Anchors with {wanted}: "
        + ", ".join(f"{SAMPLERS[name].title} {effect.enough:.1%}" for name, effect in effects.items())
        + ".",
    )
    st.caption("  \n".join(f"**{escaped(one.title)}**: {escaped(one.summary)}" for one in SAMPLERS.values()))
