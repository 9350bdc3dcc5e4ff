"""The run bar of every page: the run, its buttons (start, pause, step, resume, stop), and the worker's answer."""

from contextlib import suppress
from time import time
from typing import Any

import streamlit as st

from dashboard import loaders, state, warm
from dashboard.access import may_act, read_only, require_teacher, shown
from dashboard.figures.formatting import ago, duration, escaped
from dashboard.figures.run_facts import run_facts
from dashboard.figures.timeline import describe_settings
from dashboard.parts.frame.address import show_address
from dashboard.parts.frame.bar_form import BarForm, bar_form, presents
from dashboard.parts.frame.branch import branch_popover
from dashboard.parts.frame.current import POLL_SECONDS, choose_run, current_run, follows, refresh_interval
from dashboard.parts.frame.live import in_one_line, live
from dashboard.parts.frame.study_line import show_study_line, study_under_way
from dashboard.parts.frame.timeline import show_timeline
from dashboard.parts.train.run_setup import FIRST_PRESET, change_words, preset_words, start_from_setup
from mlcl_core.errors import InputError
from mlcl_core.runs import control, launch
from mlcl_core.runs.records import RESUMABLE, Status
from mlcl_core.runs.run import Run

DOTS = {
    "queued": "◌",
    "running": "●",
    "paused": "‖",
    "finished": "✓",
    "stopped": "■",
    "failed": "✗",
    "interrupted": "!",
}
NEXT = {
    "interrupted": "Its process has ended. Nothing written is lost: Resume continues from the last checkpoint.",
    "failed": "Resume tries again from the last checkpoint.",
}
SILENT = "Its process has been silent for more than ten seconds. When it answers again, this page continues by itself."
FOLLOW_SECONDS = 3.0  # between two checks for the teacher's next run, and of how far a study is


def show_run_bar() -> Run | None:
    """Draw selector, buttons, progress and timeline, as much of it as the page has; return the current run."""
    run = current_run()
    st.session_state[state.RUN_SEEN] = signature(run)  # the whole page is being drawn for it: the bar asks no rerun
    if bar_form(run=run is not None) is BarForm.NONE:
        return run
    # a viewer needs no heartbeat every second: the server's time belongs to the cloud
    seconds = POLL_SECONDS if may_act() else 2 * POLL_SECONDS
    every = refresh_interval(run, seconds)
    if every is None and (follows() or study_under_way()):
        every = FOLLOW_SECONDS
    live(_bar, every=every, key="run.bar")
    return run


def _selector(run: Run | None) -> None:
    runs = {one.id: one for one in loaders.runs()}
    if run is not None:
        runs.setdefault(run.id, run)  # the cell of a study, which the list leaves out

    def title(run_id: str) -> str:
        if run_id not in runs:
            return "no run yet"
        return f"{DOTS.get(runs[run_id].status().state, '')} {runs[run_id].name}"

    def chosen() -> None:
        # the title of a run changes with its state, so the choice may name a title that is gone
        if (run := runs.get(st.session_state["run.choice"])) is not None:
            choose_run(run)

    st.session_state["run.choice"] = run.id if run else None
    st.selectbox(
        "Run",
        list(runs),
        format_func=title,
        key="run.choice",
        on_change=chosen,
        label_visibility="collapsed",
        disabled=not runs,
        placeholder="no run yet",
    )


def signature(run: Run | None) -> tuple[Any, ...]:
    """What the whole page depends on: a change redraws all of it, not only the bar."""
    if run is None:
        return (None,)
    status = run.status()
    # the progress within a phase concerns only the bar
    phase = (status.phase or "").partition(":")[0]
    return (run.id, status.state, phase, loaders.has_watched_items(run), tuple(run.map_names()))


