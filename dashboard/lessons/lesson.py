"""What a lesson is made of: cards of a few sentences, each with what stands beside it; numbers are always computed."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.lessons.recorded import Recorded

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """Guess first, then look.

    ``ask`` and ``reveal`` are texts with the card's numbers in braces; ``right`` finds the place of the right one of
    the ``options`` from them. ``veiled``: what stands beside the card is the answer, and stays hidden until then.
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
        stage: What stands beside it, a key of ``dashboard.parts.learn.stage.STAGES``.
        numbers: Computes what the texts name from the recorded runs.
        sets: Widgets and what they are set to when the card is opened; they can be changed from there.
        rule: Which recorded run the page shows.
        at: Where in it the timeline stands: ``first``, ``middle`` or ``last`` frame.
        question: If it asks one.
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
    """A lesson: what it asks, its cards, and the sentence to take home (with the last card's numbers)."""

    name: str
    title: str
    idea: str
    cards: tuple[Card, ...]
    take_home: str


def filled(template: str, numbers: Numbers) -> str:
    """A text with its numbers.

    Raises:
        KeyError: It names a number that was not computed.
    """
    return template.format(**numbers)


def literal_text(template: str) -> str:
    """What stands in a template outside the braces."""
    return "".join(text for text, *_ in string.Formatter().parse(template))


def nearest(options: tuple[float, ...], value: float) -> int:
    """Place of the option nearest to a value; of two as near, the first."""
    return min(range(len(options)), key=lambda place: abs(options[place] - value))
