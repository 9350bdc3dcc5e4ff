"""Both recorded runs side by side: their clouds, and the mean cosines by relation."""

import streamlit as st

from dashboard import loaders
from dashboard.figures.curves import cosine_options
from dashboard.lessons import Picture, Recorded
from dashboard.parts.cloud.cloud_view import map_choice, show_cloud
from dashboard.parts.frame.current import current_view
from dashboard.parts.learn.stages.stage import Stage
from dashboard.parts.train.numbers import cosine_words
from mlcl_core.runs.run import Run


def _draw(recorded: Recorded, _: Run, __: Picture) -> None:
    from mlcl_core.pairs import RULES

    map_name = map_choice()
    with st.container(key="lesson-pair"):
        columns = st.columns(2, gap="small")
    for column, (rule, run) in zip(columns, recorded.runs.items(), strict=True):
        with column:
            view = current_view(run, map_name)
            st.markdown(f"**{RULES[rule].title}**")
            show_cloud(view, key=f"learn.cloud.{rule}")
            frames = [event for event in loaders.events(run) if event.get("event") == "frame"]
            shown = [frame for frame in frames if frame["step"] <= (view.step or 0)]
            st.caption("Mean cosine by relation, up to this step")
            st.echarts_chart(
                cosine_options(shown, None), key=f"learn.cosine.{rule}", height=170, alt=cosine_words(shown)
            )


BOTH = Stage("both", _draw, of_a_run=True)
