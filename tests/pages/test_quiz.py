"""The quiz "Try yourself": a whole one before and after the lessons, a full disk, forged answers, a class."""

import errno
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.lessons import LESSONS
from dashboard.parts.learn import quiz_browser, quiz_state
from dashboard.quiz.questions import QUESTIONS
from dashboard.quiz.store import FOLDER, keep_attempt, kept_answers
from tests.pages.conftest import words
from tests.quiz_attempts import a_class, attempt

TOKEN = "the-teacher-has-this"
LAST = len(QUESTIONS)


def walk(app: AppTest, when: str, choices: list[Any]) -> None:
    """Open the quiz, answer one question after the other, and stop before handing in."""
    app.button(key=f"quiz.begin.{when}").click().run()
    seed = app.session_state[state.QUIZ_OPEN][when].seed
    for number, (choice, question) in enumerate(zip(choices, QUESTIONS.values(), strict=True), 1):
        form, said, (radio,) = question.forms(seed)[when == "after"], words(app), app.radio
        assert f"question {number} of {LAST}" in said
        assert form.ask in said
        assert list(radio.options) == [*(option.text for option in form.options), "I do not know"]
        if choice is not None:
            radio.set_value(form.right if choice == "right" else choice)
        app.button(key="quiz.next").click().run()
        assert not app.exception


def at_the_end(app: AppTest, when: str = "after") -> None:
    """Open the quiz and go to the page that hands in, without an answer."""
    app.button(key=f"quiz.begin.{when}").click()
    app.run()
    quizzes = app.session_state[state.QUIZ_OPEN]
    app.session_state[state.QUIZ_OPEN] = {when: quiz_state.Opened(quizzes[when].id, quizzes[when].seed, LAST)}
    app.run()


def test_before_and_after(opened, home: Path) -> None:
    """Before: no right answer is told. After: other forms, each answer explained, with the card that teaches it; the
    two are paired by the browser.
    """
    app = opened("learn")
    walk(app, "before", [None, "right", "right", 4, 4, 4, 4, 4])
    assert "Without an answer: 1." in words(app)
    app.button(key="quiz.hand_in").click().run()
    (before,) = kept_answers(home).attempts
    assert [*before.outcomes.values()] == ["skipped", "right", "right", *["unknown"] * 5]
    asked = [question.forms(before.seed) for question in QUESTIONS.values()]
    assert not [first.because for first, _ in asked if first.because in words(app)]
    app.button(key="quiz.to_lessons").click().run()

    walk(app, "after", ["right"] * 7 + [4])
    app.button(key="quiz.hand_in").click().run()
    _, after = kept_answers(home).attempts
    assert (after.person, after.seed, after.right) == (before.person, before.seed, 7)
    said = words(app)
    assert "**7 of 8 right.** Before the lessons it was 2." in said
    for question, (first, second) in zip(QUESTIONS.values(), asked, strict=True):
        assert second.because in said
        assert first.because not in said
        assert LESSONS[question.lesson].title in app.button(key=f"quiz.card.{question.name}").label
    app.button(key="quiz.card.weight_inside").click().run()
    assert (app.session_state[state.LESSON], app.session_state[state.CARD]) == ("placement", 2)
    assert not app.exception


