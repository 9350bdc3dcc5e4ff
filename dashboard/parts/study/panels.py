"""The numbers of a study, panel by panel: tables, forest, curves, bands, ranks, cells, and how it was made."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.formatting import escaped, plain
from dashboard.figures.study_scores import ABOUT
from dashboard.figures.study_words import axis_title
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
TABLES, CELLS = "Tables", "Cells"
SEVERAL = (TABLES, CELLS)  # panels with a column for each metric; the others show one
INTERVALS = (
    "The method: other test items and other seeds, as a sentence about a loss needs. These models: other test items, "
    "the models as they were trained."
)


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
    panels[str(panel)](_ask(folder, axes, several=panel in SEVERAL))


def _panels(axes: StudyAxes) -> Mapping[str, Callable[[Asked], None]]:
    return {
        TABLES: show_tables,
        "Forest plot": show_forest,
        **{f"By {axis_title(axis)}": partial(show_curves, axis=axis) for axis in axes.numeric},
        "By label frequency": show_bands,
        **({"Over data sets": show_ranks} if len(axes.data) > 1 else {}),
        CELLS: show_cells,
        "How it was made": show_made,
    }


def _ask(folder: StudyFolder, axes: StudyAxes, *, several: bool) -> Asked:
    from mlcl_core.metrics import FINAL_METRICS

    titles = {name: record.title for name, record in FINAL_METRICS.items()}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if several:
            _ask_metrics(titles)
        else:
            _ask_metric(titles)
        about = st.segmented_control(
            "Intervals are about",
            ABOUT,
            required=True,
            default=ABOUT[0],
            key=state.STUDY_INTERVAL,
            persist_state=KEEP,
            label_visibility="collapsed",
            help=INTERVALS,
        )
        for axis, values in axes.others.items():
            st.selectbox(
                escaped(axis_title(axis)),
                values,
                index=values.index(axes.usual[axis]),
                format_func=partial(_value_words, axis_title(axis)),
                key=_setting_key(folder.name, axis),
                label_visibility="collapsed",
                width=210,
                help="Methods are compared at this value.",
            )
    metrics = chosen_metrics() if several else (str(st.session_state[state.STUDY_METRIC]),)
    return Asked(folder, axes, metrics, titles, str(about), chosen_setting(folder.name, axes))


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
