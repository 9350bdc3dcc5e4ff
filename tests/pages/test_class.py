"""Class mode: a viewer watches, scrubs and opens anchors; nothing that a viewer sends acts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mlcl_core.home_directory import home_directory
from mlcl_core.runs import launch
from mlcl_core.runs.store import Store
from tests.made_runs import STEPS, made_run
from tests.pages.conftest import payloads, words

ROOT = Path(__file__).parents[2]
TOKEN = "the-teacher-has-this"
READ_ONLY = "Read only: the teacher steers this run"
PAGES = ("start", "learn", "relations", "data", "train", "runs", "map", "anchor", "compare", "study")
ACTING = (
    "bar.start",
    "empty.start",
    "start.train",
    "start.data",
    "bar.pause",
    "bar.stop",
    "bar.resume",
    "bar.step",
    "bar.restart",
    "setup.start",
    "setup.which",
    "which.start",
    "data.upload",
    "learn.remedy.queue",
    "learn.remedy.queue.stop",
    "learn.remedy.prototypes",
    "learn.remedy.prototypes.stop",
)


@pytest.fixture(autouse=True)
def in_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is in class mode and has a token; a session that does not show it is a viewer's."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", TOKEN)


def keys(app: AppTest) -> set[str]:
    """Keys of the buttons and text fields on the page."""
    return {str(one.key) for kind in ("button", "text_input", "text_area") for one in getattr(app, kind)}


@pytest.mark.slow
@pytest.mark.parametrize("state", [None, "running", "finished", "failed"])
def test_a_viewer_has_nothing_to_act_with(opened: Callable[[str], AppTest], home: Path, state: str | None) -> None:
    """On all pages and for every state of the run: read-only, no acting button, no set-up form, no path, no upload."""
    if state:
        made_run(home, state)
    for page in PAGES:
        app = opened(page)
        assert READ_ONLY in words(app)
        assert not keys(app) & set(ACTING), page
        assert not any("path" in key or key.startswith(("setup.", "runs.name", "runs.note")) for key in keys(app))
        assert str(home) not in words(app)


def test_a_viewer_watches_scrubs_and_opens_anchors(opened: Callable[[str], AppTest], home: Path) -> None:
    """The newest frame is drawn; another step and another anchor belong to this session and do not change the run."""
    run = made_run(home, "running")
    app = opened("anchor")
    assert payloads(app, "mlcl_cloud")
    app.session_state["time.step"] = STEPS[0]
    app.session_state["anchor.item"] = 7
    app.run()
    assert not app.exception
    assert f"step {STEPS[0]}" in words(app)
    assert "item no\\. 7" in words(app)
    assert run.requests() == []


def test_the_token_makes_a_teacher_and_leaves_the_address(home: Path) -> None:
    """?teacher=TOKEN: all buttons are there, over reruns and pages, and the address stops showing the token."""
    made_run(home, "running")
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.query_params["teacher"] = TOKEN
    app.run()
    assert "bar.pause" in keys(app)
    assert "teacher" not in app.query_params
    app.switch_page("../pages/map.py").run()
    assert "bar.pause" in keys(app)
    assert READ_ONLY not in words(app)
    assert TOKEN not in words(app)


@pytest.mark.parametrize("shown", ["", "the-teacher", TOKEN + "x", "THE-TEACHER-HAS-THIS"])
def test_another_token_is_none(home: Path, shown: str) -> None:
    """A wrong token makes a viewer."""
    made_run(home, "running")
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.query_params["teacher"] = shown
    app.run()
    assert not app.exception
    assert "bar.pause" not in keys(app)


@pytest.mark.parametrize("token", ["", None, "too-short"])
def test_without_a_good_token_no_session_acts(home: Path, monkeypatch: pytest.MonkeyPatch, token: str | None) -> None:
    """Class mode without a usable token: read-only for all sessions, with the reason on the page."""
    made_run(home, "running")
    monkeypatch.setenv("MLCL_TEACHER", token or "")
    if token is None:
        monkeypatch.delenv("MLCL_TEACHER")
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.query_params["teacher"] = token or ""
    app.run()
    assert not app.exception
    assert not keys(app) & set(ACTING)
    assert "no session may act, because MLCL_TEACHER holds no token" in words(app)


def test_the_teacher_names_a_file_and_drops_none(home: Path) -> None:
    """In class mode the dialog has a field for a path; the server accepts no file from a browser."""

    def dialog() -> None:
        import streamlit as st

        from dashboard.parts.upload.upload import show_upload

        st.session_state["role.teacher"] = True
        show_upload()

    app = AppTest.from_function(dialog, default_timeout=60).run()
    assert not app.exception
    assert len(app.file_uploader) == 0
    assert "accepts no file from a browser" in words(app)
    assert [field.label for field in app.text_input] == ["Path of the file"]


def test_viewers_follow_the_teacher_until_they_choose(opened: Callable[[str], AppTest], home: Path) -> None:
    """A new run replaces the old one, live; a viewer's chosen run stays; choosing the foremost run follows again."""
    first = made_run(home, "finished", name="first")
    app = opened("map")
    app.session_state["time.step"] = STEPS[0]
    second = made_run(home, "running", name="second")
    app.run()
    assert app.selectbox(key="run.choice").value == second.id
    assert app.session_state["time.step"] is None
    app.selectbox(key="run.choice").select(first.id).run()
    app.run()
    assert app.selectbox(key="run.choice").value == first.id
    app.selectbox(key="run.choice").select(second.id).run()
    third = made_run(home, "running", name="third")
    app.run()
    assert app.selectbox(key="run.choice").value == third.id


