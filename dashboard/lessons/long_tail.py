"""Lesson: rare labels, the queue, and prototypes."""

import torch
from scipy.stats import hypergeom

from dashboard.figures.formatting import escaped
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question, nearest
from dashboard.lessons.recorded import Recorded, example, under
from dashboard.lessons.widgets import pairs
from mlcl_core.data import bands

SIZE, QUEUE = 64, 512
GUESSES = (0.05, 0.25, 0.5, 0.75, 0.95)
COMMON = pairs("common", "any_shared", "mulsupcon")


def meets(items: int, carriers: int, others: int) -> float:
    """Probability that an item with a label finds it again among ``others`` items drawn from the rest."""
    return float(1 - hypergeom.pmf(0, items - 1, carriers - 1, min(others, items - 1)))


def tail(recorded: Recorded) -> Numbers:
    """Counts of the labels in training, and how often they meet themselves in a batch."""
    data = recorded.data
    rows = data.indices("train")
    counts = data.labels.select(rows).counts()
    band = bands(counts)
    common, rare = int(counts.argmax()), int(torch.where(counts > 1, counts, counts.max()).argmin())
    items = len(rows)
    return {
        "items": items,
        "labels": len(counts),
        **{name: band.count(name) for name in ("head", "medium", "tail")},
        "common": escaped(data.label_names[common]),
        "common_items": int(counts[common]),
        "rare": escaped(data.label_names[rare]),
        "rare_items": int(counts[rare]),
        "size": SIZE,
        "queue": QUEUE,
        "meets_rare": meets(items, int(counts[rare]), SIZE - 1),
        "seldom": sum(
            meets(items, int(count), SIZE - 1) < 0.5 for count, part in zip(counts, band, strict=True) if part == "tail"
        ),
        "meets_common": meets(items, int(counts[common]), SIZE - 1),
        "meets_queue": meets(items, int(counts[rare]), SIZE - 1 + QUEUE),
    }


def by_label(_: Recorded) -> Numbers:
    """Mean weight of the pairs that share only the common label, and of those that share a rare one too."""
    batch, found = example("common"), {}
    shared = torch.from_numpy(batch.labels).float() @ torch.from_numpy(batch.labels).float().T
    for letter, rule in (("a", "any_shared"), ("b", "mulsupcon")):
        terms = under(batch, rule).terms
        assert terms is not None
        off = ~torch.eye(len(batch), dtype=torch.bool)
        found[f"{letter}_common"] = float(terms.attract[(shared == 1) & off].mean())
        found[f"{letter}_rare"] = float(terms.attract[(shared > 1) & off].mean())
    return {**found, "ratio": found["b_rare"] / found["b_common"]}


LONG_TAIL = Lesson(
    name="long_tail",
    title="The long tail",
    idea="What happens to labels that few items have?",
    cards=(
        Card(
            "Labels are seldom equally frequent. Of the {labels} categories of the icons, {head} are **head** labels, "
            "{medium} **medium** and {tail} **tail**. {common_items} training icons have the label *{common}*, "
            "{rare_items} have *{rare}*.",
            Picture("tail"),
            tail,
        ),
        Card(
            "A contrastive loss learns a label from items that share it and **meet**: as anchor and positive, in one "
            "batch.",
            Picture("tail"),
            tail,
            question=Question(
                "An icon with the label *{rare}* is in a batch of {size}. How likely is it that another icon with "
                "that label is there too?",
                tuple(f"{guess:.0%}" for guess in GUESSES),
                lambda numbers: nearest(GUESSES, numbers["meets_rare"]),
                "**{meets_rare:.1%}**. For *{common}* it is {meets_common:.1%}. For {seldom} of the {tail} "
                "tail labels it is less than one half, for the others more.",
            ),
        ),
        Card(
            "Three remedies. A **queue** keeps the embeddings of earlier batches as further candidates: with {queue} "
            "other icons in it, *{rare}* meets itself with {meets_queue:.0%} instead of {meets_rare:.0%} (a slow copy "
            "of the encoder, the momentum encoder, keeps them comparable). A **prototype**, one learnt point for each "
            "label, is in every batch, a positive for every item with that label. A **sampler** draws batches in which "
            "rare labels meet.\n\nThe "
            "sampler is chosen on *Train* under Advanced, and the Data page shows the effect of each one; queue and "
            "prototypes come with `mlcl train icons --set loss.momentum=… --set loss.queue_size=…` or "
            "`--set loss.name=msc`.",
            Picture("tail"),
            tail,
        ),
        Card(
            "The weight can help too: **label by label** (MulSupCon) each label of the anchor is one vote, divided "
            "among the items that share it. On this batch ANY gives a pair with one common label {a_common:.2f} and a "
            "pair that shares more {a_rare:.2f}; MulSupCon gives {b_common:.2f} and {b_rare:.2f}, {ratio:.1f} times as "
            "much.",
            Picture("pairs", COMMON),
            by_label,
        ),
    ),
    take_home="A rare label seldom meets itself in a batch: a queue, prototypes or a sampler make it meet more often, "
    "and label-by-label weights make each meeting count.",
    aim="Explain why a rare label is hard to learn, and name the remedies.",
    minutes=6,
)
