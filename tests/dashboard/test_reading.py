"""How far a file is read, on the page."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.loaders import reading
from dashboard.loaders.reading import reading_shown
from mlcl_core.data.reader_client import FileProgress, notify


@pytest.mark.parametrize(("name", "seen"), [("mine *b*.csv", r"mine \*b\*\.csv"), ("", r"copy\.csv")])
def test_shown_after_its_time_and_then_gone(monkeypatch, name, seen):
    """Beyond two seconds, what is read is shown under the name that the file has for the user, and taken away again."""
    now, calls = [0.0], []
    place = SimpleNamespace(
        progress=lambda *given: calls.append(given), caption=calls.append, empty=lambda: calls.append("gone")
    )
    monkeypatch.setattr(reading, "st", SimpleNamespace(empty=lambda: place, spinner=lambda text: nullcontext()))
    monkeypatch.setattr(reading, "monotonic", lambda: now[0])
    with reading_shown("FileProgress", name):
        for now[0], done, total in ((1.9, 4, 20), (2.1, 5, 20), (2.6, 0, 0)):
            notify(FileProgress("copy.csv", done, total, "rows"))
    assert calls == [(0.25, f"{seen}, 5 of 20 rows"), seen, "gone"]


def page():
    """A page that reads a file once and keeps it."""
    import streamlit as st

    from dashboard.loaders import reading
    from mlcl_core.data.reader_client import FileProgress, notify

    @st.cache_resource(show_spinner=False)
    def read(name: str) -> str:
        notify(FileProgress(name, 5, 20, "rows"))
        st.session_state.reads = st.session_state.get("reads", 0) + 1
        return name

    reading.SECONDS = 0.0
    with reading.reading_shown("FileProgress"):
        st.text(read("mine.csv"))
    reading.SECONDS = 2.0


def test_not_shown_again_from_the_cache():
    """A second look at a kept file shows nothing of how it was read."""
    app = AppTest.from_function(page).run()
    for _ in range(2):
        assert not app.exception
        assert [one.value for one in app.text] == ["mine.csv"]
        assert not app.get("progress")
        assert app.session_state.reads == 1
        app.run()
