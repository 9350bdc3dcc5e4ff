"""Question: who is a superset of whom."""

import numpy as np

from dashboard.figures.colours import RELATION_BY_CODE, RELATION_BY_NAME
from dashboard.figures.methods import Method
from dashboard.quiz.question import Asked, Option, QuizQuestion
from dashboard.quiz.small_batch import ANY, batch_of, in_words, shuffled_labels, terms


def make(rng: np.random.Generator) -> Asked:
    """An anchor with three labels, and items inside it, around it, equal to it, and beside it."""
    word = ("superset", "subset")[rng.integers(2)]
    a, b, c, d, e, _ = shuffled_labels(rng)
    anchor = (a, b, c)
    # beside it: fewer labels than the anchor where the right item has fewer, more where it has more
    beside = (c, d) if word == "superset" else (a, b, d, e)
    others = [(a, b), (a, b, c, d), anchor, beside]
    relation = terms(batch_of(anchor, *others), Method(ANY)).relation[0, 1:].tolist()
    names = [RELATION_BY_CODE[code].name for code in relation]
    turned = RELATION_BY_CODE[RELATION_BY_NAME[word].turned].name
    mistakes = {word: "", turned: "points_side", "equal": "equal_sets", "overlap": "by_number"}
    options = [Option(in_words(one), mistakes[name]) for one, name in zip(others, names, strict=True)]
    right = others[names.index(word)]
    mark = RELATION_BY_NAME[word]
    return Asked(
        f"The anchor has the labels {in_words(anchor)}. A relation is named from the anchor's side, S the anchor's set "
        f"and T the other item's. For which of these other items is the anchor a *{word}*, {mark.symbol}?",
        tuple(sorted(options, key=lambda option: option.mistake)),
        f"**{in_words(right)}**: {mark.meaning}; the point has {mark.words()}. Seen from that item, the same pair is a "
        f"{turned}. Equal sets are *equal*, and where each set has labels that the other lacks, the relation is "
        "*overlap*, whatever their numbers.",
        {"anchor": anchor, "others": others, "word": word},
    )


WHO_IS_SUPERSET = QuizQuestion(
    name="who_is_superset",
    title="Who is a superset of whom",
    lesson="five_relations",
    card=1,
    mistakes={
        "points_side": "took the relation from the point's side",
        "equal_sets": "took an equal set for a strict one",
        "by_number": "went by the number of labels, not by which ones",
    },
    make=make,
)
