"""What a class answered before and after the lessons: shares, paired gains with intervals, the mistakes that stayed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.quiz.attempt import Attempt
from dashboard.quiz.question import RIGHT, SKIPPED, TIMES, UNKNOWN, QuizQuestion
from dashboard.quiz.questions import QUESTIONS
from mlcl_core.statistics import Interval, holm, interval_seeds
from mlcl_core.statistics.paired import PairedGain, paired_gain

MIN_PERSONS = 3  # below them no interval of the number of right answers


@dataclass(frozen=True)
class Share:
    """Of ``persons``, how many answered right, and how many said that they do not know or gave no answer."""

    persons: int
    right: int
    unknown: int

    @property
    def of_right(self) -> float:
        """The share of right answers; NaN without persons."""
        return self.right / self.persons if self.persons else float("nan")


@dataclass(frozen=True)
class Mistake:
    """A mistake, and how many made it before and after."""

    name: str
    words: str
    before: int
    after: int


@dataclass(frozen=True)
class QuestionSummary:
    """One question.

    Attributes:
        question: The question.
        before, after: Of all who took that quiz.
        gain: Among those who took both; None: there are none.
        p: Of the gain, adjusted by Holm over the questions; None without one.
        mistakes: Those that were made, the commonest after the lessons first.
    """

    question: QuizQuestion
    before: Share
    after: Share
    gain: PairedGain | None
    p: float | None
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Summary:
    """A class.

    Attributes:
        before, after: Number of persons who took each quiz.
        both: Number of those who took the one, and later the other.
        again: Attempts that do not count, because their person has one for that time already.
        questions: One for each question.
        mean_before, mean_after: Right answers of those who took both, on average; NaN without any.
        gain: Interval of the difference; None: fewer than 3 persons.
    """

    before: int
    after: int
    both: int
    again: int
    questions: tuple[QuestionSummary, ...]
    mean_before: float
    mean_after: float
    gain: Interval | None


def summarise(attempts: Iterable[Attempt]) -> Summary:
    """Summarise a class.

    The first attempt of each person before the lessons counts, and the first one after them; a pair is an attempt
    before and the first one after it. "I do not know" and no answer count as not right.
    """
    ordered = sorted(attempts, key=lambda attempt: (attempt.at, attempt.id))
    first: dict[str, dict[tuple[str, str], Attempt]] = {when: {} for when in TIMES}
    for attempt in ordered:
        first[attempt.when].setdefault(attempt.person, attempt)
    before, after = (first[when] for when in TIMES)
    pairs: dict[tuple[str, str], tuple[Attempt, Attempt]] = {}
    for attempt in ordered:
        started = before.get(attempt.person)
        if attempt.when == "after" and started is not None and attempt.at > started.at:
            pairs.setdefault(attempt.person, (started, attempt))
    both = list(pairs.values())
    rights = np.array([[one.right for one in pair] for pair in both], float).reshape(-1, 2)
    mean = rights.mean(0) if both else np.full(2, np.nan)
    return Summary(
        before=len(before),
        after=len(after),
        both=len(both),
        again=len(ordered) - len({id(one) for one in (*before.values(), *after.values(), *(b for _, b in both))}),
        questions=_questions([*before.values()], [*after.values()], both),
        mean_before=float(mean[0]),
        mean_after=float(mean[1]),
        gain=interval_seeds(rights[:, 1] - rights[:, 0]) if len(both) >= MIN_PERSONS else None,
    )


def _questions(
    before: Sequence[Attempt], after: Sequence[Attempt], both: Sequence[tuple[Attempt, Attempt]]
) -> tuple[QuestionSummary, ...]:
    gains = {}
    for name in QUESTIONS if both else ():
        right = np.array([[one.outcomes.get(name) == RIGHT for one in pair] for pair in both])
        gains[name] = paired_gain(right[:, 0], right[:, 1])
    adjusted = dict(zip(gains, holm(np.array([gain.p for gain in gains.values()])), strict=True))
    return tuple(
        QuestionSummary(
            question,
            _share(before, name),
            _share(after, name),
            gains.get(name),
            float(adjusted[name]) if name in adjusted else None,
            _mistakes(before, after, question),
        )
        for name, question in QUESTIONS.items()
    )


def _share(attempts: Sequence[Attempt], name: str) -> Share:
    outcomes = Counter(attempt.outcomes.get(name, SKIPPED) for attempt in attempts)
    return Share(len(attempts), outcomes[RIGHT], outcomes[UNKNOWN] + outcomes[SKIPPED])


def _mistakes(before: Sequence[Attempt], after: Sequence[Attempt], question: QuizQuestion) -> tuple[Mistake, ...]:
    found = [Counter(attempt.outcomes.get(question.name) for attempt in one) for one in (before, after)]
    made = [
        Mistake(name, words, found[0][name], found[1][name])
        for name, words in question.mistakes.items()
        if found[0][name] + found[1][name]
    ]
    return tuple(sorted(made, key=lambda one: (-one.after, -one.before)))
