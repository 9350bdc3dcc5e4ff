"""Lesson: ALL starves, ANY blurs."""

from itertools import product

import numpy as np

from dashboard import state
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question, nearest
from dashboard.lessons.recorded import RUN, Recorded, example, under
from dashboard.lessons.widgets import pairs
from mlcl_core.data import anchors_without_positive, epoch_batches
from mlcl_core.maps import FIRST_MAP
from mlcl_core.pairs import RULES

SMALL, SIZE = 16, 256
BOTH = {"all": "all_equal", "any": "any_shared"}
LABELS = 4
KINDS = ("equal", "nested", "overlap")
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
    """Shares of icons without a positive in batches drawn as in training."""
    data = recorded.data
    shares = anchors_without_positive(data.labels, data.indices("train"), [SMALL, SIZE])
    return {
        "size": SIZE,
        "batches": len(epoch_batches(data.indices("train"), SIZE, seed=0, epoch=0)),
        "small": SMALL,
        **{f"{name}_small": shares[rule][0] for name, rule in BOTH.items()},
        **{name: shares[rule][1] for name, rule in BOTH.items()},
    }


def worth(recorded: Recorded) -> Numbers:
    """The labels that a positive of ANY shares with its anchor, among the watched items."""
    labels = recorded.watched_items.labels
    weights = {}
    for rule in ("any_shared", "jaccard"):
        import torch

        y = torch.from_numpy(labels)
        weights[rule] = RULES[rule].weights(y, y, self_index=torch.arange(len(y))).attract.numpy()
    positive = weights["any_shared"] > 0
    common = weights["jaccard"][positive]
    heaps: dict[str, float] = {}
    for name, rule in (("any", "any_shared"), ("both", RUN)):
        metrics = recorded.metrics("last", rule)
        cosines = [metrics[f"cosine_{kind}"] for kind in KINDS]
        heaps |= {f"{name}_low": min(cosines), f"{name}_high": max(cosines)}
    return {
        **heaps,
        "positives": float(positive.sum(1).mean()),
        "jaccard": float(common.mean()),
        "little": float(np.mean(common < 0.5)),
        "items": len(labels),
    }


def between(_: Recorded) -> Numbers:
    """The number of rules with the positives of ANY for all labels, but different weights among them."""
    import torch

    y = torch.tensor(list(product([False, True], repeat=LABELS)))  # every possible label set, as one batch
    own = torch.arange(len(y))
    made = {name: rule.weights(y, y, self_index=own) for name, rule in RULES.items()}
    reference = made["any_shared"].positive
    found = [
        name
        for name, weights in made.items()
        if torch.equal(weights.positive, reference) and len(weights.attract[reference].unique()) > 1
    ]
    return {"between": len(found), "rules": len(RULES)}


STARVE_AND_BLUR = Lesson(
    name="starve_and_blur",
    title="ALL starves, ANY blurs",
    idea="Which pairs should count as positive?",
    cards=(
        Card(
            "The two oldest answers. **ALL**: positive when the sets are *equal*. **ANY**: positive when they *share a "
            "label*.\n\nIn this batch of {items} items, ALL leaves {all} anchors without any positive; ANY leaves "
            "{any}. An anchor without a positive learns nothing from the others.",
            Picture("pairs", pairs("starving", "all_equal", "any_shared")),
            starving,
        ),
        Card(
            "Now real data: {batches} batches of {size} icons, drawn as in training.",
            None,
            alone,
            question=Question(
                "Under ALL: what share of the anchors finds **no** other icon with exactly its labels?",
                tuple(f"{guess:.0%}" for guess in GUESSES),
                lambda numbers: nearest(GUESSES, numbers["all"]),
                "**{all:.1%}** of them. They starve: such an anchor has only its own second view to pull. Under ANY it "
                "is {any:.1%}. The chart shows other rules and batch sizes: with {small} in a batch it is "
                "{all_small:.1%} under ALL and {any_small:.1%} under ANY.",
                after=Picture("without a positive"),
            ),
        ),
        Card(
            "So use ANY? It finds plenty of positives: {positives:.0f} on average for one of the {items} watched "
            "icons. But a positive then says little: two icons that ANY calls positive share {jaccard:.0%} of their "
            "labels on average, and {little:.0%} of such pairs share less than half.\n\nANY gives them the same "
            "weight. The space **blurs**: colour is the relation to the anchor, and the mean cosines of equal, nested "
            "and overlapping pairs lie between {any_low:.2f} and {any_high:.2f}. Trained with weights that distinguish "
            "them, they lie between {both_low:.2f} and {both_high:.2f}.",
            Picture("cloud", {state.COLOUR: "relation", state.MAP: FIRST_MAP}, rule="any_shared"),
            worth,
        ),
        Card(
            "Newer rules stand between the two: {between} of the {rules} here have the same positives as ANY, but "
            "*weigh* them. Compare any two rules here, A against B. The list under the matrices names pairs on which "
            "they differ.",
            Picture("pairs", pairs("common", "any_shared", "similarity_dissimilarity")),
            between,
        ),
    ),
    take_home="ALL starves many anchors, ANY blurs its positives; rules that weigh the positives stand between them.",
    aim="Say what is lost when positives must have equal sets, and when one shared label is enough.",
    minutes=6,
)
