"""Question: what a tail label needs."""

import numpy as np

from dashboard.lessons.long_tail import meets
from dashboard.quiz.question import Asked, Option, QuizQuestion

ITEMS, BATCHES, LARGE, FEW = (900, 1200, 1500, 2000), (32, 48, 64), (256, 384, 512), (8, 12, 16)
MIN_APART = 0.25  # of the two chances


def make(rng: np.random.Generator) -> Asked | None:
    """A rare label, and four changes, of which one makes it meet itself often."""
    items, size, large, few = (int(rng.choice(one)) for one in (ITEMS, BATCHES, LARGE, FEW))
    carriers, queue_is_large = int(rng.integers(3, 7)), bool(rng.integers(2))
    queue, batch = (large, size + few) if queue_is_large else (few, large)
    now = meets(items, carriers, size - 1)
    chances = {
        f"A queue that keeps {queue} earlier items as candidates": meets(items, carriers, size - 1 + queue),
        f"Batches of {batch} instead of {size}": meets(items, carriers, batch - 1),
        "Half the temperature": now,
        "Label-by-label weights (MulSupCon)": now,
    }
    first, second = list(chances.values())[:2]
    if abs(first - second) < MIN_APART:
        return None
    best = max(chances, key=chances.__getitem__)
    mistakes = dict(zip(chances, ("too_few", "too_few", "temperature", "weights"), strict=True)) | {best: ""}
    said = "; ".join(f"{text[0].lower()}{text[1:]}: {chance:.0%}" for text, chance in list(chances.items())[:2])
    return Asked(
        f"A label has {carriers} of the {items:,} training items. Batches of {size} items are drawn uniformly, so that "
        f"an item with the label meets another one with it in {now:.0%} of its batches. Which change raises this "
        "chance most?",
        tuple(sorted((Option(text, mistakes[text]) for text in chances), key=lambda option: option.mistake)),
        f"A label is learnt from items that have it and **meet**. The chance grows with the number of candidates "
        f"beside the anchor: {said}. Temperature and weights act on the pairs that are there; the chance "
        f"stays at {now:.0%}.",
        {"items": items, "carriers": carriers, "size": size, "queue": queue, "batch": batch, "best": best},
    )


TAIL_LABEL = QuizQuestion(
    name="tail_label",
    title="What a tail label needs",
    lesson="long_tail",
    card=2,
    mistakes={
        "too_few": "took a few more candidates to be enough",
        "temperature": "expected the temperature to make items meet",
        "weights": "took a greater weight for a meeting",
    },
    make=make,
)
