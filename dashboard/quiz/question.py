"""The records of the quiz: a question, its forms from a seed, and the options, each wrong one a named mistake."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np

TIMES = ("before", "after")
SEEDS = 40  # pairs of forms of each question; all of them are tested
RIGHT, UNKNOWN, SKIPPED = "right", "unknown", "skipped"
I_DO_NOT_KNOW = "I do not know"
MAX_DRAWS = 500  # draws until two forms are found; a few are enough


@dataclass(frozen=True)
class Option:
    """One answer; ``mistake`` is the name of the mistake behind it, empty for the right one."""

    text: str
    mistake: str = ""


@dataclass(frozen=True)
class Asked:
    """A question as it is asked.

    Attributes:
        ask: Markdown.
        options: Exactly one is right; the order in which they are shown.
        because: Why the right one is right, with its numbers.
        given: The label sets and numbers from which the answer is computed, for tests.
    """

    ask: str
    options: tuple[Option, ...]
    because: str
    given: Mapping[str, Any]

    @property
    def right(self) -> int:
        """Place of the right option."""
        return next(place for place, option in enumerate(self.options) if not option.mistake)

    def outcome(self, chosen: int | None) -> str:
        """What an answer shows: ``right``, the name of a mistake, ``unknown``, or ``skipped``.

        Args:
            chosen: Place of the option; the number of options: "I do not know"; None, or another number: no answer.
        """
        if chosen == len(self.options):
            return UNKNOWN
        if chosen is None or not 0 <= chosen < len(self.options):
            return SKIPPED
        return self.options[chosen].mistake or RIGHT


@dataclass(frozen=True)
class QuizQuestion:
    """A question with as many forms as seeds.

    Attributes:
        name: Its key among the answers.
        title: What it is about.
        lesson: The lesson that teaches the answer.
        card: The card of that lesson, from 0.
        mistakes: What went wrong where a wrong option is chosen, by the name of the mistake.
        make: Draws a form, the right option first; None: the numbers drawn tell nothing, and others are drawn.
    """

    name: str
    title: str
    lesson: str
    card: int
    mistakes: Mapping[str, str]
    make: Callable[[np.random.Generator], Asked | None]

    def forms(self, seed: int) -> tuple[Asked, Asked]:
        """The forms before and after the lessons: other label sets or numbers, the same difficulty.

        Args:
            seed: 0 to 39.
        """
        rng = np.random.default_rng([seed, crc32(self.name.encode())])
        found: list[Asked] = []
        for _ in range(MAX_DRAWS):
            form = self.make(rng)
            # options that read alike cannot be told apart
            if form is None or len({option.text for option in form.options}) < len(form.options):
                continue
            order = rng.permutation(len(form.options))
            if all(form.ask != one.ask and form.because != one.because for one in found):
                found.append(replace(form, options=tuple(form.options[place] for place in order)))
            if len(found) == len(TIMES):
                return found[0], found[1]
        raise RuntimeError(f"{self.name}: {MAX_DRAWS} draws gave no two forms for seed {seed}")
