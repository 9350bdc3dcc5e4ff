"""Guesses, revealed answers and lessons that were done, kept by this browser.

The session holds them; the browser holds a copy, which is checked when it comes back: a browser sends what it likes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.components.keep import keep, kept, value_of
from dashboard.lessons import LESSONS

NAME = "lessons"
VERSION = 1


@dataclass
class Progress:
    """How far the lessons are.

    Attributes:
        guesses: The option guessed, by lesson and card.
        revealed: Lessons and cards whose answers are shown.
        done: Lessons whose sentence to take home was shown.
        last: The lesson and the card that were opened last.
        read: Whether the browser's copy was read.
    """

    guesses: dict[tuple[str, int], int] = field(default_factory=dict)
    revealed: set[tuple[str, int]] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    last: tuple[str, int] | None = None
    read: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the browser."""
        return {
            "version": VERSION,
            "guesses": [[*place, guess] for place, guess in sorted(self.guesses.items())],
            "revealed": sorted(map(list, self.revealed)),
            "done": sorted(self.done),
            "last": list(self.last) if self.last else None,
        }


def from_json(value: Any) -> Progress:
    """What a browser kept; whatever is no lesson, card or option here is left out."""
    found = Progress()
    if not isinstance(value, Mapping) or value.get("version") != VERSION:
        return found
    for one in _list(value, "guesses"):
        if isinstance(one, list) and len(one) == 3 and (options := _options(one[:2])) and one[2] in range(options):
            found.guesses[one[0], int(one[1])] = int(one[2])
    found.revealed = {(one[0], int(one[1])) for one in _list(value, "revealed") if _options(one)}
    found.done = {one for one in _list(value, "done") if isinstance(one, str) and one in LESSONS}
    last: Any = value.get("last")
    found.last = (last[0], int(last[1])) if _is_card(last) else None
    return found


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _is_card(one: Any) -> bool:
    return (
        isinstance(one, list)
        and len(one) == 2
        and isinstance(one[0], str)
        and one[0] in LESSONS
        and isinstance(one[1], int)
        and one[1] in range(len(LESSONS[one[0]].cards))
    )


def _options(one: Any) -> int:
    """How many options the question of a card has; 0 where that is none."""
    if not _is_card(one):
        return 0
    question = LESSONS[one[0]].cards[one[1]].question
    return len(question.options) if question else 0


def progress() -> Progress:
    """That of this session."""
    found: Progress = st.session_state.setdefault(state.PROGRESS, Progress())
    return found


def keep_progress(then: Callable[[], None]) -> None:
    """Draw what reads and writes the browser's copy, once in each run of the page; it shows nothing.

    ``then`` is called when the browser answered, and its copy and what this session did meanwhile count together;
    later, what another tab wrote replaces both.
    """

    def take() -> None:
        session, own, found = st.session_state, progress(), from_json(value_of(NAME))
        if not own.read:
            found.guesses |= own.guesses
            found.revealed |= own.revealed
            found.done |= own.done
            found.last = own.last or found.last
        found.read = True
        session[state.PROGRESS] = found
        for place in own.guesses.keys() | found.guesses.keys():
            session[guess_key(*place)] = found.guesses.get(place)
        if found.as_json() != (value_of(NAME) or Progress().as_json()):
            saved()
        then()

    kept(NAME, then=take)


def saved() -> None:
    """Let the browser keep what was changed."""
    keep(NAME, progress().as_json())


def start_over() -> None:
    """Callback: forget all guesses and marks, here and in the browser."""
    own = progress()
    st.session_state[state.PROGRESS] = Progress(read=own.read)
    for lesson, card in own.guesses:
        st.session_state.pop(guess_key(lesson, card), None)
    keep(NAME, None)


def is_revealed(lesson: str, card: int) -> bool:
    """Whether the answer of a card's question is shown."""
    return (lesson, card) in progress().revealed


def guess_key(lesson: str, card: int) -> str:
    """Session key of the choice among the options of a card."""
    return f"learn.{lesson}.{card}.guess"


def reveal(lesson: str, card: int) -> None:
    """Show the answer of a card's question from now on."""
    progress().revealed.add((lesson, card))


def take_guess(lesson: str, card: int) -> None:
    """Callback: keep the guess."""
    guess = st.session_state.get(guess_key(lesson, card))
    if guess is not None:
        progress().guesses[lesson, card] = int(guess)
        saved()


def note_open(lesson: str, card: int) -> None:
    """Note that a card stands open, with what is shown of it."""
    own, cards = progress(), LESSONS[lesson].cards
    own.last = (lesson, card)
    if card == len(cards) - 1 and (cards[card].question is None or is_revealed(lesson, card)):
        own.done.add(lesson)
    saved()


def next_card() -> tuple[str, int] | None:
    """The lesson and card to go on with; None before the first card was opened, and when all lessons are done."""
    own, names = progress(), list(LESSONS)
    if own.last is None or own.last[0] not in own.done:
        return own.last
    after = names.index(own.last[0]) + 1
    left = [name for name in names[after:] + names[:after] if name not in own.done]
    return (left[0], 0) if left else None