def test_a_disk_that_is_full(opened, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, the answers are explained all the same, and once there is room they are kept."""
    app = opened("learn")
    at_the_end(app)
    app.text_input(key=state.QUIZ_NAME).set_value("=cmd()")

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("mlcl_core.runs.files.os.fsync", full)
        app.button(key="quiz.hand_in").click().run()
    assert app.error[0].value.startswith("The answers cannot be kept\\: No space left on device")
    assert "0 of 8 right" in words(app)
    assert kept_answers(home).attempts == ()
    app.button(key="quiz.keep").click().run()
    (kept,) = kept_answers(home).attempts
    assert kept.pseudonym == "=cmd()"
    assert not app.error
    app.session_state[state.QUIZ_COUNT] = quiz_state.MAX_PER_SESSION
    app.button(key="quiz.again").click().run()
    assert "question 1 of 8" in words(app)


def test_a_reload_loses_no_answer(opened, home: Path) -> None:
    """A new session of the same browser goes on at the question in view, with the answers; after handing in it shows
    what came of it.
    """
    app = opened("learn")
    app.button(key="quiz.begin.after").click().run()
    app.radio[0].set_value(4).run()
    app.button(key="quiz.next").click().run()
    app.radio[0].set_value(0).run()
    kept, id = app.session_state[state.QUIZ_OWN], app.session_state[state.QUIZ_OPEN]["after"].id
    app = opened("learn")
    app.session_state[state.QUIZ_OWN] = kept
    app.run()
    app.button(key="quiz.begin.after").click().run()
    assert f"question 2 of {LAST}" in words(app)
    assert app.radio[0].value == 0
    for _ in range(LAST - 1):
        app.button(key="quiz.next").click().run()
    app.button(key="quiz.hand_in").click().run()
    (attempt,) = kept_answers(home).attempts
    assert (attempt.id, attempt.outcomes["which_pairs_pull"]) == (id, "unknown")
    assert attempt.outcomes["who_is_superset"] not in ("unknown", "skipped")
    kept = app.session_state[state.QUIZ_OWN]
    app = opened("learn")
    app.session_state[state.QUIZ_OWN] = kept
    app.run()
    assert app.button(key="quiz.begin.after").label == "After: done"
    app.button(key="quiz.begin.after").click().run()
    assert f"{attempt.right} of {LAST} right" in words(app)


def test_two_tabs_with_one_quiz(opened, home: Path) -> None:
    """The first to hand in counts; the other one says so, and shows what counts."""
    app = opened("learn")
    app.button(key="quiz.begin.after").click().run()
    app.radio[0].set_value(4).run()
    keep_attempt(attempt(7, "after", temperature="right"), home)
    quiz = quiz_state.Opened(attempt(7, "after").id, 0, LAST)
    app.session_state[state.QUIZ_OPEN] = {"after": quiz}
    app.run()
    app.button(key="quiz.hand_in").click().run()
    assert "handed in before, in another tab" in words(app)
    assert f"1 of {LAST} right" in words(app)
    assert len(kept_answers(home).attempts) == 1


@pytest.mark.parametrize(
    "sent",
    [
        7,
        {"id": "../x", "pseudonym": "x" * 99, "quizzes": 3},
        {"quizzes": {"now": ["0" * 32, 1, 0, [None] * LAST]}},
        *({"quizzes": {"before": value}} for value in (None, [], ["0" * 32, 1, 0], ["x", 1, 0, [None] * LAST])),
        *({"quizzes": {"before": ["0" * 32, *rest]}} for rest in ((99, 0, [None] * LAST), (1, 99, [None] * LAST))),
        *({"quizzes": {"before": ["0" * 32, 1, 0, rest]}} for rest in (None, [None], [True] * LAST, [99] * LAST)),
    ],
)
def test_what_a_browser_sends_is_checked(monkeypatch: pytest.MonkeyPatch, sent: object) -> None:
    """Values of another form are as if the browser kept nothing."""
    monkeypatch.setattr(quiz_browser.st, "session_state", {state.QUIZ_OWN: sent})
    assert quiz_browser.own() == quiz_browser.Own()


def test_one_session_hands_in_a_few_times(home: Path) -> None:
    """Whatever a browser sends: an attempt that was handed in stays as it is, an answer out of range is none, and the
    seventh attempt of a session is refused.
    """

    def press(when: str, times: int) -> None:
        import streamlit as st

        from dashboard.parts.learn import quiz_state

        for _ in range(times):
            quiz_state.again(when)
            st.session_state[quiz_state.answer_key(when, "tail_label")] = 99
            st.session_state[quiz_state.answer_key(when, "temperature")] = "x" * 100_000
            for name in ("x" * 1_000_000, "", ""):
                st.session_state["quiz.name"] = name
                quiz_state.hand_in(when)
                if name:
                    assert st.session_state["quiz.error"] == "The name has 1,000,000 characters; 40 are the most."
        st.text(str(st.session_state["quiz.lost"]))

    app = AppTest.from_function(press, args=("before", 9)).run()
    assert not app.exception
    assert "this browser tab has handed in 6 times, the most" in app.text[0].value
    kept = kept_answers(home).attempts
    assert len(kept) == quiz_state.MAX_PER_SESSION
    assert {outcome for one in kept for outcome in one.outcomes.values()} == {"skipped"}


def test_the_teacher_reads_exports_and_deletes(opened, home: Path) -> None:
    """Shares, gains and mistakes of a class; a damaged file is named; deleting asks first."""
    for one in a_class(5):
        keep_attempt(one, home)
    (home / FOLDER / "cut.json").write_text("{")
    app = opened("learn")
    app.button(key="quiz.answers").click().run()
    said = words(app)
    assert "**5** before the lessons · **5** after them · **5** both" in said
    assert "n = 5: right answers of 8" in said
    assert "cut\\.json \\(not JSON\\)" in said
    table, mistakes = (one.value for one in app.dataframe)
    assert list(table["Question"]) == [f"{n} · {q.title}" for n, q in enumerate(QUESTIONS.values(), 1)]
    assert len(mistakes) > len(table)
    assert "Delete the answers of all 11 quizzes?" in said
    app.button(key="quiz.delete.all").click().run()
    assert not list((home / FOLDER).iterdir())
    assert "No answers yet" in words(app)


def test_in_a_class(opened, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer answers, and that is one small file; the answers of the class are neither read nor deleted by it."""
    monkeypatch.setenv("MLCL_CLASS", "1")
    monkeypatch.setenv("MLCL_TEACHER", TOKEN)
    keep_attempt(attempt(1), home)
    app = opened("learn")
    assert "quiz.answers" not in {one.key for one in app.button}
    before = {*home.rglob("*")}
    at_the_end(app)
    app.button(key="quiz.hand_in").click().run()
    (new,) = {*home.rglob("*")} - before
    assert new.parent == home / FOLDER
    assert str(home) not in words(app)
    app.button(key="quiz.leave").click().run()
    app.session_state[state.QUIZ] = quiz_state.ANSWERS
    app.run()
    assert "are the teacher's to read" in words(app)
    assert not {"quiz.delete.all", "quiz.files"} & {one.key for one in app.button}

    def forged() -> None:
        import streamlit as st

        from dashboard.parts.learn.quiz_answers import delete_all

        delete_all()
        st.text(st.session_state["quiz.error"])

    refused = AppTest.from_function(forged).run()
    assert refused.text[0].value == "Read only: the teacher steers this run. Nothing was changed."
    assert len(kept_answers(home).attempts) == 2
