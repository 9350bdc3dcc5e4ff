"""The Learn page: the list, every lesson from the first card to the last, guess and reveal, the way out."""

import shutil

import pytest

from dashboard.lessons import LESSONS
from mlcl_core.home import home_directory
from mlcl_core.runs.sample import SAMPLES
from mlcl_core.runs.store import Store
from tests.made_runs import made_run
from tests.pages.conftest import words


@pytest.mark.parametrize("state", [None, "running", "finished"])
def test_the_list(opened, home, state) -> None:
    """No run, one running, one finished: eight lessons to begin, and recorded runs to look at."""
    if state:
        made_run(home, state, name="mine")
    app = opened("learn")
    for name, lesson in LESSONS.items():
        assert lesson.title in words(app)
        assert app.button(key=f"learn.begin.{name}").label == "Begin"
    assert {run_id for run_id, _ in SAMPLES.values()} <= {run.id for run in Store(home_directory(home)).runs()}


@pytest.mark.parametrize("name", LESSONS)
def test_from_the_first_card_to_the_last(opened, name) -> None:
    """Next leads on, a question is asked and answered, the last card ends with the sentence to take home."""
    app = opened("learn")
    app.button(key=f"learn.begin.{name}").click().run()
    lesson = LESSONS[name]
    for place, card in enumerate(lesson.cards):
        assert not app.exception, app.exception
        assert not app.error, [one.value for one in app.error]
        assert f"card {place + 1} of {len(lesson.cards)}" in words(app)
        assert app.session_state["time.step"] is None or card.at != "last"
        if card.question:
            assert "take home" not in words(app)
            app.radio(key=f"learn.{name}.{place}.guess").set_value(0).run()
            app.button(key=f"learn.{name}.{place}.reveal").click().run()
            assert "Right" in words(app) or "Not quite" in words(app)
        if place < len(lesson.cards) - 1:
            app.button(key="learn.next").click().run()
    assert "To take home" in words(app)
    assert not app.exception


def test_what_answers_the_question_is_veiled(opened) -> None:
    """Before the guess the chart that holds the answer is not there."""
    app = opened("learn")
    app.button(key="learn.begin.starve_and_blur").click().run()
    app.button(key="learn.next").click().run()
    assert "Guess first: what stands here is the answer" in words(app)
    assert app.button(key="learn.starve_and_blur.1.reveal").disabled
    app.radio(key="learn.starve_and_blur.1.guess").set_value(3).run()
    app.button(key="learn.starve_and_blur.1.reveal").click().run()
    assert "Who finds no positive?" in words(app)
    assert "Not quite: **40%**" in words(app)


def test_a_card_sets_the_widgets(opened) -> None:
    """Lesson 5, card 3: the weight stands inside, divided by the count, and the reader may change it."""
    app = opened("learn")
    app.button(key="learn.begin.placement").click().run()
    assert app.session_state["relations.placement"] == "outside"
    for _ in range(2):
        app.button(key="learn.next").click().run()
    assert app.session_state["relations.placement"] == "inside"
    assert app.session_state["relations.normalise"] == "count"
    app.selectbox(key="relations.placement").set_value("outside").run()
    assert app.session_state["relations.placement"] == "outside"


def test_leaving_brings_back_what_was_looked_at(opened, home) -> None:
    """The run and the step from before the lesson."""
    run = made_run(home, "finished", name="mine")
    app = opened("learn")
    app.session_state["run.id"], app.session_state["time.step"] = run.id, 2
    app.run()
    app.button(key="learn.begin.watch_it_train").click().run()
    assert app.session_state["run.id"] == SAMPLES["similarity_dissimilarity"][0]
    assert app.session_state["time.step"] == 0
    app.button(key="learn.leave").click().run()
    assert (app.session_state["run.id"], app.session_state["time.step"]) == (run.id, 2)


def test_a_lesson_whose_run_was_deleted(opened, home) -> None:
    """The recorded run comes back, and the lesson goes on."""
    app = opened("learn")
    app.button(key="learn.begin.starve_and_blur").click().run()
    app.button(key="learn.next").click().run()
    shutil.rmtree(home / "runs" / SAMPLES["any_shared"][0])
    app.button(key="learn.next").click().run()
    assert not app.exception
    assert "card 3 of" in words(app)
    assert app.session_state["run.id"] == SAMPLES["any_shared"][0]


def test_present_mode(opened) -> None:
    """One switch: the page's own style joins, and stays over cards."""
    app = opened("learn")
    app.button(key="learn.begin.pull_and_push").click().run()
    app.button(key="learn.present.switch").click().run()
    app.button(key="learn.next").click().run()
    assert app.button(key="learn.present.switch").label == "Leave"
    assert not app.exception
