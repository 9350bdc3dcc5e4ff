"""What the current run is compared with: a run, another step of it, or another rule."""

import streamlit as st

from dashboard import loaders, state
from dashboard.figures.formatting import plain
from dashboard.parts.compare.compared import KINDS, RULES, RUNS, STEPS, default_other, kind_of, others
from mlcl_core.runs.run import Run

RUN_FIELD, STEP_FIELD, RULE_FIELD, SAME = "compare.run", "compare.step", "compare.other_rule", "compare.same_step"


def show_choice(run: Run) -> None:
    """Draw the choice; the keys that links set are the truth, the fields follow them."""
    runs = others(run)
    _settle(run, runs)
    kind = kind_of(run)
    st.session_state[state.COMPARE_KIND] = kind
    st.segmented_control(
        "Compare with",
        KINDS,
        required=True,
        key=state.COMPARE_KIND,
        on_change=_choose_kind,
        args=(run,),
        label_visibility="collapsed",
        help="The current run at the step of the timeline is A, and B another run, or this run's own space seen by "
        "another rule. Of two steps of this run the earlier is A.",
    )
    if kind == RULES:
        _rule_field(run)
    elif kind == STEPS:
        _step_field(run)
    elif runs:
        _run_field(runs)


def _settle(run: Run, runs: list[Run]) -> None:
    """Without a choice: the nearest run on the same data; without any, the first step of this one.

    When the other run becomes the current one, the two change places.
    """
    before, chosen = st.session_state.get(state.COMPARE_FOR), st.session_state.get(state.COMPARE_WITH)
    if before is not None and before[0] != run.id and chosen == before[1]:  # another run, and no choice made for it
        steps = run.frame_steps()
        if chosen == run.id:
            st.session_state[state.COMPARE_WITH] = before[0]
        elif chosen == before[0] and st.session_state.get(state.COMPARE_WITH_STEP) is not None:
            st.session_state[state.COMPARE_WITH] = run.id
            st.session_state[state.COMPARE_WITH_STEP] = steps[0] if steps else None
    _fill(run, runs)
    st.session_state[state.COMPARE_FOR] = (run.id, st.session_state.get(state.COMPARE_WITH))


def _fill(run: Run, runs: list[Run]) -> None:
    asked = not runs and st.session_state.get(state.COMPARE_KIND) == RUNS  # for a run, where there is none
    if asked or st.session_state.get(state.COMPARE_RULE) or st.session_state.get(state.COMPARE_WITH):
        return
    other = default_other(run, runs)
    if other is not None:
        st.session_state[state.COMPARE_WITH] = other.id
    elif len(steps := run.frame_steps()) > 1:
        st.session_state[state.COMPARE_WITH] = run.id
        st.session_state[state.COMPARE_WITH_STEP] = steps[0]


def _choose_kind(run: Run) -> None:
    kind = st.session_state.get(state.COMPARE_KIND)
    st.session_state[state.COMPARE_RULE] = _first_rule(run) if kind == RULES else None
    st.session_state[state.COMPARE_WITH_STEP] = None
    if kind == STEPS:
        steps = run.frame_steps()
        st.session_state[state.COMPARE_WITH] = run.id
        st.session_state[state.COMPARE_WITH_STEP] = steps[0] if steps else None
    elif st.session_state.get(state.COMPARE_WITH) == run.id:
        other = default_other(run, others(run))
        fallback = next(iter(others(run)), None) if kind == RUNS else None
        chosen = other or fallback
        st.session_state[state.COMPARE_WITH] = None if chosen is None else chosen.id


def _run_field(runs: list[Run]) -> None:
    names = {one.id: plain(one.name) for one in runs}
    chosen = st.session_state.get(state.COMPARE_WITH)
    st.session_state[RUN_FIELD] = chosen if chosen in names else None
    st.selectbox(
        "The other run",
        list(names),
        format_func=lambda one: names.get(one, one),
        key=RUN_FIELD,
        on_change=_take_run,
        placeholder="Choose a run",
        label_visibility="collapsed",
        width=230,
    )
    other = next((one for one in runs if one.id == chosen), None)
    st.session_state[SAME] = st.session_state.get(state.COMPARE_WITH_STEP) is None
    st.toggle(
        "same step",
        key=SAME,
        on_change=_take_same,
        args=(other,),
        help="On: the other run is shown at the step of the timeline too, and follows it. Off: it stands at a step.",
    )
    if not st.session_state[SAME] and other is not None:
        _steps_of(other, "Step of the other run")


def _take_run() -> None:
    st.session_state[state.COMPARE_WITH] = st.session_state.get(RUN_FIELD)
    st.session_state[state.COMPARE_WITH_STEP] = None


def _take_same(other: Run | None) -> None:
    steps = other.frame_steps() if other is not None else []
    stands = not st.session_state.get(SAME) and steps
    st.session_state[state.COMPARE_WITH_STEP] = steps[-1] if stands else None


def _step_field(run: Run) -> None:
    _steps_of(run, "The other step")


def _steps_of(run: Run, title: str) -> None:
    steps = run.frame_steps()
    if len(steps) < 2:
        return
    wanted = st.session_state.get(state.COMPARE_WITH_STEP)
    st.session_state[STEP_FIELD] = loaders.nearest_step(steps, wanted)
    st.select_slider(
        title,
        steps,
        format_func=lambda step: f"{step:,}",
        key=STEP_FIELD,
        on_change=_take_step,
        label_visibility="collapsed",
        width=230,
    )


def _take_step() -> None:
    st.session_state[state.COMPARE_WITH_STEP] = st.session_state.get(STEP_FIELD)


def _first_rule(run: Run) -> str:
    from mlcl_core.pairs import RULES as KNOWN

    own = run.config().loss.rule
    return "any_shared" if own != "any_shared" else next(name for name in KNOWN if name != own)


def _rule_field(run: Run) -> None:
    from mlcl_core.pairs import RULES as KNOWN

    chosen = st.session_state.get(state.COMPARE_RULE)
    names = {name: rule.title for name, rule in KNOWN.items()}
    st.session_state[RULE_FIELD] = chosen if chosen in names else None
    st.selectbox(
        "The other rule",
        list(names),
        format_func=lambda name: names.get(name, name),
        key=RULE_FIELD,
        on_change=_take_rule,
        placeholder="Choose a rule",
        label_visibility="collapsed",
        width=260,
        help="With its usual parameters, at this run's temperature. No other setting of the run is changed.",
    )


def _take_rule() -> None:
    st.session_state[state.COMPARE_RULE] = st.session_state.get(RULE_FIELD)
