"""Branch: a new run that repeats this one up to a step, and goes its own way from there."""

from typing import Any

import streamlit as st

from dashboard import loaders, state
from dashboard.access import require_teacher, shown
from dashboard.figures.formatting import escaped
from dashboard.parts.frame.current import choose_run
from dashboard.parts.train.change_fields import change_fields
from mlcl_core.errors import InputError
from mlcl_core.runs.branch import Branch, begins, branch
from mlcl_core.runs.run import Run

OPEN, STARTED = "branch.open", "branch.started"
HELP = "Start a new run that repeats this one up to a step, and goes on from there with other settings."


def branch_popover(run: Run) -> None:
    """The button, and the form that it opens: the step, what is repeated, the settings, a name."""
    at = f"branch.at.{run.id}"
    if st.session_state.pop(STARTED, False):
        st.session_state[OPEN] = False
    with st.popover(
        "Branch", icon=":material/call_split:", help=HELP, key=OPEN, on_change=_place, args=(run, at)
    ) as popover:
        if popover.open:
            with st.container(width=440):  # narrow, so that the rest of the page stays in sight
                _form(run, at)


def _place(run: Run, at: str) -> None:
    """Callback: begin with the step of the timeline, which goes on while the form is open."""
    st.session_state[at] = _placed(run)


def _placed(run: Run) -> int:
    """The step of the timeline, before the last of the training, after which nothing is left to train."""
    status = run.written_status()
    steps = [step for step in run.frame_steps() if step < status.total]
    wanted = loaders.nearest_step(steps, st.session_state.get(state.STEP))
    return status.step if wanted is None else wanted


def _form(run: Run, at: str) -> None:
    if at not in st.session_state:
        st.session_state[at] = _placed(run)
    step = int(st.number_input("From step", min_value=0, step=1, key=at, help="The settings change after this step."))
    try:
        begun = begins(run, step, loaders.events(run))
    except InputError as error:
        st.markdown(f":orange[:material/warning: {escaped(shown(str(error)))}]")
        return
    st.caption(repeated_words(begun))
    now = loaders.config_at(run, step)
    key = f"branch.{run.id}.{step}"
    choices, form = st.container(), st.form("branch.form", border=False)
    with choices:
        settings = change_fields(now, key, within=form)
    with form:
        name = st.text_input("Name", key=f"branch.name.{run.id}", placeholder=f"{run.name} at {step}")
        if st.form_submit_button("Start the branch", type="primary", icon=":material/call_split:"):
            _start(run, step, settings, name)


def repeated_words(begun: Branch) -> str:
    """With which checkpoint a branch would begin, and how many steps are trained again."""
    again, name = begun.at - begun.checkpoint, escaped(begun.parent.name)
    steps = "1 step is" if again == 1 else f"{again:,} steps are"
    steps = f"{steps} trained again, as they were" if again else "no step is trained again"
    return f"It begins with the checkpoint at step {begun.checkpoint:,}: {steps}. **{name}** stays as it is."


def _start(run: Run, at: int, settings: dict[str, Any], name: str) -> None:
    try:
        require_teacher()
        with st.spinner("Reading the data"):
            made = branch(loaders.store(), run, at, settings, name.strip() or None)
    except (InputError, OSError) as error:
        st.error(escaped(shown(str(error))), icon=":material/error:")
        return
    choose_run(made)
    st.session_state[STARTED] = True
    st.rerun()


__all__ = ["branch_popover", "repeated_words"]
