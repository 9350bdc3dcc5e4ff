"""The records of a lesson: cards of a few sentences, each with a picture beside it; all numbers are computed."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.lessons.recorded import Recorded

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Picture:
    """What stands beside a card.

    Attributes:
        stage: The part of a page that is shown, a key of ``dashboard.parts.learn.stages.STAGES``.
        sets: Session keys of widgets and their values when the card is opened; all can be changed afterwards.
        rule: The rule of the recorded run that the stage shows.
        at: The frame that the timeline points at: ``first``, ``middle`` or ``last``.
        pair: Rows of the example batch, anchor and reference: the pair that is marked in matrices.
    """

    stage: str
    sets: Mapping[str, Any] = field(default_factory=dict)
    rule: str = "similarity_dissimilarity"
    at: str = "last"
    pair: tuple[int, int] | None = None


@dataclass(frozen=True)
class Question:
    """A question to guess before the answer is revealed.

    Attributes:
        ask: The question, numbers in braces.
        options: The answers to choose from.
        right: Returns the index of the correct option from the card's numbers.
        reveal: The answer, numbers in braces.
        after: The picture after Reveal; None: the card's picture stays.
        usually: What students usually say, for the teacher's sheet, numbers in braces.
    """

    ask: str
    options: tuple[str, ...]
    right: Callable[[Numbers], int]
    reveal: str
    after: Picture | None = None
    usually: str = ""


@dataclass(frozen=True)
class Card:
    """One idea.

    Attributes:
        text: Markdown, a few sentences, numbers in braces; it never holds what the question's ``reveal`` says.
        picture: What stands beside the text, before Reveal without the answer; None: nothing, until Reveal.
        numbers: Computes the numbers of the texts from the recorded runs.
        question: The question of the card, if it has one.
    """

    text: str
    picture: Picture | None
    numbers: Callable[[Recorded], Numbers] | None = None
    question: Question | None = None

    @property
    def after(self) -> Picture | None:
        """The picture after Reveal, or at once where the card has no question."""
        return (self.question.after if self.question else None) or self.picture


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes:
        name: Its key, also in addresses.
        title: In the list and above each card.
        idea: Its question, for the list.
        cards: In order.
        take_home: The sentence to take home, with the last card's numbers.
        aim: What a student can do or tell after it, for the teacher's sheet; numbers of the last card in braces.
        minutes: How long it takes in a class.
    """

    name: str
    title: str
    idea: str
    cards: tuple[Card, ...]
    take_home: str
    aim: str
    minutes: int


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
