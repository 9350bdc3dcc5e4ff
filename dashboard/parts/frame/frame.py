"""The frame of every page: the menu, the run bar, and what its clouds need once."""

from contextlib import suppress
from typing import Any

import streamlit as st

from dashboard import links, loaders, state, warm
from dashboard.access import COOKIE, PARAMETER, may_act, token
from dashboard.components.cloud import library
from dashboard.components.connection import watch_connection
from dashboard.components.remember import remember
from dashboard.page_files import page_file
from dashboard.parts.frame.address import show_link_problems
from dashboard.parts.frame.current import current_run
from dashboard.parts.frame.header import show_header
from dashboard.parts.frame.live import errors_in_one_line
from dashboard.parts.frame.run_bar import show_run_bar
from dashboard.parts.learn.lesson_state import cross
from dashboard.style import FRAME, TOKENS
from mlcl_core.errors import InputError

# in the order of the menu; a page without a file has no entry
PAGES = {
    "start": ("MLCL Lab", ":material/home:"),
    "learn": ("Learn", ":material/school:"),
    "relations": ("Relations", ":material/grid_on:"),
    "data": ("Data", ":material/table_rows:"),
    "train": ("Train", ":material/play_circle:"),
    "runs": ("Runs", ":material/list_alt:"),
    "map": ("Map", ":material/scatter_plot:"),
    "anchor": ("Anchor", ":material/anchor:"),
    "compare": ("Compare", ":material/compare_arrows:"),
    "study": ("Study", ":material/science:"),
}
FIRST, START = "train", "start"


def pages() -> list[Any]:
    """The existing pages: in a wheel those inside the package, in a clone the top-level ones."""
    there = [name for name in PAGES if page_file(name).is_file()]
    return [
        st.Page(
            page_file(name),
            title=PAGES[name][0],
            icon=PAGES[name][1],
            default=name == FIRST,
            url_path=None if name == FIRST else name,
            visibility="hidden" if name == START else "visible",
        )
        for name in there
    ]


def show_frame(page: Any) -> None:
    """Run bar and timeline, then the page, then what its clouds need once."""
    _greet(page)
    st.html(TOKENS)
    st.html(FRAME)
    show_header(list(PAGES))
    st.session_state[state.FRAGMENTS] = ()
    with errors_in_one_line():
        cross(learning=page.url_path == "learn")
        links.restore(page.url_path or FIRST)
        show_run_bar()
        show_link_problems()
        if page.url_path != START:  # it waits itself, below what needs no engine
            _wait_for_torch()
        page.run()
        run, shipped = current_run(), None
        with suppress(InputError):  # reported by the parts of the page
            if page.url_path == START:
                shipped = loaders.sample_items()
            elif run is not None:
                shipped = loaders.items_message(run)
        library(shipped[1] if shipped else None)
        _keep_teacher()
        _watch_connection()
        st.session_state[state.LINK_BEGUN] = True


def _greet(page: Any) -> None:
    """Lead to the first screen where "/" is opened, its link names nothing, and recorded runs are all there is."""
    first = state.OPENED not in st.session_state
    st.session_state[state.OPENED] = True
    if not first or page.url_path not in (None, "") or not links.names_nothing():
        return
    with suppress(InputError, OSError):  # reported by the page
        if all(loaders.is_sample(run) for run in loaders.store().runs()):
            may_act()  # the token of the address is taken before the address changes
            st.switch_page(page_file(START))


def _wait_for_torch() -> None:
    """Wait until torch is imported, after the run bar is painted; pages may then import what needs it."""
    place = st.empty()  # present in every rerun, so that the elements below keep their identity
    if not warm.done():
        place.caption("Loading the engine: a few seconds, once.")
        warm.wait()
        st.rerun()  # the timeline marks what only the engine can name


def _watch_connection() -> None:
    """The notice for a server that does not answer; a viewer cannot restart it and reads only where it runs."""
    title = "The Lab's dashboard does not answer."
    if not may_act():
        watch_connection(title, "It runs on the teacher's computer. This page continues by itself once it is back.")
        return
    watch_connection(
        title,
        "Training continues in a process of its own; nothing is lost. Start the dashboard again in a terminal, and "
        "this page continues by itself:",
        "mlcl app" if token() is None else "mlcl app --class",
    )


def _keep_teacher() -> None:
    """In class mode the teacher's browser keeps the token over a reload, and its address stops showing it."""
    secret = token()
    if secret is not None and may_act():
        remember(COOKIE, secret)
        if PARAMETER in st.query_params:  # students read the teacher's screen
            links.write(first=True)
