"""Teacher's sheets on the Learn page; a viewer in a class has none, because they hold the answers."""

import streamlit as st

from dashboard import loaders
from dashboard.access import may_act
from dashboard.export.sheets import sheets
from dashboard.lessons import LESSONS
from dashboard.parts.frame.download import offer_download

TOLD = "A page to print for each lesson: aim, minutes, keys, the questions with their answers. Computed when pressed."


def show_sheets() -> None:
    """The popover, which a viewer in a class does not have."""
    if not may_act():
        return
    popover = st.popover("For the teacher", icon=":material/print:", key="learn.sheets", on_change="rerun")
    with popover:
        if not popover.open:
            return
        st.caption(TOLD)
        _offer("All lessons", tuple(LESSONS), "lessons")
        for place, (name, lesson) in enumerate(LESSONS.items()):
            _offer(f"{place + 1} · {lesson.title}", (name,), name)


def _offer(title: str, names: tuple[str, ...], stem: str) -> None:
    recorded = loaders.recorded_runs()
    offer_download(
        title,
        lambda: sheets(names, recorded),
        file_name=f"{stem}-teacher.html",
        mime="text/html",
        key=f"learn.sheet.{stem}",
    )
