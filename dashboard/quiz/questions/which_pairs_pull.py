"""Question: the weight of a pair under ALL, ANY and SD."""

import numpy as np

from dashboard.figures.methods import Method
from dashboard.quiz.question import Asked, Option, QuizQuestion
from dashboard.quiz.small_batch import ALL, ANY, SD, batch_of, in_words, shuffled_labels, terms

# labels of the anchor alone, of both, of the other item alone
SIZES = ((1, 2, 2), (1, 2, 3), (2, 2, 1), (1, 3, 2), (2, 3, 1), (3, 2, 1))


def make(rng: np.random.Generator) -> Asked:
    """Two overlapping sets of different sizes."""
    own, both, others = SIZES[rng.integers(len(SIZES))]
    names = shuffled_labels(rng)
    anchor, other = tuple(names[: own + both]), tuple(names[own : own + both + others])
    batch = batch_of(anchor, other)
    pairs = terms(batch, Method(SD))
    all_, any_ = (float(terms(batch, Method(rule)).attract[0, 1]) for rule in (ALL, ANY))
    sd, turned = float(pairs.attract[0, 1]), float(pairs.attract[1, 0])
    factor, penalty = float(pairs.similarity_factor[0, 1]), float(pairs.dissimilarity_factor[0, 1])

    def triple(of_all: float, of_sd: float) -> str:
        return f"ALL {of_all:.2f} · ANY {any_:.2f} · SD {of_sd:.2f}"

    return Asked(
        f"The anchor has the labels {in_words(anchor)}, another item of its batch has {in_words(other)}. Which weight "
        "does this pair have for the anchor under ALL, under ANY and under SD (similarity-dissimilarity, Kˢ · Kᵈ)?",
        (
            Option(triple(all_, sd)),
            Option(triple(all_, turned), "other_side"),
            Option(triple(all_, factor), "one_factor"),
            Option(triple(any_, sd), "all_is_any"),
        ),
        f"The sets differ, so under ALL the pair is no positive: {all_:.2f}. They share labels, so under ANY it has "
        f"the full weight {any_:.2f}. Under SD {int(pairs.shared[0, 1])} of the anchor's {len(anchor)} labels are in "
        f"the other set, Kˢ = {factor:.2f}; the other has {int(pairs.extra[0, 1])} extra, Kᵈ = {penalty:.2f}: "
        f"the weight is **{sd:.2f}**. With the other item as the anchor it is {turned:.2f}.",
        {"anchor": anchor, "other": other},
    )


WHICH_PAIRS_PULL = QuizQuestion(
    name="which_pairs_pull",
    title="Which pairs pull, and how strongly",
    lesson="two_factors",
    card=2,
    mistakes={
        "other_side": "took the factors from the other item's side",
        "one_factor": "left out the penalty for extra labels, Kᵈ",
        "all_is_any": "took a shared label to be enough under ALL",
    },
    make=make,
)
