"""The question "Which is better here?": methods, seeds and minutes, the plan that follows from them, and its start."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from dashboard import state
from dashboard.access import require_teacher
from dashboard.figures.formatting import escaped, plain
from dashboard.figures.which_words import FEW_SEEDS, KNOWN, TIMED, UNTIMED, plan_words
from dashboard.parts.fields.config_field import said, title_of
from dashboard.parts.fields.number_field import KEEP
from dashboard.parts.train.run_setup import changes, chosen_config, form_preset, refusal_of
from dashboard.parts.train.setup_form import choose_data
from mlcl_core.engine.config import TrainConfig
from mlcl_core.errors import InputError, RunFailed
from mlcl_core.home_directory import home_directory
from mlcl_core.statistics import MIN_SEEDS
from mlcl_core.studies.folder import study_folders
from mlcl_core.studies.launch import start_study
from mlcl_core.studies.training_time import TrainingTime, mean_time, timed_apart
from mlcl_core.studies.which import (
    AS_SET_UP,
    MAX_SEEDS,
    Plan,
    check_methods,
    choices,
    earlier_times,
    free_study_name,
    make_plan,
    method_config,
    method_value,
    study_file,
)

FIRST = ["rule:all_equal", "rule:any_shared", "rule:similarity_dissimilarity"]
SEEDS, MINUTES, MAX_MINUTES = 3, 10, 7 * 24 * 60


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        config: What all methods have in common.
        methods: Keys of :func:`mlcl_core.studies.which.choices`.
        seeds: Number of seeds.
        minutes: To spend.
        tune: Whether each method's learning rate is chosen.
    """

    config: TrainConfig
    methods: tuple[str, ...]
    seeds: int
    minutes: float
    tune: bool

    def key(self, method: str) -> str:
        """What the time of a method depends on."""
        return json.dumps([method_config(self.config, method).model_dump(exclude={"seed"}), method])


def show_form() -> list[str]:
    """Draw Start on top, then the fields; returns what would be done, in sentences; empty: that is not known yet."""
    top = st.container()
    choose_data()
    methods = _methods()
    config, wrong = None, None
    with st.container():
        try:
            config = chosen_config()[0]
            _check(config, methods)
        except InputError as error:
            wrong = str(error)
            st.error(escaped(wrong), icon=":material/error:")
    left, right = st.columns(2)
    with left:
        seeds = st.number_input(
            "Seeds", 1, MAX_SEEDS, SEEDS, key=state.WHICH_SEEDS, persist_state=KEEP, help="Trainings of each method."
        )
    with right:
        minutes = st.number_input(
            "Minutes to spend", 1, MAX_MINUTES, MINUTES, key=state.WHICH_MINUTES, persist_state=KEEP, help=UNTIMED
        )
    if seeds < MIN_SEEDS:
        st.caption(f":orange[:material/warning:] {FEW_SEEDS}")
    tune = st.toggle(
        "Tune each method's learning rate",
        key=state.WHICH_TUNE,
        persist_state=KEEP,
        help="The same number of further trainings for each method, judged by validation items.",
    )
    _show_common()
    question = None
    if config is not None and wrong is None:
        question = Question(config, tuple(methods), int(seeds), float(minutes), bool(tune))
    with top:
        return _show_start(question)


def _methods() -> list[str]:
    titles = {AS_SET_UP: "The loss of New run, as it is set up", **choices()}
    st.session_state.setdefault(state.WHICH_METHODS, FIRST)
    found: list[str] = st.multiselect(
        "Methods, two to six",
        list(titles),
        format_func=lambda one: plain(titles.get(str(one), str(one))),
        key=state.WHICH_METHODS,
        persist_state=KEEP,
        placeholder="Choose methods",
        help="Suggestions first; each further loss and rule below. One with other parameters: set it up in New run.",
    )
    return found


def _check(config: TrainConfig, methods: Sequence[str]) -> None:
    """Refuse what needs no data to be refused."""
    check_methods(config, methods)
    for one in methods:
        if refused := refusal_of(method_config(config, one)):
            raise InputError(f"{method_value(config, one)['name']}: {refused}")


