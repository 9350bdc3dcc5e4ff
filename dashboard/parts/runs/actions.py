"""What is done with the selected runs: show, compare, start one like it, delete."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import loaders, state
from dashboard.access import may_act, require_teacher, shown
from dashboard.figures.formatting import escaped, shortened
from dashboard.page_files import page_file
from dashboard.parts.frame.current import choose_run, current_run
from dashboard.parts.frame.live import in_one_line
from dashboard.parts.runs.table import clear_chosen
from dashboard.parts.train.run_setup import set_up_like
from mlcl_core.errors import InputError
from mlcl_core.runs.listing import RunRow
from mlcl_core.runs.run import Run

HINT = "Tick the boxes at the left of the table to show, compare, tag or delete runs."
NAMED = 12  # runs named in a question


def show_actions(chosen: Sequence[RunRow], in_sight: Sequence[RunRow]) -> None:
    """The buttons above the table, and what the last of them could not do."""
    current = current_run()
    one = chosen[0] if len(chosen) == 1 else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="runs-actions"):
        title = f"Show {escaped(shortened(one.name, 40))}" if one else "Show"
        same = one is not None and current is not None and one.run.id == current.id
        st.button(
            title,
            icon=":material/visibility:",
            type="primary",
            key="runs.show",
            disabled=one is None or same,
            on_click=_show,
            args=(one.run if one else None,),
            help="All pages show it already." if same else "Make it the run of all pages.",
        )
        _compare_button(chosen, current)
        if may_act():
            if st.button(
                "Start one like it",
                icon=":material/content_copy:",
                key="runs.like",
                disabled=one is None or one.config is None,
                help="Fills the set-up form of the Train page with its whole configuration.",
            ):
                _go_and_start_like(one)
            _delete_button(chosen)
        if chosen:
            st.button("Clear", icon=":material/close:", key="runs.clear", on_click=clear_chosen, type="tertiary")
            away = len({row.run.id for row in chosen} - {row.run.id for row in in_sight})
            st.caption(f"{len(chosen):,} selected" + (f", {away:,} out of sight" if away else ""), width="content")
        else:
            st.caption(HINT, width="content")
    for error in st.session_state.pop(state.RUNS_ERROR, ()):
        st.error(in_one_line(error), icon=":material/error:")


def _show(run: Run | None) -> None:
    choose_run(run)
    st.session_state[state.RUNS_CHANGED] = True


def _compare_button(chosen: Sequence[RunRow], current: Run | None) -> None:
    """Two selected runs, or one beside the current one."""
    pair = [row.run for row in chosen]
    if len(pair) == 1 and current is not None and pair[0].id != current.id:
        pair = [current, pair[0]]
    help = "Two runs: their spaces beside each other. One: with the run that all pages show."
    if len(chosen) > 2:
        help = "The page Compare takes two runs; how more of them differ stands under the table."
    if st.button("Compare", icon=":material/compare_arrows:", key="runs.compare", disabled=len(pair) != 2, help=help):
        choose_run(pair[0])
        st.session_state[state.COMPARE_WITH] = pair[1].id
        st.session_state[state.COMPARE_WITH_STEP] = None
        st.session_state[state.COMPARE_RULE] = None
        st.switch_page(page_file("compare"))


def start_like(run: Run) -> None:
    """Fill the set-up form with a run's configuration.

    Raises:
        InputError: A viewer asks, or the configuration cannot be trained with here.
    """
    require_teacher()
    set_up_like(run)


def _go_and_start_like(row: RunRow | None) -> None:
    if row is None:
        return
    try:
        start_like(row.run)
    except InputError as error:
        st.error(in_one_line(str(error)), icon=":material/error:")
    else:
        st.switch_page(page_file("train"))


def _delete_button(chosen: Sequence[RunRow]) -> None:
    alive = [row for row in chosen if row.status.alive]
    ended = [row for row in chosen if not row.status.alive]
    with st.popover("Delete", icon=":material/delete:", disabled=not chosen):
        if alive:
            runs_on = "has not ended and stays; stop it first" if len(alive) == 1 else "have not ended and stay"
            st.markdown(f"{names_words(alive)} {runs_on}.")
        if ended:
            st.markdown(f"Delete {names_words(ended)} with all frames, maps and checkpoints? This cannot be undone.")
            count = "for good" if len(ended) == 1 else f"all {len(ended):,} for good"
            st.button(
                f"Delete {count}",
                type="primary",
                key="runs.delete",
                on_click=_delete,
                args=([row.run for row in ended],),
            )


def names_words(rows: Sequence[RunRow]) -> str:
    """The names of runs in a sentence; of many, the first and how many more."""
    named = [f"**{escaped(shortened(row.name, 60))}**" for row in rows[:NAMED]]
    more = len(rows) - len(named)
    if more:
        return f"{', '.join(named)} and {more:,} more"
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _delete(runs: Sequence[Run]) -> None:
    current = st.session_state.get(state.RUN)

    def delete(run: Run) -> None:
        require_teacher()
        loaders.store().delete(run)
        if run.id == current:
            choose_run(None)

    for_each(runs, delete)


def for_each(runs: Sequence[Run], act: Callable[[Run], None]) -> None:
    """Do something to each run; what does not work with one of them is said, and the others go on."""
    errors = []
    for run in runs:
        try:
            require_teacher()
            act(run)
        except (InputError, OSError) as error:
            errors.append(str(error))
    st.session_state[state.RUNS_ERROR] = tuple(dict.fromkeys(shown(error) for error in errors))
    st.session_state[state.RUNS_CHANGED] = True
