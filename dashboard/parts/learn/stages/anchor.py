"""The anchor of a recorded run: its labels, its forces, and the cloud around it."""

import streamlit as st

from dashboard.lessons import Picture, Recorded
from dashboard.parts.anchor.side import show_anchor, show_forces
from dashboard.parts.anchor.watched import HINT
from dashboard.parts.cloud.cloud_view import map_choice, show_cloud
from dashboard.parts.frame.current import current_view
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.runs.run import Run


def _draw(recorded: Recorded, run: Run, _: Picture) -> None:
    view = current_view(run, map_choice())
    left, right = st.columns([1, 2.4], gap="small")
    with right, st.container(key="lesson-anchor"):
        pairs = show_cloud(view, key="learn.anchor", role="anchor", sentence=True, hint=HINT, forces=True)
    if pairs is not None:
        with left:
            watched, row = recorded.watched_items, pairs.anchor
            labels = [name for name, has in zip(watched.label_names, watched.labels[row], strict=True) if has]
            picture = watched.pictures[row] if watched.pictures else None
            show_anchor(watched.names[row], labels, picture, f"step {view.step:,}", role="anchor")
            show_forces(pairs)


ANCHOR = Stage("anchor", _draw, of_a_run=True)
