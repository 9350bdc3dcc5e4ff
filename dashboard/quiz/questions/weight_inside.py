"""Question: what a weight inside the logarithm does."""

from math import log

import numpy as np

from dashboard.figures.methods import Method
from dashboard.quiz.question import Asked, Option, QuizQuestion
from dashboard.quiz.small_batch import ANY, SD, batch_of, in_words, shuffled_labels, terms

MIN_PULL = 0.05  # of the force under ANY, so that three decimals tell the options apart
TEMPERATURE = 0.2


def make(rng: np.random.Generator) -> Asked | None:
    """A pulled pair among five items, with the same force under ANY and with the weight of SD inside."""
    a, b, c, d, e, f = shuffled_labels(rng)
    anchor, other = (a, b), (b, c, d)
    batch = batch_of(anchor, other, (a, c), (a, b), (e, f), (d, e), seed=int(rng.integers(1000)))

    def force(rule: str, placement: str) -> float:
        method = Method(rule, temperature=TEMPERATURE, placement=placement, normalise="count")
        return float(terms(batch, method).force[0, 1])

    plain, inside, outside = force(ANY, "outside"), force(SD, "inside"), force(SD, "outside")
    weight = float(terms(batch, Method(SD)).attract[0, 1])
    if plain > -MIN_PULL:
        return None
    return Asked(
        f"The anchor has the labels {in_words(anchor)}, another item has {in_words(other)}. With equal weights (ANY) "
        f"the force on this pair is {plain:+.3f}. SD gives the pair the weight *w* = {weight:.2f}; it is put "
        "**inside** the logarithm, log(*w* · share), and each anchor is divided by the number of its positives, as "
        "before. What is the force now?",
        (
            Option(f"{inside:+.3f}: it does not change"),
            Option(f"{weight * plain:+.3f}: it is multiplied by the weight", "multiplied"),
            Option(f"{outside:+.3f}: all positives are weighed against each other", "as_outside"),
            Option(f"{plain + log(weight):+.3f}: log w is added to it", "added"),
        ),
        f"log(*w* · share) = log *w* + log share. The labels fix *w* = {weight:.2f}, so log *w* = {log(weight):.2f} is "
        f"a constant: it changes the value of the loss and none of its slopes. The force stays at **{inside:+.3f}**. "
        f"With the weight outside the logarithm it would be {outside:+.3f}.",
        {"plain": plain, "inside": inside, "outside": outside, "weight": weight, "batch": batch},
    )


WEIGHT_INSIDE = QuizQuestion(
    name="weight_inside",
    title="What a weight inside the logarithm does",
    lesson="placement",
    card=2,
    mistakes={
        "multiplied": "let a weight inside the logarithm scale the force",
        "as_outside": "took the weight as if it stood outside the logarithm",
        "added": "took the value of the loss for its slope",
    },
    make=make,
)
