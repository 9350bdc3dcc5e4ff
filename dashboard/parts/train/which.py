"""The panel "Which is better here?": the question, or the study that answers it, on both sides of the Train page."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.formatting import escaped, shortened
from dashboard.figures.study_words import listed
from dashboard.parts.frame.live import errors_in_one_line
from dashboard.parts.train.run_setup import ask_which
from dashboard.parts.train.which_answer import show_study, shown_study
from dashboard.parts.train.which_form import FIRST, show_form
from mlcl_core.studies.file import WHICH_PREFIX
from mlcl_core.studies.which import AS_SET_UP, record_of

EARLIER, MAX_TITLE = 6, 120  # questions that are listed, characters of each
TITLE = "**Which method is better here?**"
WHAT_COMES = (
    "The methods below are trained on the same data with the same seeds. Each is then judged by test items that it has "
    "not seen: the answer says which is better, by how much, and how sure that is. It grows while the trainings go on; "
    "the page can be left meanwhile."
)


def show_which(left: Any, right: Any) -> None:
    """Draw both sides of the page.

    Args:
        left, right: Containers.
    """
    with errors_in_one_line():
        study = shown_study()
        if study is not None:
            show_study(study, left, right)
            return
        with right:
            plan = show_form()
        with left:
            st.markdown(TITLE)
            _show_methods(plan)
            _show_earlier()


def _show_methods(plan: Sequence[str]) -> None:
    """What is going to be done, and what each chosen method is."""
    if plan:
        st.markdown("\n".join(f"* {escaped(sentence)}" for sentence in plan))
    st.caption(WHAT_COMES)
    chosen = st.session_state.get(state.WHICH_METHODS, FIRST)
    records = [record_of(one) for one in chosen if one != AS_SET_UP]
    st.markdown("\n".join(f"* **{escaped(record.title)}**: {escaped(record.summary)}" for record in records))


def _show_earlier() -> None:
    """The newest questions of this home directory, each with a way to its answer."""
    rows = [row for row in loaders.study_rows() if row.folder.name.startswith(WHICH_PREFIX) and row.status is not None]
    if not rows:
        return
    st.markdown("**Asked before**")
    for row in rows[:EARLIER]:
        st.button(
            escaped(shortened(listed(row.title, row.status, row.changed), MAX_TITLE)),
            type="tertiary",
            key=f"which.earlier.{row.folder.name}",
            on_click=ask_which,
            args=(row.folder.name,),
        )
