"""Question: what the temperature changes."""

import numpy as np

from dashboard.figures.methods import Method
from dashboard.quiz.question import Asked, Option, QuizQuestion
from dashboard.quiz.small_batch import ANY, at_cosines, batch_of, shuffled_labels, terms

TEMPERATURES = ((0.05, 0.5), (0.1, 0.5), (0.1, 1.0), (0.2, 1.0))
STRANGERS = 3  # the items without a label of the anchor


def make(rng: np.random.Generator) -> Asked:
    """An anchor, one positive, and three items without a common label at falling cosines."""
    low, high = TEMPERATURES[rng.integers(len(TEMPERATURES))]
    a, b, c, d, *_ = shuffled_labels(rng)
    cosines = [round(float(rng.uniform(*ends)), 2) for ends in ((0.5, 0.7), (0.2, 0.35), (-0.3, 0.0))]
    batch = at_cosines(batch_of((a,), (a,), (b,), (c,), (d,)), [0.4, *cosines])
    shares = {}
    for temperature in (low, high):
        force = terms(batch, Method(ANY, temperature=temperature)).force[0, -STRANGERS:]
        shares[temperature] = float(force[0] / force.sum())
    even = f"{1 / STRANGERS:.0%}"
    listed = ", ".join(f"{one:.2f}" for one in cosines)
    return Asked(
        f"An anchor has one positive and {STRANGERS} items without a common label, at the cosines {listed}. The "
        f"temperature falls from {high} to {low}. Which share of the push on these {STRANGERS} goes to the nearest?",
        (
            Option(f"It rises from {shares[high]:.0%} to {shares[low]:.0%}"),
            Option(f"It falls from {shares[low]:.0%} to {shares[high]:.0%}", "turned_around"),
            Option(f"It stays at {shares[high]:.0%}: all cosines are divided alike", "divided_alike"),
            Option(f"It is {even} before and after: they are pushed alike", "without_cosine"),
        ),
        f"At temperature {high} the nearest gets **{shares[high]:.0%}** of the push, at {low} **{shares[low]:.0%}**. "
        "The cosines are divided by the temperature before the exponential is taken: dividing by less stretches the "
        "differences between them, so a low temperature acts on the nearest items.",
        {"cosines": cosines, "low": low, "high": high},
    )


TEMPERATURE = QuizQuestion(
    name="temperature",
    title="What the temperature changes",
    lesson="pull_and_push",
    card=3,
    mistakes={
        "turned_around": "turned the temperature around",
        "divided_alike": "left out the exponential: what is divided alike need not stay alike",
        "without_cosine": "took the push to depend on labels and not on cosines",
    },
    make=make,
)
