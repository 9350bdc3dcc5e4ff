"""The effect of each sampler on the batches of a data set, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders, state
from dashboard.figures.colours import RELATIONS
from dashboard.figures.formatting import escaped
from dashboard.parts.frame.table import inert_table


@dataclass(frozen=True)
class _Choice:
    """What the samplers are compared at: batch size, rule, number of positives wanted."""

    size: int
    rule: str
    at_least: int

    @property
    def wanted(self) -> str:
        return "a positive" if self.at_least == 1 else f"{self.at_least} positives"


def show_samplers(source: str, numbers: Mapping[str, Any], sizes: Sequence[int]) -> None:
    """Choose a batch size, a rule and a number of positives; the table has one line for each sampler.

    Args:
        source: Name or path of the data.
        numbers: Its statistics.
        sizes: Batch sizes to choose from, at least one.
    """
    from mlcl_core.data import SAMPLERS

    st.markdown(
        "**What does a sampler do to a batch?**",
        help="A sampler decides which items share a batch. In training it is the setting training.sampler.",
    )
    choice = _choose(source, sizes)
    effects = loaders.sampler_effect(source, choice.size, choice.rule, choice.at_least)
    drawn, there = effects["uniform"].batches, max(1, numbers["splits"]["train"] // choice.size)
    of = f"the first {drawn:,} of {there:,} batches" if drawn < there else f"all {there:,} batches"
    st.caption(
        f"Over {of} of an epoch, in percent; the last five columns over the pairs in a batch. An item is no positive "
        "of itself, and its second view does not count."
    )
    _show_effects(effects, choice)
    st.caption("  \n".join(f"**{escaped(one.title)}**: {escaped(one.summary)}" for one in SAMPLERS.values()))


def _choose(source: str, sizes: Sequence[int]) -> _Choice:
    from mlcl_core.data import SAMPLERS
    from mlcl_core.pairs import RULES

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
    return _Choice(int(size), str(rule), int(least))


def _show_effects(effects: Mapping[str, Any], choice: _Choice) -> None:
    from mlcl_core.data import SAMPLERS

    enough, percent = f"anchors with {choice.wanted}", st.column_config.NumberColumn
    table = pd.DataFrame(
        {
            "sampler": SAMPLERS[name].title,
            enough: 100 * effect.enough,
            "items with a rarer label": 100 * effect.rare,
            "different items": 100 * effect.different,
            **{mark.name: 100 * effect.relations[mark.name] for mark in RELATIONS},
        }
        for name, effect in effects.items()
    )
    columns = {
        "sampler": st.column_config.TextColumn(width="medium"),
        enough: st.column_config.ProgressColumn(
            format="%.1f", min_value=0, max_value=100, help="Of all anchors, under the chosen rule.", color="primary"
        ),
        "items with a rarer label": percent(
            format="%.1f", help="Drawn items that have one of the rarer half of the labels."
        ),
        "different items": percent(
            format="%.1f", help="Different items among those drawn: below 100, some are drawn again and others never."
        ),
        **{mark.name: percent(format="%.2f", help=f"Of the pairs in a batch: {mark.meaning}.") for mark in RELATIONS},
    }
    shares = ", ".join(f"{SAMPLERS[name].title} {effect.enough:.1%}" for name, effect in effects.items())
    inert_table(
        table, hide_index=True, column_config=columns, key="data.samplers", alt=f"{enough.capitalize()}: {shares}."
    )
