"""The cosines of the watched items to one anchor, by relation, in each recorded run on one scale."""

from functools import partial

import streamlit as st

from dashboard.figures.colours import RELATIONS
from dashboard.figures.cosine_strips import cosine_strips, lowest
from dashboard.figures.forest import INK, INK_ON_DARK
from dashboard.figures.formatting import chart_text
from dashboard.lessons import Picture, Recorded
from dashboard.lessons.recorded import RUN
from dashboard.lessons.starve_and_blur import many_sided
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.runs.run import Run

HEIGHT = 470  # pixels


def _draw(recorded: Recorded, _: Run, __: Picture, *, both: bool) -> None:
    from mlcl_core.pairs import RULES

    anchor, watched = many_sided(recorded), recorded.watched_items
    found = {rule: recorded.pairs("last", rule, anchor=anchor) for rule in recorded.runs}
    low = lowest(*(pairs.cosine for pairs in found.values()))
    ink = INK_ON_DARK if getattr(st.context.theme, "type", None) == "dark" else INK
    names = [chart_text(name) for name in watched.names]
    st.markdown(f"Anchor: **{recorded.named(anchor)}**")
    for column, (rule, pairs) in zip(st.columns(2, gap="small"), found.items(), strict=True):
        with column:
            st.markdown(f"Trained with **{RULES[rule].title}**, step {recorded.step('last', rule):,}")
            if rule != RUN and not both:
                st.caption("Guess first: the same icons under this rule come after Reveal.")
                continue
            words = ", ".join(
                f"{mark.short()} {pairs.cosine[pairs.relation == mark.code].mean():.2f}"
                for mark in RELATIONS
                if (pairs.relation == mark.code).any()
            )
            st.echarts_chart(
                cosine_strips(pairs.cosine, pairs.relation, names, low=low, ink=ink),
                key=f"learn.strips.{rule}",
                height=HEIGHT,
                alt=f"Mean cosine to the anchor: {words}.",
            )


ONE_RUN = Stage("cosines of one run", partial(_draw, both=False), of_a_run=False)
BOTH_RUNS = Stage("cosines of both runs", partial(_draw, both=True), of_a_run=False)
