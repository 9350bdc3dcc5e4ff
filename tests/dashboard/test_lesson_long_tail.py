"""Lesson 7: how seldom rare labels meet themselves, what a queue changes, and how close their items lie."""

from math import comb

import numpy as np
import pytest

from dashboard.figures.rare_labels import closeness, closeness_options, meeting_options, meetings
from dashboard.lessons import Recorded
from dashboard.lessons import long_tail as tail
from dashboard.lessons.long_tail import meets
from dashboard.lessons.recorded import example
from dashboard.lessons.remedies import QUEUE, REMEDIES
from mlcl_core.data import epoch_batches
from mlcl_core.engine.check import check_combination
from tests import reference

PROVES = {
    "test_tail_labels_and_whom_they_meet": (
        "Of the {labels} labels of the icons {head} are **head** labels ({head_from} training icons or more) and "
        "{tail} are **tail** labels (fewer than {tail_below}); {medium} are in between.",
        "{common_items} training icons have the label *{common}*, {rare_items} have *{rare}*.",
        "{rare_items} of the {items} training icons have the label *{rare}*.",
        "One of them is in a batch of {size}.",
        "For *{common}* it is {meets_common:.1%}.",
        "For {seldom} of the {tail} tail labels it is less than one half.",
        "With {queue} more icons to meet, *{rare}* would meet itself with {meets_queue:.0%}.",
    ),
    "test_the_remedies_differ_by_what_they_are_called": (
        "A **queue** keeps the {queue} icons of the last batches as further candidates; a slow copy of the network, "
        "the *momentum encoder*, gives their points.",
    ),
    "test_who_meets_in_the_batches_of_the_training": (
        "Without them {without:.0%} of the rare labels in a batch meet themselves.",
    ),
    "test_label_by_label_weights": (
        "On this batch ANY gives a pair with one common label {a_common:.2f} and a pair that shares more "
        "{a_rare:.2f}; MulSupCon gives {b_common:.2f} and {b_rare:.2f}, {ratio:.1f} times as much.",
    ),
}


def test_tail_labels_and_whom_they_meet(recorded: Recorded) -> None:
    """Bands and carriers counted on the training icons; how many tail labels meet another in fewer than half."""
    found, data = tail.tail(recorded), recorded.data
    rows = data.indices("train")
    counts = data.labels[rows].numpy().sum(0)
    assert (found["labels"], found["items"]) == (len(counts), len(rows))
    assert found["head"] == (counts > 100).sum()
    assert found["tail"] == (counts < 20).sum()
    assert found["medium"] == len(counts) - found["head"] - found["tail"]
    assert found["common_items"] == counts.max()
    assert found["rare_items"] == counts[counts > 1].min()
    met = [1 - comb(len(rows) - int(n), 63) / comb(len(rows) - 1, 63) for n in counts]
    assert found["seldom"] == sum(chance < 0.5 for chance, n in zip(met, counts, strict=True) if n < 20)
    assert not any(chance == 0.5 for chance in met)
    assert found["meets_common"] == pytest.approx(met[int(counts.argmax())])
    rare = int(found["rare_items"])
    assert found["meets_rare"] == pytest.approx(1 - comb(len(rows) - rare, 63) / comb(len(rows) - 1, 63))
    others = 63 + found["queue"]
    assert found["meets_queue"] == pytest.approx(1 - comb(len(rows) - rare, others) / comb(len(rows) - 1, others))


def test_label_by_label_weights(recorded: Recorded) -> None:
    """On the example where all carry sky: mean weights of pairs that share it alone and that share more, by loops."""
    found, batch = tail.by_label(recorded), example("common")
    sets = [reference.label_set(row) for row in batch.labels]
    for letter, rule in (("a", "any_shared"), ("b", "mulsupcon")):
        w, _, _ = reference.weights(rule, batch.labels, batch.labels, np.arange(len(sets)))
        alone = [w[i, j] for i, s in enumerate(sets) for j, t in enumerate(sets) if i != j and len(s & t) == 1]
        more = [w[i, j] for i, s in enumerate(sets) for j, t in enumerate(sets) if i != j and len(s & t) > 1]
        assert found[f"{letter}_common"] == pytest.approx(np.mean(alone))
        assert found[f"{letter}_rare"] == pytest.approx(np.mean(more))
    assert found["ratio"] == pytest.approx(found["b_rare"] / found["b_common"])


