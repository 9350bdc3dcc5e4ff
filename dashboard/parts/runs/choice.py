"""Which runs are shown, in which order and columns: one search field, a filter for each choice, a tree of branches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.formatting import plain
from dashboard.figures.run_table import FIRST_COLUMNS, Wanted, columns, loss_of, rule_of
from dashboard.parts.fields.number_field import KEEP
from mlcl_core.runs.listing import RunRow

FILTERS: dict[str, tuple[str, Callable[[RunRow], Sequence[str]]]] = {
    "states": ("State", lambda row: (row.state,)),
    "data": ("Data", lambda row: (row.data,)),
    "losses": ("Loss", lambda row: (loss_of(row),)),
    "rules": ("Rule", lambda row: (rule_of(row),)),
    "tags": ("Tag", lambda row: row.tags),
}


@dataclass(frozen=True)
class Order:
    """The order of the rows, and what is shown of each."""

    by: str
    falling: bool
    tree: bool
    columns: Sequence[str]
    curve: str


def choose_order() -> Order:
    """The controls beside the headline."""
    from mlcl_core.metrics import HEADLINE, LIVE_METRICS

    known = columns()
    sortable = [name for name, column in known.items() if column.sortable]
    by = st.selectbox(
        "Sort by",
        sortable,
        index=sortable.index("started"),
        format_func=lambda name: f"by {known[name].title}" if name in known else name,
        key=state.RUNS_SORT,
        persist_state=KEEP,
        label_visibility="collapsed",
        width=170,
    )
    falling = st.toggle("Falling", value=True, key=state.RUNS_FALLING, persist_state=KEEP, help="Highest, newest first")
    tree = st.toggle("Tree", key=state.RUNS_TREE, persist_state=KEEP, help="Each branch below its parent")
    with st.popover("Columns", icon=":material/view_column:"):
        chosen = st.multiselect(
            "Columns",
            list(known),
            default=list(FIRST_COLUMNS),
            format_func=lambda name: known[name].title if name in known else name,
            key=state.RUNS_COLUMNS,
            persist_state=KEEP,
        )
        curve = st.selectbox(
            "Metric of the curve",
            list(LIVE_METRICS),
            index=list(LIVE_METRICS).index(HEADLINE.name),
            format_func=lambda name: LIVE_METRICS[name].title if name in LIVE_METRICS else name,
            key=state.RUNS_CURVE,
            persist_state=KEEP,
        )
    names = list(dict.fromkeys([*chosen, "name"]))  # rows without a name could not be told apart
    return Order(str(by), falling, tree, [name for name in known if name in names], str(curve))


def wants_studies() -> bool:
    """Whether the cells of studies are listed too."""
    return bool(state.get(state.RUNS_STUDIES, False))


def choose_studies() -> None:
    """The switch for the cells of studies, with their number; nothing where there is none."""
    if count := len(loaders.runs(studies=True)) - len(loaders.runs()):
        st.toggle(f"Studies ({count:,})", key=state.RUNS_STUDIES, persist_state=KEEP, help="The cells of studies too")


def choose_wanted(rows: Sequence[RunRow]) -> Wanted:
    """The search field and the filters."""
    places = st.columns([2, *[1] * len(FILTERS)], gap="small")
    with places[0]:
        words = st.text_input(
            "Search",
            key=state.RUNS_WORDS,
            persist_state=KEEP,
            placeholder="Search names, notes, tags, settings, errors",
            label_visibility="collapsed",
        )
    found: dict[str, list[str]] = {}
    for place, (name, (title, values_of)) in zip(places[1:], FILTERS.items(), strict=True):
        there = sorted({value for row in rows for value in values_of(row) if value})
        key = state.RUNS_FILTERS[name]
        # a value that no run has any more is no option
        if key in st.session_state:
            st.session_state[key] = [value for value in st.session_state[key] if value in there]
        with place:
            found[name] = st.multiselect(
                title,
                there,
                format_func=plain,
                key=key,
                persist_state=KEEP,
                placeholder=title,
                label_visibility="collapsed",
            )
    return Wanted(words=words or "", **found)