def _bar() -> None:
    run = current_run()
    now = signature(run)
    if st.session_state.get(state.RUN_SEEN) not in (None, now):
        st.session_state[state.RUN_SEEN] = now
        st.rerun()
    st.session_state[state.RUN_SEEN] = now
    status = run.status() if run else None
    if run is not None and status is not None and not status.alive:
        with suppress(OSError, InputError):  # a read-only home: its runs keep the maps they have
            launch.attend(run)
    answer = _answer(run, status) if run is not None and status is not None else ""
    if bar_form(run=run is not None) is BarForm.LINE:
        with st.container(key="run-line", horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False):
            with st.container(width=220):
                _selector(run)
            _controls(run, status, answer)
    else:
        left, right = st.columns([1, 4.4], gap="small")
        with left:
            _selector(run)
            with st.container(key="run-answer", height=24, border=False):
                st.caption(answer or "&nbsp;")
        with right:
            with st.container(
                key="run-controls", horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False
            ):
                _controls(run, status)
            show_timeline(run)
            with st.container(key="run-facts", height=22, border=False):  # one line, present without a run too
                st.caption(facts_words(run) if run is not None else "&nbsp;")
    show_study_line()
    _notice(run, status)


def _controls(run: Run | None, status: Status | None, answer: str = "") -> None:
    """The buttons, the progress with the worker's answer, and the link."""
    if may_act():
        _buttons(run, status)
    else:
        st.caption(f":material/visibility: {read_only()}", width="content")
    _progress(status, answer)
    show_address(run)


def _notice(run: Run | None, status: Status | None) -> None:
    """One line about what went wrong, what the run waits for, or what its files lack."""
    notice = st.session_state.pop(state.NOTICE, None)
    if notice:
        st.error(escaped(shown(notice)), icon=":material/error:")
    elif run is not None and status is not None and status.state in NEXT:
        reason = f"{in_one_line(status.error)}. " if status.error else ""
        # one line, not a box, so that the cloud below stays in the window
        advice = SILENT if run.may_come_back() else NEXT[status.state] if may_act() else ""
        st.markdown(f":orange[:material/warning: **{status.state.capitalize()}.** {reason}{advice}]")
    elif status is not None and status.state == "queued" and status.waiting_for:
        st.info(f"Waiting for **{escaped(status.waiting_for)}**: one run at a time per device. It starts by itself.")
    elif status is not None and status.notice:
        st.markdown(f":orange[:material/warning: {in_one_line(status.notice)}]")
    elif run is not None and (problem := run.problem() or loaders.odd_events(run)):
        st.markdown(f":orange[:material/warning: {in_one_line(problem)}]")


def _answer(run: Run, status: Status) -> str:
    try:
        return request_words(run.requests(), loaders.events(run), alive=status.alive)
    except InputError as error:
        return in_one_line(str(error))  # the buttons beside it stay


def _buttons(run: Run | None, status: Status | None) -> None:
    alive, resumable = status is not None and status.alive, status is not None and status.state in RESUMABLE
    if run is not None and resumable:
        _button(
            "Resume", "resume", "bar.restart", _resume, run, primary=True, help="Continues from the last checkpoint."
        )
    if not (presents() or alive):  # Pause stands in its place
        _button(
            "Start",
            "play_arrow",
            "bar.start",
            start_from_setup,
            primary=not resumable,
            help="Start a new run with the set-up of the Train page (by default the preset icons).",
        )
    if alive and run is not None and status is not None:
        _steering_buttons(run, status)
    if run is not None:
        branch_popover(run)


def _steering_buttons(run: Run, status: Status) -> None:
    paused = status.state == "paused"
    if paused:
        _button("Resume", "resume", "bar.resume", _ask, run, "resume", primary=True)
    else:
        _button("Pause", "pause", "bar.pause", _ask, run, "pause", disabled=status.state != "running")
    _button(
        "+1 batch",
        "",
        "bar.step",
        _ask,
        run,
        "step",
        disabled=not paused,
        help="Train on one batch, then pause again. Pause first.",
    )
    _button("Stop", "stop", "bar.stop", _ask, run, "stop", help="Keeps all results. The run can be resumed.")


