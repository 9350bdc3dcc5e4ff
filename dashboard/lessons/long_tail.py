"""Lesson: rare labels, the queue, and prototypes."""

import numpy as np
import torch
from scipy.stats import hypergeom

from dashboard.figures.formatting import escaped
from dashboard.figures.rare_labels import meetings
from dashboard.lessons.lesson import Card, Lesson, Numbers, Picture, Question, nearest
from dashboard.lessons.recorded import Recorded, example, under
from dashboard.lessons.remedies import QUEUE
from dashboard.lessons.widgets import pairs
from mlcl_core.data import bands, epoch_batches
from mlcl_core.data.explore import HEAD, MEDIUM

SIZE = 64
GUESSES = (0.05, 0.25, 0.5, 0.75, 0.95)
COMMON = pairs("common", "any_shared", "mulsupcon")


def meets(items: int, carriers: int, others: int) -> float:
    """Probability that an item with a label finds it again among ``others`` items drawn from the rest."""
    return float(1 - hypergeom.pmf(0, items - 1, carriers - 1, min(others, items - 1)))


def _counts(recorded: Recorded) -> torch.Tensor:
    """How many training icons each label has."""
    data = recorded.data
    return data.labels.select(data.indices("train")).counts()


def rare_columns(recorded: Recorded) -> tuple[int, ...]:
    """Columns of the tail labels."""
    return tuple(column for column, band in enumerate(bands(_counts(recorded))) if band == "tail")


def chances(recorded: Recorded) -> tuple[list[int], list[float], list[float]]:
    """For each label its training icons, and the chance to meet itself in a batch, without and with the queue."""
    items = len(recorded.data.indices("train"))
    counts = [int(count) for count in _counts(recorded) if count > 0]
    batch = [meets(items, count, SIZE - 1) for count in counts]
    return counts, batch, [meets(items, count, SIZE - 1 + QUEUE) for count in counts]


def share_without(recorded: Recorded) -> float:
    """The share of rare labels that meet themselves in the batches of an epoch, dealt as in the recorded training."""
    data, rare = recorded.data, rare_columns(recorded)
    met = [
        meetings(batch.numpy(), data.labels[batch].numpy(), len(batch), rare)
        for batch in epoch_batches(data.indices("train"), SIZE, seed=0, epoch=0)
    ]
    found, asked = np.sum(met, axis=0)
    return float(found / asked)


def tail(recorded: Recorded) -> Numbers:
    """Counts of the labels in training, and how often they meet themselves in a batch."""
    data = recorded.data
    counts = _counts(recorded)
    band = bands(counts)
    common, rare = int(counts.argmax()), int(torch.where(counts > 1, counts, counts.max()).argmin())
    items = len(data.indices("train"))
    return {
        "items": items,
        "labels": len(counts),
        "head_from": HEAD,
        "tail_below": MEDIUM,
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


def remedies(recorded: Recorded) -> Numbers:
    """What the remedies start from."""
    return {"queue": QUEUE, "without": share_without(recorded), "tail": len(rare_columns(recorded))}


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
            "Labels are seldom equally frequent. Of the {labels} labels of the icons {head} are **head** labels "
            "({head_from} training icons or more) and {tail} are **tail** labels (fewer than {tail_below}); "
            "{medium} are in between. {common_items} training icons have the label *{common}*, {rare_items} have "
            "*{rare}*.",
            Picture("tail"),
            tail,
        ),
        Card(
            "A contrastive loss learns a label from items that share it and **meet**: as anchor and positive, in one "
            "batch. {rare_items} of the {items} training icons have the label *{rare}*.",
            Picture("tail"),
            tail,
            question=Question(
                "One of them is in a batch of {size}. How likely is it that another one is there too?",
                tuple(f"{guess:.0%}" for guess in GUESSES),
                lambda numbers: nearest(GUESSES, numbers["meets_rare"]),
                "**{meets_rare:.1%}**. For *{common}* it is {meets_common:.1%}. For {seldom} of the {tail} tail labels "
                "it is less than one half. With {queue} more icons to meet, *{rare}* would meet itself with "
                "{meets_queue:.0%}.",
                after=Picture("meetings"),
                usually="They feel that a batch is large and guess one half or more. Let them count: how many other "
                "icons with the label are there at all, and what part of the training icons is one batch?",
            ),
        ),
        Card(
            "Two remedies to try. A **queue** keeps the {queue} icons of the last batches as further candidates; a "
            "slow copy of the network, the *momentum encoder*, gives their points. A **prototype** is one learnt point "
            "for each label, a positive in every batch for the icons that have it (loss *MSC*).\n\nWithout them "
            "{without:.0%} of the rare labels in a batch meet themselves. Train one, and watch that number.",
            Picture("remedies"),
            remedies,
        ),
        Card(
            "The weight can help too. **Label by label** (MulSupCon) each label of the anchor has one vote, divided "
            "among the items that share it. On this batch ANY gives a pair with one common label {a_common:.2f} and a "
            "pair that shares more {a_rare:.2f}; MulSupCon gives {b_common:.2f} and {b_rare:.2f}, {ratio:.1f} times as "
            "much.\n\nA **sampler** is a third remedy: it draws batches in which rare labels meet (*Train*, Advanced).",
            Picture("positives of two methods", COMMON, pair=(1, 2)),
            by_label,
        ),
    ),
    take_home="A rare label seldom meets itself in a batch: a queue, prototypes or a sampler make it meet more often, "
    "and label-by-label weights make each meeting count.",
    aim="Work out how seldom a rare label meets itself, and name three remedies with what each changes.",
    minutes=8,
)
