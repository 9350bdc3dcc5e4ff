"""Two maps of the last frame of a recorded run side by side: two kinds, or one kind drawn from two seeds."""

from collections.abc import Iterable

import streamlit as st

from dashboard.figures.map_names import map_title
from dashboard.lessons import Picture, Recorded
from dashboard.lessons.what_maps_hide import COMPARED
from dashboard.parts.cloud.cloud_view import show_cloud
from dashboard.parts.frame.current import View
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.demo_runs.make import DRAWN_TWICE
from mlcl_core.runs.run import Run


def _maps(recorded: Recorded, run: Run, names: Iterable[str], *, recall: bool = False) -> None:
    titles = {name: map_title(name) for name in COMPARED}
    titles |= {name: f"UMAP, seed {seed}" for name, seed in DRAWN_TWICE.items()}
    with st.container(key="lesson-maps"):
        columns = st.columns(2, gap="small")
    for column, name in zip(columns, names, strict=True):
        with column:
            scores = recorded.scores(name)
            last = run.map_steps(name)[-1]
            st.markdown(f"**{titles[name]}**")
            show_cloud(View(run, run.status(), name, last, last), key=f"learn.cloud.{name}")
            words = f"Trustworthiness **{scores['trustworthiness']:.2f}**"
            st.caption(f"{words} · kNN recall **{scores['knn_recall']:.2f}**" if recall else words)


def _draw(recorded: Recorded, run: Run, _: Picture) -> None:
    _maps(recorded, run, COMPARED)


def _with_recall(recorded: Recorded, run: Run, _: Picture) -> None:
    _maps(recorded, run, COMPARED, recall=True)


def _again(recorded: Recorded, run: Run, _: Picture) -> None:
    _maps(recorded, run, DRAWN_TWICE)


MAPS = Stage("maps", _draw, of_a_run=True)
MAPS_WITH_RECALL = Stage("maps with recall", _with_recall, of_a_run=True)
MAPS_AGAIN = Stage("maps again", _again, of_a_run=True)
