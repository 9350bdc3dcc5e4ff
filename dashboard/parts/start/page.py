"""The first screen as a whole: what the Lab shows, three ways on, and beside them a recorded training that plays."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from dashboard import loaders, state, warm
from dashboard.access import may_act, read_only
from dashboard.components.player import player
from dashboard.page_files import page_file
from dashboard.parts.frame.current import current_run
from dashboard.parts.frame.heading import heading
from dashboard.parts.frame.live import errors_in_one_line
from dashboard.parts.train.run_setup import FIRST_PRESET, preset_words, start_from_setup

SENTENCE = (
    "The Lab shows which pairs of items a multi-label contrastive loss pulls together or pushes apart, how hard, and "
    "the space that comes out of it, live while a network trains."
)
PLAYING = (
    "A recorded training on icons. Each point is an icon; its colour and shape tell how its labels compare with those "
    "of the ringed one."
)


def show_start() -> None:
    """Draw the page; the ways on stand there before the engine is loaded, which the picture needs."""
    left, right = st.columns([1, 1.7], gap="large", vertical_alignment="center")
    with left, st.container(key="start-ways", gap="small"):
        heading("Watch a network learn which items belong together")
        st.markdown(SENTENCE)
        _ways()
    with right, st.container(key="start-cloud", gap="xsmall"):
        place = st.empty()
        if not warm.done():
            place.caption("Loading the engine: a few seconds, once.")
            warm.wait()
        place.caption(PLAYING)
        player(loaders.sample_frames(), key="start.player")


def _ways() -> None:
    _way(
        "Begin lesson 1",
        "school",
        "lesson",
        _lesson,
        "Cards on a recorded training, a guess before each answer.",
        primary=True,
    )
    if not may_act():
        if current_run() is None:  # otherwise the bar says so
            st.caption(f":material/visibility: {read_only()}")
        _way("Watch the training", "visibility", "watch", _to("train"), "What the teacher trains, as it happens.")
        _way("Compare methods", "grid_on", "relations", _to("relations"), "Which pairs each of them calls positive.")
        return
    run = current_run()
    if run is not None and not loaders.is_sample(run):
        _way("Back to your training", "play_circle", "train", _to("train"), "The newest run, and the set-up of others.")
    else:
        words = f"A new network on this machine, {preset_words(FIRST_PRESET)}."
        _way("Start a training", "play_arrow", "train", _train, words)
    _way("Bring your own data", "upload_file", "data", _bring_data, "Vectors, texts or pictures with their labels.")


def _way(title: str, icon: str, key: str, go: Callable[[], None], words: str, *, primary: bool = False) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
        if st.button(title, icon=f":material/{icon}:", key=f"start.{key}", type=kind, width=196):
            with errors_in_one_line():
                go()
        st.caption(words)


def _lesson() -> None:
    warm.wait()  # opening a card names the methods of the engine
    from dashboard.lessons import LESSONS
    from dashboard.parts.learn.opening import show_lesson

    show_lesson(next(iter(LESSONS)), 0)
    st.switch_page(page_file("learn"))


def _train() -> None:
    start_from_setup()
    st.switch_page(page_file("train"))


def _bring_data() -> None:
    st.session_state[state.UPLOAD_ASKED] = True
    st.switch_page(page_file("data"))


def _to(page: str) -> Callable[[], None]:
    return lambda: st.switch_page(page_file(page))
