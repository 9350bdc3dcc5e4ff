"""A page of the app on a given home, opened as a browser would and read: what the bench of faults looks with."""

import logging
import os
from pathlib import Path
from random import Random

import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.parts import live

PANELS = ("Numbers", "Health", "Result", "Runs")
LESSONS = ("pull_and_push", "watch_it_train", "what_maps_hide", "starve_and_blur")
SECONDS = 90  # for a page
LONGEST = 3_000  # characters of a sentence


class _Kept(logging.Handler):
    """What the pages logged as unforeseen."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.stories: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.stories.append(f"{type(error).__name__}: {str(error)[:300]}")


def opened(home: Path, run_id: str, page: str, chance: Random) -> tuple[list[str], bool]:
    """Open a page on a run, with panel, colours and lesson drawn.

    Returns:
        What went wrong (an exception, a sentence that is none), and whether the page says that something is wrong.
    """
    kept, before = _Kept(), os.environ.get("MLCL_HOME")
    live.LOG.addHandler(kept)
    os.environ["MLCL_HOME"] = str(home)
    try:
        app = AppTest.from_file(str(Path(__file__).parent / "app.py"), default_timeout=SECONDS)
        app.session_state[state.RUN] = run_id
        app.session_state[state.PANEL] = chance.choice(PANELS)
        app.session_state[state.SOURCE] = chance.choice(("watched items", "batch just trained on"))
        app.session_state[state.MAP_TABLE] = chance.random() < 0.5
        app.session_state[state.TRAIL] = chance.random() < 0.5
        app.session_state[state.COLOUR] = chance.choice(("relation", "label", "count", "split"))
        app.run()
        if page != "train":
            app.switch_page(f"../pages/{page}.py").run()
        if page == "learn" and not app.exception:
            app.button(key=f"learn.begin.{chance.choice(LESSONS)}").click().run()
        boxes = [f"{one.value}" for one in app.exception]
        said = [str(one.value) for one in (*app.error, *app.markdown)]
        told = any("🛑" in one or "material/warning" in one for one in said) or bool(app.error)
        wrong = [f"{page}: an exception box: {one[:300]}" for one in boxes]
        wrong += [f"{page}: unforeseen: {story}" for story in kept.stories]
        wrong += [f"{page}: {len(one.value)} characters" for one in app.error if len(one.value) > LONGEST]
        return wrong, told
    except Exception as error:
        return [f"{page}: {type(error).__name__}: {str(error)[:300]}"], False
    finally:
        live.LOG.removeHandler(kept)
        st.cache_resource.clear()
        if before is None:
            os.environ.pop("MLCL_HOME", None)
        else:
            os.environ["MLCL_HOME"] = before
