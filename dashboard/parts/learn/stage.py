"""The stage beside a lesson's card: parts of the other pages, with the values that the card set."""

from collections.abc import Callable, Iterable

import streamlit as st

from dashboard import loaders
from dashboard.figures.colours import RELATIONS
from dashboard.figures.curves import cosine_options
from dashboard.figures.data import relation_options
from dashboard.figures.map_names import map_title
from dashboard.lessons import Recorded
from dashboard.lessons.what_maps_hide import COMPARED
from dashboard.parts.anchor.side import show_anchor, show_forces
from dashboard.parts.anchor.watched import HINT
from dashboard.parts.cloud.cloud_view import map_choice, show_cloud
from dashboard.parts.cloud.colour_choice import colour_choice
from dashboard.parts.data.labels import show_labels
from dashboard.parts.data.pairs import show_without_positive
from dashboard.parts.frame.current import View, current_view
from dashboard.parts.relations.lab import show_lab
from dashboard.parts.train.numbers import cosine_words
from mlcl_core.demo_runs.make import DRAWN_TWICE
from mlcl_core.runs.run import Run

SOURCE = "icons"


def _cloud(_: Recorded, run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        map_name = map_choice()
        colour = colour_choice(loaders.watched_items(run))
    show_cloud(current_view(run, map_name), key="learn.cloud", colour=colour)


def _anchor(recorded: Recorded, run: Run) -> None:
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


def _pairs(_: Recorded, __: Run) -> None:
    show_lab(wide=False)


def _relation_shares(recorded: Recorded, _: Run) -> None:
    numbers = recorded.statistics
    shares = numbers["relation_shares"]
    st.markdown("**How do two icons relate?**")
    st.echarts_chart(
        relation_options(shares, numbers["relation_errors"]),
        key="learn.relations",
        height=420,
        alt="Relation shares: " + ", ".join(f"{mark.name} {shares[mark.name]:.2%}" for mark in RELATIONS) + ".",
    )


def _without_positive(recorded: Recorded, _: Run) -> None:
    show_without_positive(SOURCE, recorded.statistics)


def _tail(recorded: Recorded, _: Run) -> None:
    show_labels(SOURCE, recorded.data, recorded.statistics, together=False)


def _both(recorded: Recorded, _: Run) -> None:
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


def _maps(recorded: Recorded, run: Run, names: Iterable[str] = COMPARED, *, recall: bool = False) -> None:
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


def _maps_with_recall(recorded: Recorded, run: Run) -> None:
    _maps(recorded, run, recall=True)


def _maps_again(recorded: Recorded, run: Run) -> None:
    _maps(recorded, run, DRAWN_TWICE)


STAGES: dict[str, Callable[[Recorded, Run], None]] = {
    "cloud": _cloud,
    "anchor": _anchor,
    "pairs": _pairs,
    "relation shares": _relation_shares,
    "without a positive": _without_positive,
    "tail": _tail,
    "both": _both,
    "maps": _maps,
    "maps with recall": _maps_with_recall,
    "maps again": _maps_again,
}
