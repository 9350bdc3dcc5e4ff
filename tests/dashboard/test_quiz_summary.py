"""The summary of a class, by hand, and of 300 students."""

from dataclasses import replace

import pytest

from dashboard.quiz.in_words import both_words, mistake_rows, summary_rows, took_words
from dashboard.quiz.question import RIGHT
from dashboard.quiz.questions import QUESTIONS
from dashboard.quiz.summary import summarise
from tests.quiz_attempts import a_class, attempt

FIRST = "which_pairs_pull"


def test_four_students_by_hand() -> None:
    """Two with both quizzes, one with each; repetitions and a quiz after that came first do not count."""
    wrong = {FIRST: "one_factor"}
    attempts = [
        attempt(1, "before", at=1, **wrong),
        attempt(1, "after", at=2, **{FIRST: RIGHT}),
        replace(attempt(9, "after", at=3, **wrong), browser=attempt(1).browser),  # again: left out
        attempt(2, "before", at=1, pseudonym="Ada", **{FIRST: "other_side"}),
        attempt(3, "after", at=4, pseudonym="ada", **wrong),  # another browser, the same name in small letters
        attempt(4, "before", at=1, **{FIRST: RIGHT}),
        attempt(5, "after", at=1),
    ]
    found = summarise(reversed(attempts))
    assert (found.before, found.after, found.both, found.again) == (3, 3, 2, 1)
    assert (found.mean_before, found.mean_after, found.gain) == (0.0, 0.5, None)
    one = found.questions[0]
    assert (one.before.right, one.before.persons, one.before.unknown) == (1, 3, 0)
    assert (one.after.right, one.after.persons, one.after.unknown) == (1, 3, 1)
    assert (one.gain.gained, one.gain.lost, one.gain.pairs, one.gain.value) == (1, 0, 2, 0.5)
    assert [(mistake.name, mistake.before, mistake.after) for mistake in one.mistakes] == [
        ("one_factor", 1, 1),
        ("other_side", 1, 0),
    ]
    assert took_words(found) == "**3** before the lessons · **3** after them · **2** both · 1 repetition left out"
    assert "n = 2: right answers of 8 on average 0.0 before, 0.5 after: **+0.5**" in both_words(found)
    row = summary_rows(found)[0]
    assert (row["Right before"], row["Right after"]) == ("33% of 3", "33% of 3")
    assert row["Gain, of those with both"].startswith("+50 [")
    assert {"Question": "1 · Which pairs pull, and how strongly", "Answer": "not known, or no answer"} | {
        "Before": 0,
        "After": 1,
    } in mistake_rows(found)


def test_an_empty_class_and_half_a_one() -> None:
    """No answers: no shares, no gain; only quizzes before: shares, no gain."""
    for attempts in ([], [attempt(1)]):
        found = summarise(attempts)
        assert found.both == 0
        assert {one.gain for one in found.questions} == {None}
        assert "there is none yet" in both_words(found)
        assert summary_rows(found)[0]["Right after"] == "–"


def test_300_students() -> None:
    """Shares lie where they were drawn, each interval around its gain."""
    found = summarise(a_class(300))
    assert (found.before, found.after, found.both, found.again) == (300, 300, 300, 0)
    assert found.gain is not None
    assert found.gain.low < found.mean_after - found.mean_before < found.gain.high
    assert found.mean_after - found.mean_before == pytest.approx(0.25 * len(QUESTIONS), abs=0.4)
    for one in found.questions:
        assert one.before.of_right == pytest.approx(0.5, abs=0.1)
        assert one.gain is not None
        assert one.gain.low < one.gain.value < one.gain.high
        assert one.p is not None
        assert one.p >= one.gain.p
