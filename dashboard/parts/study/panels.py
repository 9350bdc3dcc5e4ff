"""The numbers of a study, panel by panel: tables, forest, curves, bands, ranks, cells, and how it was made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.formatting import escaped, plain
from dashboard.figures.study_scores import ABOUT
from dashboard.figures.study_words import axis_title, metric_title
from dashboard.loaders import StudyAxes
from dashboard.loaders.study_grid import Setting
from dashboard.parts.fields.number_field import KEEP
from dashboard.parts.study.asked import Asked
from dashboard.parts.study.cells import show_cells
from dashboard.parts.study.charts import show_bands, show_curves, show_forest, show_ranks
from dashboard.parts.study.made import show_made
from dashboard.parts.study.tables import show_tables
from mlcl_core.studies.folder import StudyFolder

FIRST_METRICS = ("macro_f1", "micro_f1")
ONE, SEVERAL = "one", "several"  # metrics
INTERVALS = (
    "The method: other test items and other seeds, as a sentence about a loss needs. These models: other test items, "
    "the models as they were trained."
)


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        show: Draws it.
        metrics: Whether it shows ``one`` metric or ``several``; empty: none.
        intervals: Whether what its intervals are about can be chosen.
        setting: Whether methods are compared at a setting of the further axes.
    """

    show: Callable[[Asked], None]
    metrics: str = ONE
    intervals: bool = False
    setting: bool = False


def chosen_metrics() -> tuple[str, ...]:
    """The metrics of this session; those of the answer until others are chosen."""
    from mlcl_core.metrics import FINAL_METRICS

    chosen: list[str] = st.session_state.get(state.STUDY_METRICS) or []
    return tuple(name for name in chosen if name in FINAL_METRICS) or FIRST_METRICS


def chosen_setting(name: str, axes: StudyAxes) -> Setting:
    """The value of each further axis in this session, else the usual one."""
    found = []
    for axis, values in axes.others.items():
        value = st.session_state.get(_setting_key(name, axis), axes.usual[axis])
        found.append((axis, value if value in values else axes.usual[axis]))
    return tuple(found)


def show_panels(folder: StudyFolder) -> None:
    """Draw the choice of a panel, of metrics and of a setting, then the panel."""
    axes = loaders.study_axes(folder)
    panels = _panels(axes)
    if st.session_state.get(state.STUDY_PANEL) not in panels:
        st.session_state[state.STUDY_PANEL] = next(iter(panels))
    panel = st.segmented_control(
        "Panel",
        list(panels),
        format_func=escaped,
        required=True,
        key=state.STUDY_PANEL,
        persist_state=KEEP,
        label_visibility="collapsed",
    )
    chosen = panels[str(panel)]
    chosen.show(_ask(folder, axes, chosen))


def _panels(axes: StudyAxes) -> dict[str, Panel]:
    return {
        "Tables": Panel(show_tables, metrics=SEVERAL, intervals=True, setting=True),
        "Forest plot": Panel(show_forest, intervals=True, setting=True),
        **{
            f"By {axis_title(axis)}": Panel(partial(show_curves, axis=axis), intervals=True, setting=True)
            for axis in axes.numeric
        },
        "By label frequency": Panel(show_bands, setting=True),
        **({"Over data sets": Panel(show_ranks, setting=True)} if len(axes.data) > 1 else {}),
        "Cells": Panel(show_cells, metrics=SEVERAL),
        "How it was made": Panel(show_made, metrics=""),
    }


def _ask(folder: StudyFolder, axes: StudyAxes, panel: Panel) -> Asked:
    from mlcl_core.metrics import FINAL_METRICS

    titles = {name: metric_title(record.title, record.direction) for name, record in FINAL_METRICS.items()}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if panel.metrics == SEVERAL:
            _ask_metrics(titles)
        elif panel.metrics == ONE:
            _ask_metric(titles)
        if panel.intervals:
            _ask_interval()
        if panel.setting:
            _ask_setting(folder.name, axes)
    metrics = (str(st.session_state[state.STUDY_METRIC]),) if panel.metrics == ONE else chosen_metrics()
    about = str(state.get(state.STUDY_INTERVAL, ABOUT[0]))
    return Asked(folder, axes, metrics, titles, about, chosen_setting(folder.name, axes))


def _ask_interval() -> None:
    st.segmented_control(
        "Intervals are about",
        ABOUT,
        required=True,
        default=ABOUT[0],
        key=state.STUDY_INTERVAL,
        persist_state=KEEP,
        label_visibility="collapsed",
        help=INTERVALS,
    )


def _ask_setting(name: str, axes: StudyAxes) -> None:
    for axis, values in axes.others.items():
        st.selectbox(
            escaped(axis_title(axis)),
            values,
            index=values.index(axes.usual[axis]),
            format_func=partial(_value_words, axis_title(axis)),
            key=_setting_key(name, axis),
            persist_state=KEEP,
            label_visibility="collapsed",
            width=210,
            help="Methods are compared at this value.",
        )


def _ask_metrics(titles: Mapping[str, str]) -> None:
    st.multiselect(
        "Metrics",
        list(titles),
        default=[name for name in FIRST_METRICS if name in titles],
        format_func=lambda name: titles.get(name, name),
        key=state.STUDY_METRICS,
        persist_state=KEEP,
        placeholder="Metrics",
        label_visibility="collapsed",
        width=460,
    )


def _ask_metric(titles: Mapping[str, str]) -> None:
    if st.session_state.get(state.STUDY_METRIC) not in titles:
        st.session_state[state.STUDY_METRIC] = chosen_metrics()[0]
    st.selectbox(
        "Metric",
        list(titles),
        format_func=lambda name: titles.get(name, name),
        key=state.STUDY_METRIC,
        persist_state=KEEP,
        label_visibility="collapsed",
        width=220,
    )


def _value_words(title: str, value: object) -> str:
    return plain(f"{title}: {value}")


def _setting_key(name: str, axis: str) -> str:
    return f"study.at.{name}.{axis}"
