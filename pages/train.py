import streamlit as st

from dashboard import loaders, state
from dashboard.access import may_act
from dashboard.parts.cloud.cloud_view import map_choice, show_cloud
from dashboard.parts.cloud.colour_choice import colour_choice
from dashboard.parts.cloud.on_map import on_map_choice
from dashboard.parts.frame.current import current_run, current_view, refresh_interval
from dashboard.parts.frame.empty import show_no_run
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import live
from dashboard.parts.train.change_form import show_change
from dashboard.parts.train.evaluation import show_evaluation
from dashboard.parts.train.health import show_health
from dashboard.parts.train.numbers import final, show_numbers, show_result
from dashboard.parts.train.run_list import show_runs
from dashboard.parts.train.run_setup import NEW_RUN, WHICH
from dashboard.parts.train.setup_form import show_setup

NUMBERS, HEALTH, RESULT, SETUP, CHANGE, RUNS = "Numbers", "Health", "Result", NEW_RUN, "Change", "Runs"


def _cloud() -> None:
    run = current_run()
    watched = loaders.watched_items(run) if run else None
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        heading("What happens to the space while it learns?")
        map_name = map_choice()
        colour = colour_choice(watched)
        on_map = on_map_choice()
    view = current_view(run, map_name) if run else None
    if view is None:
        show_no_run("train")
    else:
        show_cloud(view, key="train.cloud", colour=colour, tools=True, on_map=on_map)


def _numbers() -> None:
    run = current_run()
    if run is not None:
        show_numbers(run)


def _health() -> None:
    run = current_run()
    if run is not None:
        show_health(run)


def _change() -> None:
    run = current_run()
    if run is not None:
        show_change(run)


run = current_run()
alive = run is not None and run.status().alive
finished = final(run) if run else None
own = may_act()
now = [*([RESULT] if finished else []), *([CHANGE] if alive and own else [])]
panels = [NUMBERS, HEALTH, *now] if run else []
panels += [*([SETUP] if own else []), *([RUNS] if run or not own else [])]
if own and st.session_state.get(state.PANEL) == WHICH:  # it takes the whole page, and what concerns a run makes room
    panels = [*([NUMBERS] if run else []), SETUP, WHICH]
if st.session_state.get(state.PANEL) not in panels:
    st.session_state[state.PANEL] = panels[0]
st.session_state[state.FRAGMENTS] = (state.LIVE, state.NUMBERS) if run is not None else (state.LIVE,)

left, right = st.columns([2.15, 1], gap="medium")
with right:
    panel = st.segmented_control("Panel", panels, required=True, key=state.PANEL, label_visibility="collapsed")
    beside = st.container(height="stretch" if panel == NUMBERS else "content", border=False)
if panel == WHICH:
    from dashboard.parts.train.which import show_which  # loads pandas and scipy

    show_which(left, beside)
else:
    with left, st.container(key="train-cloud"):
        live(_cloud, every=refresh_interval(run), key=state.LIVE)
with beside:
    if panel == SETUP:
        show_setup(alive=alive)
    elif panel == RESULT and finished:
        show_result(finished)
        if run is not None:
            show_evaluation(run)
    elif panel == CHANGE:
        live(_change, every=refresh_interval(run, 2.0), key=state.NUMBERS)
    elif panel == RUNS:
        show_runs()
    elif panel == HEALTH:
        live(_health, every=refresh_interval(run, 2.0), key=state.NUMBERS)
    elif panel == NUMBERS:
        live(_numbers, every=refresh_interval(run), key=state.NUMBERS)
