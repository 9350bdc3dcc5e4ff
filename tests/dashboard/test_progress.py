"""Guesses and marks of the lessons: what a browser sends back is checked; two halves of a session count together."""

import json
from typing import Any

import pytest
import streamlit as st

from dashboard.components import keep as keeping
from dashboard.lessons import LESSONS
from dashboard.parts.learn import progress as learn
from dashboard.parts.learn.opening import show_answer
from dashboard.parts.learn.progress import Progress, from_json, guess_key, next_card, progress

FIRST, *_, LAST = LESSONS
ASKED = next(place for place, card in enumerate(LESSONS[FIRST].cards) if card.question)
OPTIONS = len(LESSONS[FIRST].cards[ASKED].question.options)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An empty session; the component is not drawn."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", found)
    monkeypatch.setattr(keeping, "_mount", lambda **options: found.update(drawn=options))
    return found


def says(session: dict[str, Any], text: str | None) -> list[str]:
    """The browser answers with a text; gives how often the page followed."""
    followed: list[str] = []
    learn.keep_progress(lambda: followed.append("followed"))
    data, key = session["drawn"]["data"], session["drawn"]["key"]
    session[key] = {"said": {"session": data["session"], "number": data["number"], "there": True, "text": text}}
    session["drawn"]["on_said_change"]()
    session[key] = {"said": None}
    return followed


def test_it_goes_there_and_back() -> None:
    """All that is kept is read again."""
    own = Progress({(FIRST, ASKED): 1}, {(FIRST, ASKED)}, {LAST}, (FIRST, 2))
    assert from_json(own.as_json()) == own


ODD = [None, 5, "x", [], {}, {"version": 2}, {"version": 1}, {"version": 1, "guesses": 5, "revealed": {}, "done": "x"}]
ODD_GUESSES = [[FIRST, ASKED, OPTIONS], [FIRST, ASKED, -1], [FIRST, 99, 0], ["none", ASKED, 0], [FIRST, ASKED, "0"]]
ODD_GUESSES += [[FIRST, ASKED], [FIRST, ASKED, None], [FIRST, ASKED, [0]], [FIRST, 10**30, 0], [[FIRST], ASKED, 0], 7]


@pytest.mark.parametrize("value", [*ODD, *({"version": 1, "guesses": [odd]} for odd in ODD_GUESSES)])
def test_what_is_no_guess_here_is_left_out(value: Any) -> None:
    """Other types, lessons that do not exist, options beyond the last."""
    assert from_json(value) == Progress()


@pytest.mark.parametrize("odd", [[FIRST, ASKED + 99], [FIRST], [FIRST, "1"], ["none", 0], 5, {"a": 1}, [FIRST, -1]])
def test_nor_other_marks(odd: Any) -> None:
    """Of revealed answers, lessons and the last card."""
    assert from_json({"version": 1, "revealed": [odd], "done": [odd], "last": odd}) == Progress()


def test_the_browser_answers_late(session: dict[str, Any]) -> None:
    """A guess made before the answer and the guesses of earlier visits count together, and the browser gets both."""
    session[guess_key(FIRST, ASKED)] = 0
    learn.take_guess(FIRST, ASKED)
    earlier = Progress({}, {(FIRST, ASKED)}, {LAST}, (LAST, 0))
    assert says(session, json.dumps(earlier.as_json())) == ["followed"]
    assert progress().guesses == {(FIRST, ASKED): 0}
    assert progress().revealed == {(FIRST, ASKED)}
    assert progress().done == {LAST}
    assert keeping.value_of(learn.NAME) == progress().as_json()


def test_another_tab_replaces(session: dict[str, Any]) -> None:
    """Later answers come from another tab: its guesses stand in the fields, those that it forgot do not."""
    says(session, None)
    says(session, json.dumps(Progress({(FIRST, ASKED): 1}).as_json()))
    assert session[guess_key(FIRST, ASKED)] == 1
    says(session, None)
    assert session[guess_key(FIRST, ASKED)] is None
    assert progress().guesses == {}


def test_no_answer_without_a_guess(session: dict[str, Any]) -> None:
    """A message that the browser's button does not send reveals nothing."""
    show_answer(FIRST, ASKED)
    assert not learn.is_revealed(FIRST, ASKED)


def test_where_to_go_on(session: dict[str, Any]) -> None:
    """The card that was open; after the end of a lesson the next one that is not done, from the start again at last."""
    assert next_card() is None
    learn.note_open(FIRST, 1)
    assert next_card() == (FIRST, 1)
    for name in LESSONS:
        if name not in (FIRST, LAST):
            progress().done.add(name)
    end = len(LESSONS[LAST].cards) - 1
    if LESSONS[LAST].cards[end].question:
        learn.reveal(LAST, end)
    learn.note_open(LAST, end)
    assert LAST in progress().done
    assert next_card() == (FIRST, 0)
    progress().done.add(FIRST)
    assert next_card() is None
    learn.start_over()
    assert progress() == Progress()
