"""Two maps of the last frame of a recorded run: two kinds side by side, or how far one kind moves from seed to seed."""

import streamlit as st

from dashboard.components.space import space
from dashboard.figures.map_names import map_title
from dashboard.figures.space import space_payload
from dashboard.lessons import Picture, Recorded
from dashboard.lessons.what_maps_hide import COMPARED
from dashboard.parts.cloud.cloud_view import show_cloud
from dashboard.parts.frame.current import View
from dashboard.parts.learn.stages.stage import Stage
from mlcl_core.demo_runs.make import DRAWN_TWICE
from mlcl_core.maps import procrustes
from mlcl_core.runs.run import Run


def _maps(recorded: Recorded, run: Run, *, recall: bool = False) -> None:
    with st.container(key="lesson-maps"):
        columns = st.columns(2, gap="small")
    for column, name in zip(columns, COMPARED, strict=True):
        with column:
            scores = recorded.scores(name)
            last = run.map_steps(name)[-1]
            st.markdown(f"**{map_title(name)}**")
            show_cloud(View(run, run.status(), name, last, last), key=f"learn.cloud.{name}")
            words = f"Trustworthiness **{scores['trustworthiness']:.2f}**"
            st.caption(f"{words} · kNN recall **{scores['knn_recall']:.2f}**" if recall else words)


def _draw(recorded: Recorded, run: Run, _: Picture) -> None:
    _maps(recorded, run)


def _with_recall(recorded: Recorded, run: Run, _: Picture) -> None:
    _maps(recorded, run, recall=True)


def _again(_: Recorded, run: Run, __: Picture) -> None:
    first, second = (run.map(name, run.map_steps(name)[-1]).xy for name in DRAWN_TWICE)
    seeds = tuple(DRAWN_TWICE.values())
    st.markdown(f"**UMAP of the last frame: from seed {seeds[0]} (dot) to seed {seeds[1]} (head of the arrow)**")
    alt = f"{len(first)} points and arrows to where another seed draws them."
    # turned and shifted onto the first, as the score compares them: a mere rotation is no move
    laid = procrustes(second, first).apply(second)
    space(space_payload("again", first, alt=alt, to=laid), key="learn.space.again")


MAPS = Stage("maps", _draw, of_a_run=True)
MAPS_WITH_RECALL = Stage("maps with recall", _with_recall, of_a_run=True)
MAPS_AGAIN = Stage("maps again", _again, of_a_run=False)
