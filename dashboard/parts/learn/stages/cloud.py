"""The cloud of a recorded run, with the choice of its map and colours."""

import streamlit as st

from dashboard import loaders
from dashboard.lessons import Picture, Recorded
from dashboard.parts.cloud.cloud_view import map_choice, show_cloud
from dashboard.parts.cloud.colour_choice import colour_choice
from dashboard.parts.frame.current import current_view
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.runs.run import Run


def _draw(_: Recorded, run: Run, __: Picture) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        map_name = map_choice()
        colour = colour_choice(loaders.watched_items(run))
    show_cloud(current_view(run, map_name), key="learn.cloud", colour=colour)


CLOUD = Stage("cloud", _draw, of_a_run=True)
