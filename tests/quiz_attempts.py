"""Made answers of classes, for tests."""

import numpy as np

from dashboard.quiz.attempt import Attempt
from dashboard.quiz.question import RIGHT, UNKNOWN
from dashboard.quiz.questions import QUESTIONS


def attempt(number: int = 0, when: str = "before", pseudonym: str = "", at: float = 0.0, **outcomes: str) -> Attempt:
    """One attempt of the browser with that number: "I do not know" to all questions but those named."""
    answers = dict.fromkeys(QUESTIONS, UNKNOWN) | outcomes
    id = f"{number * 2 + (when == 'after'):032x}"
    return Attempt(id, f"{number:032x}", pseudonym, when, at, 0, "0", answers)


def a_class(persons: int, *, seed: int = 0) -> list[Attempt]:
    """Everyone takes both quizzes; half of the answers are right before, three quarters after."""
    rng, found = np.random.default_rng(seed), []
    for number in range(persons):
        for at, (when, share) in enumerate((("before", 0.5), ("after", 0.75))):
            answers = {
                name: RIGHT if rng.random() < share else str(rng.choice([*question.mistakes, UNKNOWN]))
                for name, question in QUESTIONS.items()
            }
            found.append(attempt(number, when, at=float(at), **answers))
    return found
