"""The first screen: where "/" leads with nothing of one's own, what plays, the ways on; and the forms of the bar."""

import struct
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.figures.wire import unpack
from dashboard.parts.frame.bar_form import LINE_PAGES
from dashboard.parts.frame.frame import PAGES
from mlcl_core.demo_runs.make import sample_runs
from mlcl_core.home_directory import home_directory
from mlcl_core.runs.store import Store
from tests.made_runs import made_run
from tests.pages.conftest import ROOT, payloads

STARTED = "dashboard.parts.start.page.start_from_setup"


def root(**parameters: str) -> AppTest:
    """What a browser sees that opens "/"."""
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def page_of(app: AppTest) -> str:
    """The page in view."""
    return app.session_state["page.name"]


def test_with_nothing_of_ones_own_a_recorded_training_plays(home: Path) -> None:
    """Recorded runs are not one's own: all 40 frames are sent once, from the first to the last step of the run."""
    run = sample_runs(Store(home_directory(home)))["similarity_dissimilarity"]
    app = root()
    assert page_of(app) == "start"
    assert {"start.lesson", "start.train", "start.data"} <= {button.key for button in app.button}
    (bundled,) = payloads(app, "mlcl_player")
    count, *lengths = struct.unpack(f"<{run_count(run) + 1}I", bundled[: 4 * (run_count(run) + 1)])
    assert count == len(lengths) == run_count(run) == 40
    ends = [4 * (count + 1) + sum(lengths[: place + 1]) for place in range(count)]
    headers = [unpack(bundled[end - length : end])[0] for end, length in zip(ends, lengths, strict=True)]
    assert [header["step"] for header in headers] == run.map_steps("pca")
    assert {header["n"] for header in headers} == {300}
    assert ends[-1] == len(bundled)


def run_count(run) -> int:
    """Frames of the recorded run's first map."""
    return len(run.map_steps("pca"))


def test_with_a_run_of_ones_own_or_a_link_the_root_is_the_train_page(home: Path) -> None:
    """A link names the recorded run; a run was made: "/" is Train, with that run."""
    recorded = sample_runs(Store(home_directory(home)))["any_shared"]
    linked = root(run=recorded.id)
    assert (page_of(linked), linked.session_state["run.id"]) == ("train", recorded.id)
    made_run(home, "finished")
    assert page_of(root()) == "train"


def test_three_ways_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lesson 1 is the first card of Learn; data opens the dialog on Data; a training is started and shown on Train."""
    app = root()
    app.button(key="start.lesson").click().run()
    assert (page_of(app), app.session_state["learn.card"]) == ("learn", 0)
    app = root()
    app.button(key="start.data").click().run()
    assert page_of(app) == "data"
    assert "upload.asked" not in app.session_state
    assert app.get("file_uploader")
    started: list[str] = []
    monkeypatch.setattr(STARTED, lambda: started.append("once"))
    app = root()
    app.button(key="start.train").click().run()
    assert (page_of(app), started) == ("train", ["once"])


def test_viewers_have_the_ways_of_viewers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson, the teacher's training, the methods; a training that is asked for nevertheless is refused."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", "the-teacher-has-this")
    app = root()
    assert page_of(app) == "start"
    assert {str(button.key) for button in app.button} == {"start.lesson", "start.watch", "start.relations"}
    app.button(key="start.watch").click().run()
    assert page_of(app) == "train"
    teacher = root(teacher="the-teacher-has-this")
    assert "start.train" in {button.key for button in teacher.button}
    assert "teacher" not in teacher.query_params


def test_the_bar_is_one_line_where_no_run_matters(opened, home: Path) -> None:
    """No timeline and no second line there; on other pages both; none in a lesson's card without a run."""
    made_run(home, "finished")
    app = opened("train")
    assert payload_names(app) >= {"mlcl_timeline", "mlcl_address"}
    for page in ("relations", "learn"):
        app.switch_page(f"../pages/{page}.py").run()
        assert page in LINE_PAGES
        assert "mlcl_timeline" not in payload_names(app)
        assert "bar.start" in {button.key for button in app.button}
    app.button(key="learn.begin.five_relations").click().run()
    assert app.session_state["learn.place"] is None
    assert not payload_names(app) & {"mlcl_timeline", "mlcl_address"}
    assert "bar.start" not in {button.key for button in app.button}


def test_present_shows_no_start(opened, home: Path) -> None:
    """A card with a run has the bar; on the wall it starts nothing."""
    app = opened("learn")
    app.button(key="learn.begin.pull_and_push").click().run()
    assert "bar.start" in {button.key for button in app.button}
    app.session_state["learn.present"] = True
    app.run()
    assert "mlcl_timeline" in payload_names(app)
    assert "bar.start" not in {button.key for button in app.button}


def payload_names(app: AppTest) -> set[str]:
    """Names of the components on the page."""
    found: set[str] = set()

    def walk(block) -> None:
        for child in getattr(block, "children", {}).values():
            found.add(getattr(getattr(child, "proto", None), "component_name", ""))
            walk(child)

    walk(app._tree)
    return found


@pytest.mark.slow
def test_each_page_has_one_heading_and_the_name(opened, home: Path) -> None:
    """With a finished run: one title on each page, and the name, which leads to the first screen."""
    made_run(home, "finished")
    app = opened("train")
    for page in PAGES:
        app.switch_page(f"../pages/{page}.py").run()
        assert len(app.title) == 1, page
        assert "MLCL Lab" in [link.proto.label for link in app.get("page_link")]