def _button(
    title: str,
    icon: str,
    key: str,
    action: Any,
    *args: Any,
    primary: bool = False,
    disabled: bool = False,
    help: str | None = None,
) -> None:
    st.button(
        title,
        icon=f":material/{icon}:" if icon else None,
        type="primary" if primary else "secondary",
        on_click=_try,
        args=(action, *args),
        key=key,
        disabled=disabled,
        help=help,
    )


def _try(action: Any, *args: Any) -> None:
    try:
        action(*args)
    except (InputError, OSError) as error:
        st.session_state[state.NOTICE] = str(error)


def _ask(run: Run, action: str) -> None:
    require_teacher()
    control.request(run, action)


def _resume(run: Run) -> None:
    require_teacher()
    launch.resume(run)
    choose_run(run)


def _progress(status: Status | None, answer: str) -> None:
    with st.container(width="stretch", key="run-progress"):
        if status is None and not may_act():
            st.caption("No run yet. When the teacher starts one, it appears here by itself.")
        elif status is None:
            name = str(state.get(state.setting("preset"), FIRST_PRESET))
            words = f"{preset_words(name)}{change_words()}"
            st.caption(f"Start trains the set-up of the Train page on this machine: {words}.")
        else:
            share = status.step / max(status.total, 1) if status.ready is None else status.ready
            st.progress(min(share, 1.0), text=" · ".join(filter(None, (progress_words(status, time()), answer))))


def facts_words(run: Run) -> str:
    """The run in one line, with the settings in force at the step of the timeline.

    An empty line until torch is loaded, which the record of the run's loss needs.
    """
    if not warm.done():
        return "&nbsp;"
    from mlcl_core.losses import LOSSES

    config = run.config()
    now = loaders.config_at(run, st.session_state.get(state.STEP))
    record = LOSSES.get(config.loss.name)
    return escaped(shown(" · ".join(run_facts(config, now, () if record is None else record.options))))


def progress_words(status: Status, now: float) -> str:
    """One line: state, step, time left, loss of the batch just trained on, heartbeat."""
    parts = [f"**{status.state}**"]
    if status.phase == "probing":
        parts.append("fitting the linear probe")
    elif status.phase == "starting" and status.alive and not status.step:
        parts.append("getting ready (data, network)")
    elif status.phase and (status.ready is not None or ":" in status.phase):
        parts.append(escaped(status.phase))
    parts.append(f"step {status.step:,} of {status.total:,}" if status.total else "")
    if status.state == "running" and status.eta is not None:
        parts.append(f"{duration(status.eta)} left")
    if status.state == "finished":
        parts.append(f"took {duration(status.seconds)}")
    if status.loss is not None:
        parts.append(f"batch loss {status.loss:.3f}")
    if status.state == "running" and status.last_step:
        parts.append(f"last step {ago(now - status.last_step)}")
    return " · ".join(part for part in parts if part)


def request_words(requests: list[dict[str, Any]], events: list[dict[str, Any]], *, alive: bool) -> str:
    """The last request and its answer: "Pause requested …" until the worker acknowledges it at a step."""
    if not requests:
        return ""
    last = requests[-1]
    what = escaped(
        f"set {describe_settings(last.get('settings') or {})}"
        if last["action"] == "set"
        else last["action"].capitalize()
    )
    answer = next((event for event in reversed(events) if event.get("request") == last["id"]), None)
    if answer is None:
        return f"{what} requested …" if alive else ""
    words = f"{what} acknowledged at step {answer.get('step', 0):,}"
    if "result" in answer:
        return f"{words}: {escaped(shown(str(answer['result'])))}"
    waits = f", from epoch {answer['from_epoch']:,} on" if "from_epoch" in answer else ""
    notice = f". {escaped(answer['notice'])}" if answer.get("notice") else ""
    return f"{words}{waits}{notice}"
