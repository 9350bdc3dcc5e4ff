"""What A and B are, and what they do not share: a line, and the whole of it one click away."""

import streamlit as st

from dashboard import loaders
from dashboard.access import shown
from dashboard.figures.compare_words import difference_table, in_common, not_shared
from dashboard.figures.formatting import escaped
from dashboard.parts.compare.compared import RULES, Compared, Side
from dashboard.parts.frame.table import inert_table

UNKNOWN_DATA = (
    "Whether the data of both are the same is known of the watched items alone: a run of an earlier version, or a "
    "recorded one, holds no description of its data."
)


def show_shared(pair: Compared) -> None:
    """Draw the line, and a popover with every difference."""
    found = loaders.unshared(pair.a.run, pair.b.run, (pair.a.config, pair.b.config))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="compare-shared"):
        with st.container():
            st.caption(
                f"**A** {_words(pair.a)} · **B** {_words(pair.b, rule=pair.kind == RULES)} · "
                f"{escaped(in_common(pair.common))}  \n"
                f"**Not shared:** {escaped(shown(not_shared(found)))}"
            )
        with st.popover("All differences", icon=":material/difference:"):
            for line in found.data:
                st.markdown(f"Data of B against those of A: {escaped(shown(line))}")
            if not found.data_known:
                st.caption(UNKNOWN_DATA)
            table = difference_table(found)
            if len(table):
                table = table.map(shown)
                inert_table(table, hide_index=True, key="compare.differences", height=min(36 * len(table) + 38, 320))
            else:
                st.markdown("No setting in force differs.")
            if found.versions:
                st.caption("A configuration of an earlier schema is read as one of today's; its values are kept.")


def _words(side: Side, *, rule: bool = False) -> str:
    at = f"step {side.step:,}" + (f" ({side.nearest})" if side.nearest else "")
    branch = side.run.branch
    origin = "" if branch is None else f", a branch from step {branch['at']:,}"
    with_rule = f" under the rule {side.config.loss.rule}" if rule else ""
    return escaped(f"{side.run.name}{origin}, {at}{with_rule}")