def test_a_failed_run_names_no_folder_to_a_viewer(
    opened: Callable[[str], AppTest], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that holds a path: the file's name is all a viewer reads; the teacher reads all."""
    run = made_run(home, "failed")
    text = (run.path / "status.json").read_text(encoding="utf-8")
    (run.path / "status.json").write_text(text.replace("the disk is full", f"{home}/data/films.csv is damaged"))
    said = words(opened("train"))
    assert "films" in said
    assert home.name + "/data" not in said
    monkeypatch.delenv("MLCL_TEACHER")
    monkeypatch.delenv("MLCL_CLASS")
    assert str(home.parent.name) in words(opened("train")).replace("\\", "")


def _forge(call: str) -> None:
    """A page of one line: the callback that a forged message would reach."""
    import streamlit as st

    from dashboard import loaders, state
    from dashboard.parts.data import source as data_source
    from dashboard.parts.frame import run_bar
    from dashboard.parts.learn import remedies
    from dashboard.parts.runs import actions, details
    from dashboard.parts.study import progress, shipped
    from dashboard.parts.train import setup_form
    from dashboard.parts.upload import answers, upload
    from mlcl_core.errors import InputError

    run = loaders.store().runs()[0]
    st.session_state.update({f"runs.name.{run.id}": "forged", f"runs.note.{run.id}": "forged", "data.rename.x": "y"})
    try:
        if call in ("pause", "stop", "step"):
            run_bar._try(run_bar._ask, run, call)
        elif call == "resume":
            run_bar._try(run_bar._resume, run)
        elif call == "start":
            run_bar._try(run_bar.start_from_setup)
        elif call == "set-up":
            setup_form._start_here()
        elif call in ("rename", "note"):
            details.write_words(run, "name" if call == "rename" else "note")
        elif call == "tag":
            st.session_state["k"] = ["forged"]
            details.write_tags([run], (), "k")
        elif call == "delete":
            actions._delete([run])
        elif call == "start like":
            actions.start_like(run)
        elif call == "data.rename":
            data_source._rename("x")
        elif call == "data.delete":
            data_source._delete("x")
        elif call == "hand over":
            upload.choose_upload()
        elif call == "keep":
            st.session_state["k"] = "mine"
            upload._keep("k")
        elif call == "save answers":
            answers._save_beside()
            st.session_state["said"] = st.session_state[state.UPLOAD_BESIDE][1]
        elif call == "study":
            shipped._run("x")
        elif call == "study go on":
            progress.try_to(lambda: st.session_state.update({"acted": True}))
        elif call == "remedy":
            remedies.start_remedy(remedies.REMEDIES["queue"])
        elif call == "remedy stop":
            remedies.stop_remedy(run)
        elif call == "data by path":
            loaders.data_set("/etc/passwd")
        elif call == "maps":
            loaders.draw_maps(run)
    except InputError as error:
        st.session_state["said"] = str(error)
    assert "acted" not in st.session_state
    places = (
        "said",
        state.NOTICE,
        state.RUNS_ERROR,
        state.STUDY_ERROR,
        setup_form.ERROR,
        state.DATA_ERROR,
        state.UPLOAD_ERROR,
    )
    said = [st.session_state[key] for key in places if key in st.session_state]
    st.text(" ".join(" ".join(one) if isinstance(one, tuple) else str(one) for one in said))


@pytest.mark.parametrize(
    "call",
    [
        *("pause", "stop", "step", "resume", "start", "set-up", "rename", "note", "tag", "delete", "start like"),
        *("data.rename", "data.delete", "hand over", "keep", "save answers", "data by path", "maps"),
        *("study", "study go on", "remedy", "remedy stop"),
    ],
)
def test_a_forged_call_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Every acting function called from a viewer's session: one sentence, and nothing happens."""
    run = made_run(home, "running" if call in ("pause", "stop", "step") else "stopped", name="mine")
    begun: list[Any] = []
    monkeypatch.setattr(launch, "_start", lambda *args, **_: begun.append(args))
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    app = AppTest.from_function(_forge, args=(call,), default_timeout=60).run()
    assert not app.exception, [one.value for one in app.exception]
    assert app.text[0].value == f"{READ_ONLY}. Nothing was changed."
    assert run.requests() == []
    assert not begun
    after = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    assert after == before
    assert [one.name for one in Store(home_directory(home)).runs()] == ["mine"]


def test_a_forged_widget_message_does_nothing(opened: Callable[[str], AppTest], home: Path) -> None:
    """The teacher's own message, Pause pressed, sent from a viewer's session: no request is written."""
    run = made_run(home, "running")
    teacher = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    teacher.query_params["teacher"] = TOKEN
    teacher.run()
    message = teacher.button(key="bar.pause").click()._widget_state
    viewer = opened("train")
    states = viewer._tree.get_widget_states()
    states.widgets.append(message)
    viewer._run(widget_state=states)
    assert not viewer.exception
    assert run.requests() == []
    teacher.run()
    assert [request["action"] for request in run.requests()] == ["pause"]


@pytest.mark.parametrize("forged", ["/etc/passwd", "a file of your own"])
def test_a_forged_choice_of_data_opens_no_file(opened: Callable[[str], AppTest], home: Path, forged: str) -> None:
    """The list of data offers no path to a viewer; a forged message that chooses one opens nothing."""
    viewer = opened("data")
    states = viewer._tree.get_widget_states()
    chosen = next(one for one in states.widgets if one.id.endswith("-data.source"))
    chosen.string_value = forged
    viewer._run(widget_state=states)
    assert not viewer.exception
    assert "root:" not in words(viewer)
    assert not any("path" in key for key in keys(viewer))


def test_a_damaged_frame_shows_a_viewer_no_path(opened: Callable[[str], AppTest], home: Path) -> None:
    """The health panel says that the frame cannot be read, without its folder."""
    run = made_run(home, "finished")
    (run.path / "frames" / f"{STEPS[-1]:08d}.safetensors").write_bytes(b"nothing")
    app = opened("train")
    app.session_state["train.panel"] = "Health"
    app.run()
    assert not app.exception
    assert [one for one in app.error if f"{STEPS[-1]:08d}" in one.value.replace("\\", "")]
    assert str(home) not in words(app).replace("\\", "")


def test_a_forged_label_is_none(opened: Callable[[str], AppTest], home: Path) -> None:
    """A text that is no chip of "What if", which Streamlit passes on, is ignored; known ones count."""
    made_run(home, "finished")
    viewer = opened("anchor")
    states = viewer._tree.get_widget_states()
    chips = next(one for one in states.widgets if one.id.endswith(".chips"))
    del chips.string_array_value.data[:]
    chips.string_array_value.data.extend(["/etc/passwd", "sea"])
    viewer._run(widget_state=states)
    assert not viewer.exception
    (chosen,) = viewer.session_state["anchor.what_if"]["items"].values()
    assert all(isinstance(column, int) for column in chosen)
