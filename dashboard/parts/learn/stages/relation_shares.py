"""How common each relation is among the icons."""

import streamlit as st

from dashboard.figures.colours import RELATIONS
from dashboard.figures.data import relation_options
from dashboard.lessons import Picture, Recorded
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.runs.run import Run


def _draw(recorded: Recorded, _: Run, __: Picture) -> None:
    numbers = recorded.statistics
    shares = numbers["relation_shares"]
    st.markdown("**How do two icons relate?**")
    st.echarts_chart(
        relation_options(shares, numbers["relation_errors"]),
        key="learn.relations",
        height=420,
        alt="Relation shares: " + ", ".join(f"{mark.name} {shares[mark.name]:.2%}" for mark in RELATIONS) + ".",
    )


RELATION_SHARES = Stage("relation shares", _draw, of_a_run=False)
