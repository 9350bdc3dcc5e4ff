"""Both recorded runs side by side, on one scale: their clouds, and the mean cosines by relation."""

import numpy as np
import streamlit as st

from dashboard import loaders
from dashboard.figures.cloud import extent
from dashboard.figures.curves import cosine_floor, cosine_options
from dashboard.lessons import Picture, Recorded
from dashboard.parts.cloud.cloud_view import map_choice, show_cloud
from dashboard.parts.frame.current import View, current_view
from dashboard.parts.learn.stages.stage import Stage
from dashboard.parts.train.numbers import cosine_words
from mlcl_core.runs.run import Run


def _draw(recorded: Recorded, _: Run, __: Picture) -> None:
    from mlcl_core.pairs import RULES

    map_name = map_choice()
    with st.container(key="lesson-pair"):
        columns = st.columns(2, gap="small")
    views = {rule: current_view(run, map_name) for rule, run in recorded.runs.items()}
    frames = {rule: _frames(view) for rule, view in views.items()}
    window, low = _window(list(views.values())), min(cosine_floor(shown) for shown in frames.values())
    for column, (rule, view) in zip(columns, views.items(), strict=True):
        with column:
            st.markdown(f"**{RULES[rule].title}**")
            show_cloud(view, key=f"learn.cloud.{rule}", window=window, group="lesson")
            st.caption("Mean cosine by relation, up to this step")
            st.echarts_chart(
                cosine_options(frames[rule], None, low=low),
                key=f"learn.cosine.{rule}",
                height=170,
                alt=cosine_words(frames[rule]),
            )


def _frames(view: View) -> list[dict[str, object]]:
    """The events of the frames up to the step that is shown."""
    frames = [event for event in loaders.events(view.run) if event.get("event") == "frame"]
    return [frame for frame in frames if frame["step"] <= (view.step or 0)]


def _window(views: list[View]) -> tuple[float, float, float, float] | None:
    """The box in which the points of all maps lie; None: a map is missing."""
    if any(view.step is None for view in views):
        return None
    maps = [loaders.map_frame(view.run, view.map_name, view.step) for view in views if view.step is not None]
    boxes = np.array([extent(one.xy, np.zeros(len(one.xy), bool)) for one in maps])
    left, bottom = boxes[:, :2].min(0).tolist()
    right, top = boxes[:, 2:].max(0).tolist()
    return left, bottom, right, top


BOTH = Stage("both", _draw, of_a_run=True)
