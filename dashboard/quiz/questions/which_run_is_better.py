"""Question: which of two runs is better, and how sure that is."""

from collections.abc import Callable

import numpy as np

from dashboard.quiz.question import Asked, Option, QuizQuestion
from mlcl_core.statistics import by_sums, compare_items, resample
from mlcl_core.statistics.sentences import number

ITEMS = (150, 200, 250, 300)
RESAMPLES = 999
ERRORS = (0.5, 1.6)  # standard errors by which A is ahead: visible, and not decided


def make(rng: np.random.Generator) -> Asked | None:
    """Two runs that predict the label sets of the same test items, one of them ahead by less than the interval."""
    items = int(rng.choice(ITEMS))
    easy = rng.random(items) < rng.uniform(0.4, 0.6)  # items on which both agree
    hits = (np.where(easy, 0.95, rng.uniform(0.2, 0.5, items)) > rng.random((2, items))).astype(float)
    apart = hits[0] - hits[1]
    if not ERRORS[0] < apart.mean() / (apart.std() / items**0.5) < ERRORS[1]:
        return None
    a, b = resample([by_sums(one[:, None], share(items)) for one in hits], items, resamples=RESAMPLES)
    found = compare_items(a, b)
    assert found.interval is not None
    if 0 not in found.interval:
        return None
    low, high = (number(end) for end in (found.low, found.high))
    return Asked(
        f"Two runs, one seed each, on the same {items} test items. A predicts {a.value:.1%} of the label sets "
        f"exactly, B {b.value:.1%}. A − B is {number(found.value)}, its 95 % interval over resampled test items "
        f"[{low}, {high}]; A is ahead in {found.share_ahead:.0%} of the resamples. What may be said?",
        (
            Option("It is open which is better: other test items could turn the order"),
            Option("A is better: its number is higher", "number_alone"),
            Option("Both are equally good: the interval holds zero", "no_difference"),
            Option(f"A is better with a probability of {found.share_ahead:.0%}", "share_is_probability"),
        ),
        f"The interval [{low}, {high}] holds zero, p = {found.p:.2f}: on other test items either run could be ahead. "
        "That is no proof that both are equal, the interval holds differences of both signs; and the share of "
        "resamples is no probability that A is better. One seed each says nothing of the methods: several seeds would.",
        {"hits": hits},
    )


def share(items: int) -> Callable[[np.ndarray], np.ndarray]:
    """From the number of hits to their share."""
    return lambda total: total[..., 0] / items


WHICH_RUN_IS_BETTER = QuizQuestion(
    name="which_run_is_better",
    title="Which of two runs is better",
    lesson="watch_it_train",
    card=3,
    mistakes={
        "number_alone": "went by the higher number alone",
        "no_difference": "took an interval that holds zero for a proof of equality",
        "share_is_probability": "took the share of resamples for a probability",
    },
    make=make,
)