def test_chance_to_meet() -> None:
    """One less the chance that all others are drawn from those without the label."""
    for items, carriers, others in [(10, 2, 3), (10, 1, 9), (7, 7, 1), (20, 5, 19), (20, 5, 40)]:
        drawn = min(others, items - 1)
        expected = 1 - comb(items - carriers, drawn) / comb(items - 1, drawn)
        assert meets(items, carriers, others) == pytest.approx(expected)


def test_who_meets_in_the_batches_of_the_training(recorded: Recorded) -> None:
    """Batches of 64 dealt as in the recorded training: rare labels that another icon has, by going over all sets."""
    data, rare, met, asked = recorded.data, set(tail.rare_columns(recorded)), 0, 0
    for batch in epoch_batches(data.indices("train"), 64, seed=0, epoch=0):
        sets = [rare & set(np.flatnonzero(row)) for row in data.labels[batch].numpy()]
        for i, own in enumerate(sets):
            others = set().union(*sets[:i], *sets[i + 1 :])
            met, asked = met + len(own & others), asked + len(own)
    assert tail.remedies(recorded)["without"] == pytest.approx(met / asked)
    config = recorded.runs["similarity_dissimilarity"].config()
    assert (config.training.batch_size, config.seed) == (tail.SIZE, 0)


def test_meetings_by_hand() -> None:
    """A second view of the anchor's own icon is no meeting; an entry of the queue is one."""
    y = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 1]], bool)
    assert meetings(np.array([4, 5, 4, 6]), y, 2, [1, 2]) == (1, 1)
    assert meetings(np.array([4, 5, 4]), y[:3], 2, [1, 2]) == (0, 1)
    assert meetings(np.array([4, 5, 4, 6]), y, 4, [2]) == (0, 1)


def test_closeness_by_hand() -> None:
    """The two icons of the rare label point one way, strangers across: 1 less 0; without pairs or directions None."""
    y = np.array([[1, 0], [1, 0], [0, 1]], bool)
    z = np.array([[2.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    assert closeness(z, y, [0]) == pytest.approx(1)
    assert closeness(z, y, [1]) is None
    assert closeness(0 * z, y, [0]) is None


def test_closeness_of_the_recorded_run(recorded: Recorded) -> None:
    """Watched icons that share a rare label are closer than strangers at the end, and not at first."""
    rare, y = list(tail.rare_columns(recorded)), recorded.watched_items.labels
    first, last = (closeness(recorded.frame(recorded.step(at)).z, y, rare) for at in ("first", "last"))
    assert abs(first) < 0.01
    assert last > 0.05


def test_the_remedies_differ_by_what_they_are_called(recorded: Recorded) -> None:
    """The engine takes both; but for the loss and what is watched they are the recorded run's configuration."""
    recorded_config = recorded.runs["similarity_dissimilarity"].config().model_dump(exclude={"watch", "maps"})
    for remedy in REMEDIES.values():
        check_combination(remedy.config())
        found = remedy.config().model_dump(exclude={"watch", "maps"})
        assert {key for key in found if found[key] != recorded_config[key]} == {"loss"}
    queue = REMEDIES["queue"].config().loss
    assert (queue.queue_size, queue.candidates, queue.rule) == (QUEUE, "both", "similarity_dissimilarity")
    assert 0.9 < queue.momentum < 1
    assert REMEDIES["prototypes"].config().loss.name == "msc"


def test_charts_show_each_training_and_each_label(recorded: Recorded) -> None:
    """A line a training, with its own colour and symbol; a mark a label, the chance in per cent."""
    series = closeness_options({"without": [(0, 0.0), (30, 0.12345)], "with": []})["series"]
    assert [line["data"] for line in series] == [[[0, 0.0], [30, 0.1235]], []]
    assert len({(line["symbol"], line["lineStyle"]["color"]) for line in series}) == 2
    counts, batch, queue = tail.chances(recorded)
    assert all(one < more or one > 0.99 for one, more in zip(batch, queue, strict=True))
    marks = meeting_options(counts, {"batch": batch, "queue": queue})["series"]
    assert marks[0]["data"][0] == [counts[0], round(100 * batch[0], 1)]
    assert len(marks[1]["data"]) == len(counts)
