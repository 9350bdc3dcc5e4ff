"""Studies that ship and have not run: their plan in words, and the button that starts one."""

import streamlit as st

from dashboard import loaders
from dashboard.access import may_act, require_teacher
from dashboard.figures.formatting import escaped, shortened
from dashboard.parts.frame.empty import empty_place
from dashboard.parts.frame.live import in_one_line
from dashboard.parts.study.choose import choose, not_run
from dashboard.parts.study.progress import try_to
from mlcl_core.errors import InputError
from mlcl_core.home_directory import home_directory
from mlcl_core.studies.file import read_study
from mlcl_core.studies.launch import start_study

WHAT = (
    "A study crosses data, methods, settings and seeds, trains each cell of that grid, and says which method is "
    "better, by how much, and how sure that is."
)


def show_empty() -> None:
    """No study has run and none is chosen: what a study is, and those that ship."""
    with st.container(key="study-empty"):
        empty_place("study", f"No study has run here yet. {WHAT}")
    for name in not_run([]):
        with st.container(border=True, gap="xsmall"):
            _show_plan(name)
    if may_act():
        st.caption("`mlcl study FILE.json` in a terminal runs one of your own.")


def show_shipped(name: str) -> None:
    """The study that is chosen, which has not run."""
    st.info(f"This study has not run here yet. {WHAT}")
    with st.container(border=True, gap="xsmall"):
        _show_plan(name)


def _show_plan(name: str) -> None:
    try:
        plan = loaders.study_plan(name)
    except InputError as error:
        st.error(in_one_line(str(error)), icon=":material/error:")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{escaped(shortened(plan.title, 120))}**", width="stretch")
        if not plan.missing and may_act():
            st.button("Run", icon=":material/play_arrow:", key=f"study.run.{name}", on_click=_run, args=(name,))
    st.caption(escaped(plan.words))
    for line in plan.missing:
        st.caption(in_one_line(line))
    if not may_act():
        st.caption("The teacher can start it.")


def _run(name: str) -> None:
    def start() -> None:
        require_teacher()
        start_study(home_directory(), read_study(name))
        choose(name)

    try_to(start)
