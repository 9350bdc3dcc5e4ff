"""The records of a lesson: cards of a few sentences, each with a stage beside it; all numbers are computed."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.lessons.recorded import Recorded

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """A question to guess before the answer is revealed.

    ``ask`` and ``reveal`` are texts with the card's numbers in braces; ``right`` returns the index of the correct
    option from those numbers. ``veiled``: the stage shows the answer, so it is hidden until then.
    """

    ask: str
    options: tuple[str, ...]
    right: Callable[[Numbers], int]
    reveal: str
    veiled: bool = False


@dataclass(frozen=True)
class Card:
    """One idea.

    Attributes:
        text: Markdown, a few sentences, numbers in braces.
        stage: The part of a page beside the card, a key of ``dashboard.parts.learn.stage.STAGES``.
        numbers: Computes the numbers of the texts from the recorded runs.
        sets: Session keys of widgets and their values when the card is opened; all can be changed afterwards.
        rule: The rule of the recorded run that the page shows.
        at: The frame that the timeline points at: ``first``, ``middle`` or ``last``.
        question: The question of the card, if it has one.
    """

    text: str
    stage: str
    numbers: Callable[[Recorded], Numbers] | None = None
    sets: Mapping[str, Any] = field(default_factory=dict)
    rule: str = "similarity_dissimilarity"
    at: str = "last"
    question: Question | None = None


@dataclass(frozen=True)
class Lesson:
    """A lesson: its question, its cards, and the sentence to take home (with the last card's numbers)."""

    name: str
    title: str
    idea: str
    cards: tuple[Card, ...]
    take_home: str


def filled(template: str, numbers: Numbers) -> str:
    """A text with its numbers.

    Raises:
        KeyError: The text names a number that was not computed.
    """
    return template.format(**numbers)


def literal_text(template: str) -> str:
    """The text of a template outside the braces."""
    return "".join(text for text, *_ in string.Formatter().parse(template))


def nearest(options: tuple[float, ...], value: float) -> int:
    """Index of the option nearest to a value; the first one if two are equally near."""
    return min(range(len(options)), key=lambda place: abs(options[place] - value))
