"""Lesson: ALL starves, ANY blurs."""

from itertools import product

import numpy as np

from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question, nearest
from dashboard.lessons.recorded import RUN, Recorded, example, under
from dashboard.lessons.widgets import pairs
from mlcl_core.data import anchors_without_positive, epoch_batches
from mlcl_core.pairs import RULES, Relation, relation_matrix

STARVED = (0, 2, 4, 6, 8)
SMALL, SIZE = 16, 256
BOTH = {"all": "all_equal", "any": "any_shared"}
LABELS = 4
KINDS = {
    "equal": (Relation.EQUAL,),
    "nested": (Relation.SUPERSET, Relation.SUBSET),
    "overlap": (Relation.OVERLAP,),
}
SOME = 4  # items of each kind that an anchor needs, so that its means say something
ALIKE = 0.02  # gaps between mean cosines that differ by less are the same
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


def many_sided(recorded: Recorded) -> int:
    """Row of the anchor whose cosines are shown: of those with some others of each kind, that with the shortest name.

    Which is chosen depends on labels and names only, so that no picture is picked for what it shows.
    """
    import torch

    y = torch.from_numpy(recorded.watched_items.labels)
    relation = relation_matrix(y, y)
    relation.fill_diagonal_(0)
    counts = [torch.isin(relation, torch.tensor(kind)).sum(1) for kind in KINDS.values()]
    enough = torch.stack(counts).min(0).values >= SOME
    return int(min(torch.where(enough)[0], key=lambda row: len(recorded.watched_items.names[row])))


def worth(recorded: Recorded) -> Numbers:
    """The labels that a positive of ANY shares with its anchor, among the watched items."""
    import torch

    y = torch.from_numpy(recorded.watched_items.labels)
    weights = {
        rule: RULES[rule].weights(y, y, self_index=torch.arange(len(y))).attract.numpy()
        for rule in ("any_shared", "jaccard")
    }
    positive = weights["any_shared"] > 0
    common = weights["jaccard"][positive]
    return {
        "positives": float(positive.sum(1).mean()),
        "jaccard": float(common.mean()),
        "items": len(y),
    }


def blur(recorded: Recorded) -> Numbers:
    """Mean cosines by relation in both runs: around one anchor, and over all pairs of the watched items."""
    anchor = many_sided(recorded)
    found: dict[str, object] = {**worth(recorded), "anchor": recorded.named(anchor)}
    for name, rule in (("any", "any_shared"), ("both", RUN)):
        pairs, metrics = recorded.pairs("last", rule, anchor=anchor), recorded.metrics("last", rule)
        means = {kind: float(pairs.cosine[np.isin(pairs.relation, codes)].mean()) for kind, codes in KINDS.items()}
        everywhere = {kind: metrics[f"cosine_{kind}"] for kind in KINDS}
        found |= {f"{name}_{kind}": mean for kind, mean in means.items()}
        found |= {f"{name}_all_{kind}": mean for kind, mean in everywhere.items()}
        found |= {f"{name}_gap": means["equal"] - means["overlap"]}
        found |= {f"{name}_all_gap": everywhere["equal"] - everywhere["overlap"]}
    return found


def nearer(numbers: Numbers) -> int:
    """Under ANY the groups lie 0 farther apart than under weights, 1 as far, 2 nearer together."""
    change = numbers["any_gap"] - numbers["both_gap"]
    return 1 if abs(change) < ALIKE else 0 if change > 0 else 2


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
            "Which items are an anchor's **positives**, those that the loss pulls towards it? Two old answers: **ALL** "
            "takes those with *exactly* its labels, **ANY** those that *share a label* with it.\n\nAn anchor without "
            "a positive **starves**: it learns nothing from the others.",
            Picture("label sets", pairs("starving", "all_equal", "any_shared")),
            starving,
            Question(
                "Take each item as anchor in turn. How many of the {items} starve under ALL?",
                tuple(str(number) for number in STARVED),
                lambda numbers: nearest(STARVED, numbers["all"]),
                "**{all}** under ALL, {any} under ANY. Each row is an anchor, and the rows of those that starve are "
                "hatched. Toggle labels until an anchor finds a twin.",
                after=Picture("positives of two methods", pairs("starving", "all_equal", "any_shared")),
                usually="Fewer, because many sets look alike. Let them search for twins: sets that are equal, label by "
                "label.",
            ),
        ),
        Card(
            "Now real data: {batches} batches of {size} icons, drawn as in training.",
            None,
            alone,
            Question(
                "Under ALL: what share of the anchors finds **no** other icon with exactly its labels?",
                tuple(f"{guess:.0%}" for guess in GUESSES),
                lambda numbers: nearest(GUESSES, numbers["all"]),
                "**{all:.1%}** of them starve. Training shows each icon twice, changed at random: such an anchor has "
                "only its own other view to pull. Under ANY it is {any:.1%}. The chart shows other rules and batch "
                "sizes: with {small} in a batch it is {all_small:.1%} under ALL and {any_small:.1%} under ANY.",
                after=Picture("without a positive"),
                usually="Few, because a batch is large; or nearly as many as on the last card. It depends on how often "
                "a label set occurs in a batch twice.",
            ),
        ),
        Card(
            "ANY finds plenty of positives: {positives:.0f} on average for one of {items} icons. But two such icons "
            "share only {jaccard:.0%} of the labels that either has, on average, and all count alike.\n\nThe picture "
            "shows a training whose weights *follow* the shared labels. Each point is an icon at its cosine to one "
            "anchor, each line the mean of a row.",
            Picture("cosines of one run"),
            blur,
            Question(
                "The same icons, trained with ANY: how far apart are the means of *same labels* and *some shared*?",
                ("Farther apart", "As far apart", "Nearer together"),
                nearer,
                "**{any_gap:.2f}** apart, against {both_gap:.2f} with weights. On the left the lines go down in steps, "
                "on the right they nearly stand below each other, until no label is shared. The space **blurs**: a "
                "cosine says less about how many labels are shared. Over all pairs: {any_all_gap:.2f} against "
                "{both_all_gap:.2f}.",
                after=Picture("cosines of both runs"),
                usually="Farther apart, because ANY has more positives and so pulls more. It pulls more, but all "
                "positives alike: an icon that shares one label of many is pulled as one that shares all.",
            ),
        ),
        Card(
            "Newer rules stand between the two: {between} of the {rules} here have the same positives as ANY, but "
            "*weigh* them. The two columns compare two of them around one anchor.\n\nChoose other methods, toggle "
            "labels, and see which item gains weight and which loses it.",
            Picture("weights of two methods", pairs("relations", "any_shared", "jaccard"), pair=(0, 2)),
            between,
        ),
    ),
    take_home="ALL starves many anchors, ANY blurs its positives; rules that weigh the positives stand between them.",
    aim="Say why equal sets are too few positives and shared labels too coarse ones, and what weights are for.",
    minutes=10,
)
