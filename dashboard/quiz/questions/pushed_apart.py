"""Question: why two items of one label set may be pushed apart."""

import numpy as np

from dashboard.figures.methods import Method
from dashboard.quiz.question import Asked, Option, QuizQuestion
from dashboard.quiz.small_batch import ANY, at_cosines, batch_of, in_words, shuffled_labels, terms

TEMPERATURES = (0.1, 0.15, 0.2)
MIN_PUSH = 0.05
POSITIVES = 3  # of the anchor


def make(rng: np.random.Generator) -> Asked | None:
    """An anchor with a near positive of its own label set, two farther positives and an item without a common label."""
    temperature = TEMPERATURES[rng.integers(len(TEMPERATURES))]
    a, b, c, d, *_ = shuffled_labels(rng)
    anchor = (a, b)
    cosines = [round(float(rng.uniform(*ends)), 2) for ends in ((0.75, 0.9), (0.4, 0.55), (0.25, 0.4), (0.0, 0.15))]
    batch = at_cosines(batch_of(anchor, anchor, (a, c), (b, d), (c, d)), cosines)
    found = terms(batch, Method(ANY, temperature=temperature))
    force, share = float(found.force[0, 1]), float(found.probability[0, 1])
    pull = float(found.coefficient[0] * found.attract[0, 1])
    # as printed, the difference must be right to its last digit
    if force < MIN_PUSH or round(round(share, 2) - round(pull, 2), 2) != round(force, 2):
        return None
    near, second, third, stranger = (f"{one:.2f}" for one in cosines)
    return Asked(
        f"ANY at temperature {temperature}. The anchor has the labels {in_words(anchor)} and {POSITIVES} positives in "
        f"its batch: an item with the **same label set** at cosine {near}, and two that share one label, at {second} "
        f"and {third}. One item without a common label is at {stranger}. What does the anchor's loss do with the pair "
        "of equal sets?",
        (
            Option(f"It pushes them apart ({force:+.2f}): the pair has more than its share of the sum"),
            Option(f"It pulls them together ({-pull:+.2f}): positives are pulled", "positives_pull"),
            Option(f"Nothing ({0:+.2f}): equal sets that near are settled", "settled"),
            Option(f"It pushes them apart ({share:+.2f}): as hard as an item without a common label there", "no_pull"),
        ),
        f"The loss wants each of the positives to have the same share of the sum over all items: {pull:.0%}. At "
        f"temperature {temperature} the near pair has {share:.0%}. The force is the difference, {share:.2f} − "
        f"{pull:.2f} = **{force:+.2f}**: a push, although the sets are equal, because the two farther positives are "
        "to catch up.",
        {"cosines": cosines, "temperature": temperature, "positives": POSITIVES},
    )


PUSHED_APART = QuizQuestion(
    name="pushed_apart",
    title="Two items of one label set",
    lesson="pull_and_push",
    card=2,
    mistakes={
        "positives_pull": "held that a positive cannot be pushed",
        "settled": "took near items with equal sets to feel no force",
        "no_pull": "left out the positive's own pull",
    },
    make=make,
)
