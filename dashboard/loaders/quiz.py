"""The forms of the quiz."""

from functools import lru_cache
from typing import Any

SEEDS_KEPT = 40


@lru_cache(maxsize=SEEDS_KEPT)
def quiz_forms(seed: int) -> dict[str, dict[str, Any]]:
    """The forms of one seed (Asked): by ``before`` and ``after``, by question, in the order of the quiz."""
    from dashboard.quiz.question import TIMES
    from dashboard.quiz.questions import QUESTIONS

    made = {name: question.forms(seed) for name, question in QUESTIONS.items()}
    return {when: {name: forms[place] for name, forms in made.items()} for place, when in enumerate(TIMES)}