def _show_common() -> None:
    """What all methods have in common, and where it is changed."""
    with suppress(InputError):
        found = [
            f"{title_of(path).lower()} {said(now)}"
            for path, (now, _) in changes(form_preset()).items()
            if not path.startswith(("loss", "rule.", "logit_params.", "name"))
        ]
        words = (
            f"Everything else is as in New run: {', '.join(found)}." if found else "Everything else is the preset's."
        )
        st.caption(escaped(words))


# ---- plan and start


def _show_start(question: Question | None) -> list[str]:
    plan, wrong = None, st.session_state.pop(state.WHICH_ERROR, None)
    if question is not None and st.session_state.pop(state.WHICH_TIME, False):
        wrong = _time(question) or wrong
    times, source = _times(question) if question is not None else ({}, "")
    known = question is not None and all(one in times for one in question.methods)
    if question is not None and known:
        try:
            plan = _plan(question, list(times.values()))
        except InputError as error:
            wrong = wrong or str(error)
    title, act = ("Start", _start) if known else ("See what fits", _ask_time)
    st.button(
        title,
        icon=":material/play_arrow:" if known else ":material/timer:",
        type="primary",
        key="which.start",
        width="stretch",
        disabled=question is None or (known and plan is None),
        on_click=act,
        args=(question,),
        help=None if known else UNTIMED,
    )
    with st.container():
        if wrong:
            st.error(escaped(wrong), icon=":material/error:")
        if plan is None or question is None:
            return []
        rates = tuple(plan.file.tuned[1]) if plan.file.tuned else ()
        first, *more = plan_words(plan, question.minutes, rates, source)
        st.markdown(f"**{escaped(first)}**")
        return more


def _ask_time(_: Question | None) -> None:
    """Callback: the page, drawn next, trains a short piece and shows meanwhile what it does."""
    st.session_state[state.WHICH_TIME] = True


def _time(question: Question) -> str | None:
    """Train a short piece of each method whose time is not known; returns why it cannot be."""
    times, _ = _times(question)
    missing = [one for one in question.methods if one not in times]
    epochs = question.config.training.epochs
    try:
        require_teacher()
        with st.spinner(f"Training a short piece of {len(missing)} method{'s'[: len(missing) != 1]}…", show_time=True):
            found = timed_apart(study_file(question.config, missing, 1, epochs, tune=False, name="time"))
    except (InputError, RunFailed, OSError) as error:
        return str(error)
    kept: dict[str, TrainingTime] = st.session_state.setdefault(state.WHICH_TIMES, {})
    kept |= {question.key(one): found[str(method_value(question.config, one)["name"])] for one in missing}
    return None


def _times(question: Question) -> tuple[dict[str, TrainingTime], str]:
    """How long each method takes, where that is known, and how it is known."""
    measured: dict[str, TrainingTime] = st.session_state.get(state.WHICH_TIMES, {})
    found = {one: measured[key] for one in question.methods if (key := question.key(one)) in measured}
    source = TIMED
    if len(found) < len(question.methods):
        earlier = earlier_times(home_directory(), question.config)
        names = {one: str(method_value(question.config, one)["name"]) for one in question.methods}
        found = {one: earlier[name] for one, name in names.items() if name in earlier and one not in found} | found
        source = KNOWN
    return found, source


def _plan(question: Question, times: Sequence[TrainingTime]) -> Plan:
    taken = [folder.name for folder in study_folders(home_directory())]
    return make_plan(
        question.config,
        question.methods,
        question.seeds,
        question.minutes,
        mean_time(times),
        tune=question.tune,
        name=free_study_name(question.config, taken),
    )


def _start(question: Question) -> None:
    """Callback: start the study, and show it."""
    try:
        require_teacher()
        plan = _plan(question, list(_times(question)[0].values()))
        folder = start_study(home_directory(), plan.file)
    except (InputError, OSError) as error:
        st.session_state[state.WHICH_ERROR] = str(error)
        return
    st.session_state[state.WHICH_STUDY] = folder.name
