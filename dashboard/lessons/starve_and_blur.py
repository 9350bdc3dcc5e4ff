"""Lesson: ALL starves, ANY blurs."""

import numpy as np

from dashboard import state
from dashboard.lessons.lesson import Card, Lesson, Numbers, Question, nearest
from dashboard.lessons.recorded import Recorded, example, under
from dashboard.lessons.widgets import pairs
from mlcl_core.data import lonely_anchors
from mlcl_core.pairs import RULES

SIZE = 256
GUESSES = (0.05, 0.2, 0.4, 0.6, 0.8)


def starving(_: Recorded) -> Numbers:
    """Anchors of the example without a positive under each rule."""
    batch, found = example("starving"), {}
    for rule in ("all_equal", "any_shared"):
        terms = under(batch, rule).terms
        assert terms is not None
        found[rule] = int((~terms.positive.any(1)).sum())
    return {"items": len(batch), "all": found["all_equal"], "any": found["any_shared"]}


def alone(recorded: Recorded) -> Numbers:
    """Shares of icons without a positive in batches dealt as in training."""
    data = recorded.data
    shares = lonely_anchors(data.labels, data.indices("train"), [SIZE])
    return {
        "size": SIZE,
        "items": len(data.indices("train")),
        "all": shares["all_equal"][0],
        "any": shares["any_shared"][0],
    }


def worth(recorded: Recorded) -> Numbers:
    """What a positive of ANY has in common with its anchor, among the watched items."""
    labels = recorded.probe.labels
    weights = {}
    for rule in ("any_shared", "jaccard"):
        import torch

        y = torch.from_numpy(labels)
        weights[rule] = RULES[rule].weights(y, y, self_index=torch.arange(len(y))).attract.numpy()
    positive = weights["any_shared"] > 0
    common = weights["jaccard"][positive]
    return {
        "positives": float(positive.sum(1).mean()),
        "jaccard": float(common.mean()),
        "little": float(np.mean(common < 0.5)),
        "items": len(labels),
    }


LESSON = Lesson(
    name="starve_and_blur",
    title="ALL starves, ANY blurs",
    idea="Which pairs should count as positive?",
    cards=(
        Card(
            "The two oldest answers. **ALL**: positive when the sets are *equal*. **ANY**: positive when they *share a "
            "label*.\n\nIn this batch of {items} items, ALL leaves {all} anchors without any positive; ANY leaves "
            "{any}. An anchor without a positive learns nothing from the others.",
            "pairs",
            starving,
            pairs("starving", "all_equal", "any_shared"),
        ),
        Card(
            "Now real data, in batches dealt as in training. {items:,} icons are dealt into batches of {size}.",
            "lonely",
            alone,
            question=Question(
                "Under ALL: which share of the anchors finds **no** other icon with exactly its labels?",
                tuple(f"{guess:.0%}" for guess in GUESSES),
                lambda numbers: nearest(GUESSES, numbers["all"]),
                "**{all:.1%}** of them. They starve: such an anchor has only its own second view to pull. Under ANY it "
                "is {any:.1%}. The chart shows every rule and batch size; a larger batch helps, slowly.",
                veiled=True,
            ),
        ),
        Card(
            "So ANY? It finds positives in plenty: {positives:.0f} for each of the {items} watched icons. But a "
            "positive is then worth little: two icons that ANY calls positive share {jaccard:.0%} of their labels on "
            "average, and {little:.0%} of such pairs share less than half.\n\nANY pulls them all alike. The space "
            "**blurs**: colour is the relation to the anchor, and equal, nested and overlapping sets lie in one heap.",
            "cloud",
            worth,
            {state.COLOUR: "relation", state.MAP: "pca"},
            rule="any_shared",
        ),
        Card(
            "Between the two stand all the methods of this field: they *weigh* a pair by what it shares. Compare any "
            "two of them here, A against B, on the same batch. The list under the matrices names the pairs on which "
            "they differ most.",
            "pairs",
            None,
            pairs("common", "any_shared", "similarity_dissimilarity"),
        ),
    ),
    take_home="ALL starves its anchors, ANY blurs its positives; every newer method is a way between them.",
)
