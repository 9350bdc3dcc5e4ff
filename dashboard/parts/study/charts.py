"""Charts of a study: forest, curves against a setting, gains by band, ranks over data sets."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboard import loaders
from dashboard.figures.forest import forest
from dashboard.figures.formatting import escaped, plain
from dashboard.figures.study_bands import bands_figure
from dashboard.figures.study_curves import curves_figure
from dashboard.figures.study_ranks import ranks_figure
from dashboard.figures.study_scores import forest_rows
from dashboard.figures.study_words import axis_title
from dashboard.loaders.study_grid import Setting
from dashboard.parts.frame.table import inert_table
from dashboard.parts.study.asked import Asked

if TYPE_CHECKING:
    import plotly.graph_objects as go

NO_BAR = {"displayModeBar": False}
IMPROVEMENT = (
    "Of a seed of the one and a seed of the other, drawn by chance, how often the first is ahead; ties count half. "
    "Mean over data sets, as rliable has it (Agarwal et al.)."
)


def show_forest(asked: Asked) -> None:
    """A line for each method, under its data set; dashed lines are what it has to beat."""
    (metric,) = asked.metrics
    for data in asked.axes.data:
        scores = loaders.study_scores(asked.folder, data, (metric,), asked.setting)
        rows, marked = forest_rows(scores, metric, asked.about)
        title = f"{asked.titles[metric]} on {data}"
        _chart(forest(rows, title, marked=marked), f"forest.{data}", f"{title}: {len(rows)} methods with intervals.")
        st.caption(escaped(loaders.study_note(asked.folder, data, metric, asked.about, asked.setting)))


def show_curves(asked: Asked, axis: str) -> None:
    """A line for each method over the values of a setting, for each data set."""
    (metric,) = asked.metrics
    for data in asked.axes.data:
        curves = loaders.study_curves(asked.folder, data, metric, axis, asked.about, _others(asked, axis))
        if not curves:
            continue
        figure = curves_figure(
            curves, setting=axis_title(axis), metric=asked.titles[metric], title=f"{asked.titles[metric]} on {data}"
        )
        words = f"{asked.titles[metric]} of {len(curves)} methods against {axis_title(axis)} on {data}."
        _chart(figure, f"curves.{axis}.{data}", words)
        st.caption(escaped(loaders.study_note(asked.folder, data, metric, asked.about, asked.setting)))


def show_bands(asked: Asked) -> None:
    """Head, medium and tail labels: the gain of each method over one of them."""
    (metric,) = asked.metrics
    methods = list(asked.axes.methods)
    reference = st.selectbox(
        "Gain over",
        methods,
        format_func=lambda name: f"gain over {plain(name)}",
        key=f"study.over.{asked.folder.name}",
        label_visibility="collapsed",
        width=320,
    )
    for data in asked.axes.data:
        found = loaders.study_bands(asked.folder, data, metric, asked.setting, reference)
        if found.points:
            title = f"gain in {asked.titles[metric]}"
            words = f"Gains in {asked.titles[metric]} by label frequency on {data}."
            _chart(bands_figure(found.points, metric=title, gain=True, title=data), f"bands.{data}", words)
        if found.words:
            st.caption(escaped(found.words))


def show_ranks(asked: Asked) -> None:
    """Mean ranks over data sets, lines under methods that are not told apart, and how often one is ahead of another."""
    (metric,) = asked.metrics
    found = loaders.study_ranks(asked.folder, metric, asked.setting)
    st.markdown(escaped(found.words[0]))
    if not found.ranks:
        return
    _chart(ranks_figure(found.ranks, found.cliques, found.critical), "ranks", found.words[0])
    for line in found.words[1:]:
        st.caption(escaped(line))
    st.markdown("**Probability of improvement**", help=IMPROVEMENT)
    pairs = [
        {"method": name, "over": other, "probability": share}
        for name, of in found.improvement.items()
        for other, share in of.items()
        if share >= 0.5
    ]
    inert_table(
        sorted(pairs, key=lambda pair: -float(pair["probability"])),
        hide_index=True,
        key=f"study.improvement.{asked.folder.name}",
        height=min(35 * len(pairs) + 38, 400),
        width="content",
        column_config={"probability": st.column_config.NumberColumn(format="%.2f")},
        alt=f"How often one method is ahead of another one, for {len(pairs)} pairs.",
    )


def _others(asked: Asked, axis: str) -> Setting:
    """The setting without an axis, whose values are all shown."""
    return tuple((name, value) for name, value in asked.setting if name != axis)


def _chart(figure: "go.Figure", key: str, alt: str) -> None:
    st.plotly_chart(figure, key=f"study.{key}", config=NO_BAR, alt=alt)
