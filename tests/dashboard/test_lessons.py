"""Lessons: every number in them is computed, every card fits the page, and the numbers are what slow loops find."""

import json
import re
from itertools import combinations, product
from math import comb
from pathlib import Path

import numpy as np
import pytest
import torch

from dashboard.figures.methods import Method
from dashboard.lessons import LESSONS, Card, Recorded, filled
from dashboard.lessons import five_relations as five
from dashboard.lessons import long_tail as tail
from dashboard.lessons import pull_and_push as pull
from dashboard.lessons import starve_and_blur as starve
from dashboard.lessons import watch_it_train as watch
from dashboard.lessons.five_relations import directions
from dashboard.lessons.lesson import literal_text, nearest
from dashboard.lessons.long_tail import meets
from dashboard.lessons.placement import difference
from dashboard.lessons.placement import numbers as placement_numbers
from dashboard.lessons.recorded import example
from dashboard.lessons.two_factors import factors, on_the_run
from dashboard.lessons.watch_it_train import cosines
from dashboard.parts.learn.stages import STAGES
from mlcl_core.data import epoch_batches
from mlcl_core.pairs import RULES
from tests import reference

CARDS = [
    pytest.param(name, card, id=f"{name}-{place}") for name in LESSONS for place, card in enumerate(LESSONS[name].cards)
]
# one over one plus something is no result, nor is the name of a metric
FORMULA = re.compile(r"\*\*K[^*]*\*\*|macro-F1")


def test_lessons_are_short() -> None:
    """Three to six cards, a question or more and a sentence to take home."""
    for lesson in LESSONS.values():
        assert 3 <= len(lesson.cards) <= 6
        assert sum(card.question is not None for card in lesson.cards) >= 1
        assert lesson.take_home


@pytest.mark.parametrize(("name", "card"), CARDS)
def test_no_number_is_written(name: str, card: Card) -> None:
    """Outside braces and formulas no text holds a digit."""
    texts = [card.text, LESSONS[name].take_home, LESSONS[name].idea]
    texts += [card.question.ask, card.question.reveal] if card.question else []
    for text in texts:
        assert not re.search(r"\d", literal_text(FORMULA.sub("", text))), text


@pytest.mark.parametrize(("name", "card"), CARDS)
def test_every_card_can_be_shown(name: str, card: Card, recorded: Recorded) -> None:
    """Its texts find all their numbers, its stage and its run exist, the right answer is one of the options."""
    numbers = card.numbers(recorded) if card.numbers else {}
    assert "{" not in filled(card.text, numbers).replace("\\{", "")
    assert card.after
    for picture in {id(one): one for one in (card.picture, card.after) if one}.values():
        assert picture.stage in STAGES
        assert picture.rule in recorded.runs
        assert recorded.step(picture.at, picture.rule) in recorded.steps(picture.rule)
    if card.question:
        assert filled(card.question.ask, numbers)
        assert filled(card.question.reveal, numbers)
        assert 0 <= card.question.right(numbers) < len(card.question.options)
    if card is LESSONS[name].cards[-1]:
        assert filled(LESSONS[name].take_home, numbers)


def test_a_missing_number_is_an_error() -> None:
    """A text that names a number that was not computed does not pass."""
    with pytest.raises(KeyError):
        filled("{missing}", {})
    assert filled("{x:.1f}", {"x": 2}) == "2.0"


def label_sets(recorded: Recorded) -> list[frozenset[int]]:
    """Of the watched items."""
    return [frozenset(np.flatnonzero(row)) for row in recorded.watched_items.labels]


def mean_cosines(recorded: Recorded, at: str, rule: str) -> dict[str, float]:
    """By relation over all pairs, the two nested ones together: numpy on the frame."""
    z = recorded.frame(recorded.step(at, rule), rule).z.astype(float)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    cosine, found = z @ z.T, {}
    y = recorded.watched_items.labels.astype(int)
    shared, s, t = y @ y.T, y.sum(1)[:, None], y.sum(1)[None, :]
    equal, none, off = (shared == s) & (shared == t), shared == 0, ~np.eye(len(z), dtype=bool)
    nested = ((shared == s) | (shared == t)) & ~equal & ~none
    kinds = {"equal": equal, "nested": nested, "overlap": ~(equal | none | nested), "disjoint": none & ~equal}
    for name, of in kinds.items():
        found[name] = float(cosine[of & off].mean())
    return found


def test_the_start(recorded: Recorded) -> None:
    """The first frame is that of step 0; relations of the named anchor to the others, by their sets."""
    assert recorded.step("first") == 0
    sets, found = label_sets(recorded), pull.start(recorded)
    own = sets.pop(recorded.anchor)
    assert found["others"] == len(sets)
    assert found["equal"] == sum(s == own for s in sets)
    assert found["nested"] == sum((s < own or s > own) and bool(s) for s in sets)
    assert found["strangers"] == sum(not s & own for s in sets)
    assert found["overlap"] == len(sets) - found["equal"] - found["nested"] - found["strangers"]
    assert str(found["anchor"]).startswith(recorded.watched_items.names[recorded.anchor].split(" ")[0])


def test_what_training_moved(recorded: Recorded) -> None:
    """Close together at first, both kinds apart later, pairs that share nothing farther: by going over all pairs."""
    found, rule = pull.later(recorded), "similarity_dissimilarity"
    before, after = (mean_cosines(recorded, at, rule) for at in ("first", "last"))
    assert found["steps"] == recorded.frame(recorded.step("last")).step
    for kind, name in (("equal", "equal"), ("disjoint", "strangers")):
        assert found[f"{name}_before"] == pytest.approx(before[kind], abs=2e-3)
        assert found[f"{name}_after"] == pytest.approx(after[kind], abs=2e-3)
        assert before[kind] > 0.9
        assert after[kind] < before[kind] - 0.05
    assert found["gap_before"] == pytest.approx(before["equal"] - before["disjoint"], abs=0.01)
    assert found["gap_after"] == pytest.approx(after["equal"] - after["disjoint"], abs=2e-3)
    assert found["gap_after"] > found["gap_before"] + 0.1


def test_kinds_and_directions(recorded: Recorded) -> None:
    """Item 1 {sky, sea} meets all five; {sky, sea, boat} contains it: subset, and superset from there."""
    found = five.batch(recorded)
    assert found["kinds"] == 5
    assert set(str(found["met"]).split(", ")) == {"disjoint", "equal", "overlap", "superset", "subset"}
    seen = directions(recorded)
    assert (seen["one"], seen["other"], seen["seen"], seen["back"]) == ("1", "3", "subset", "superset")
    assert (seen["small"], seen["large"]) == ("\\{sky, sea\\}", "\\{sky, sea, boat\\}")


def test_relation_shares_of_the_icons(recorded: Recorded) -> None:
    """Of as many icons as are named, drawn by the same seed: shares by the sets' own products; labels an icon."""
    found, y = five.shares(recorded), recorded.data.labels[torch.arange(len(recorded.data))].numpy()
    rows = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))[: found["pairs_of"]].numpy()
    assert found["pairs_of"] < len(y)
    some = y[rows].astype(int)
    shared, size = some @ some.T, some.sum(1)
    off, s, t = ~np.eye(len(some), dtype=bool), size[:, None], size[None, :]
    share = {
        "disjoint": (shared == 0) & (s + t > 0),
        "equal": (shared == s) & (shared == t),
        "superset": (shared == t) & (t < s) & (t > 0),
        "overlap": (shared > 0) & (shared < s) & (shared < t),
    }
    for name, of in share.items():
        assert found[name] == pytest.approx(of[off].mean(), rel=1e-6), name
    assert found["cardinality"] == pytest.approx(y.sum() / len(y))


def test_forces_of_the_anchor(recorded: Recorded) -> None:
    """Pulls and pushes, by the definition: (omega p - w) / the number of positives."""
    z, labels = recorded.frame(recorded.step("last")).z.astype(float), recorded.watched_items.labels
    i, tau = recorded.anchor, recorded.runs["similarity_dissimilarity"].config().loss.temperature
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    s = z @ z[i] / tau
    both, extra = (labels & labels[i]).sum(1), (labels & ~labels[i]).sum(1)
    w = both / labels[i].sum() / (1 + extra)
    others = np.arange(len(z)) != i
    w, p = np.where(others, w, 0), np.where(others, np.exp(s), 0)
    force = (w.sum() * p / p.sum() - w) / (w > 0).sum()
    found = pull.forces(recorded)
    assert found["pulls"] == pytest.approx(force[force < 0].sum(), rel=1e-5)
    assert found["pushes"] == pytest.approx(force[force > 0].sum(), rel=1e-5)
    assert found["total"] < 1e-9


def test_temperature_turns_the_push_to_the_nearest(recorded: Recorded) -> None:
    """Among strangers the push goes by exp(cosine / temperature): the share of the nearest ten, by numpy."""
    z = recorded.frame(recorded.step("last")).z.astype(float)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    labels, i = recorded.watched_items.labels, recorded.anchor
    strangers = ~(labels & labels[i]).any(1)
    cosine = (z @ z[i])[strangers]
    found = pull.temperatures(recorded)
    for name in ("low", "high"):
        push = np.exp(cosine / found[name])
        expected = np.sort(push)[::-1][: found["near"]].sum() / push.sum()
        assert found[f"share_{name}"] == pytest.approx(expected, rel=1e-4)
    assert found["share_low"] > found["share_high"]


def test_who_starves(recorded: Recorded) -> None:
    """In the small batch, and among the watched items, by going over all pairs."""
    sets = ["sky sea", "sky beach", "sky boat", "sky sunset", "sky people", "sea boat", "sea boat", "beach sunset"]
    alone = {"all": 0, "any": 0}
    for i, one in enumerate(sets):
        others = sets[:i] + sets[i + 1 :]
        alone["all"] += one not in others
        alone["any"] += not any(set(one.split()) & set(other.split()) for other in others)
    found = starve.starving(recorded)
    assert (found["all"], found["any"]) == (alone["all"], alone["any"])

    labels = [set(np.flatnonzero(row)) for row in recorded.watched_items.labels]
    common = [len(a & b) / len(a | b) for a, b in combinations(labels, 2) if a & b]
    worth = starve.worth(recorded)
    assert worth["jaccard"] == pytest.approx(np.mean(common), rel=1e-5)
    assert worth["little"] == pytest.approx(np.mean(np.array(common) < 0.5), rel=1e-5)
    assert worth["positives"] == pytest.approx(2 * len(common) / len(labels), rel=1e-5)
    for name, rule in (("any", "any_shared"), ("both", "similarity_dissimilarity")):
        cosines = [value for kind, value in mean_cosines(recorded, "last", rule).items() if kind != "disjoint"]
        assert worth[f"{name}_low"] == pytest.approx(min(cosines), abs=2e-3)
        assert worth[f"{name}_high"] == pytest.approx(max(cosines), abs=2e-3)
    assert worth["any_high"] - worth["any_low"] < worth["both_high"] - worth["both_low"]


def test_who_is_alone_in_a_batch(recorded: Recorded) -> None:
    """Batches of 16 and of 256 dealt as in training: who meets an equal set, who a shared label, by their sets."""
    found, data = starve.alone(recorded), recorded.data
    for size, suffix in ((16, "_small"), (256, "")):
        batches = epoch_batches(data.indices("train"), size, seed=0, epoch=0)
        assert suffix or found["batches"] == len(batches)
        alone, anchors = {"all": 0, "any": 0}, 0
        for batch in batches:
            sets = [frozenset(np.flatnonzero(row)) for row in data.labels[batch].numpy()]
            anchors += len(sets)
            for i, one in enumerate(sets):
                others = sets[:i] + sets[i + 1 :]
                alone["all"] += one not in others
                alone["any"] += all(not one & other for other in others)
        assert found[f"all{suffix}"] == pytest.approx(alone["all"] / anchors)
        assert found[f"any{suffix}"] == pytest.approx(alone["any"] / anchors)
    assert (found["small"], found["size"]) == (16, 256)
    assert found["any_small"] > 0.3  # under ANY anchors starve too, in small batches
    shares = recorded.statistics["anchors_without_positive"]
    assert (found["all"], found["any"]) == (shares["all_equal"], shares["any_shared"])


def test_rules_between(recorded: Recorded) -> None:
    """By the loops: the positives of ANY, not all of one weight; neither ALL nor ANY nor Hamming agreement is such."""
    found = starve.between(recorded)
    y = np.array(list(product([False, True], repeat=starve.LABELS)))
    own = np.arange(len(y))
    shared = reference.weights("any_shared", y, y, own)[2]
    loops = {name: reference.weights(name, y, y, own) for name in RULES}
    between = {
        name for name, (w, _, positive) in loops.items() if (positive == shared).all() and np.ptp(w[shared]) > 1e-9
    }
    assert not between & {"all_equal", "any_shared", "hamming"}
    assert {
        "similarity_dissimilarity",
        "jaccard",
        "mulsupcon",
        "label_dot",
        "msc",
        "overlap_ratio",
        "formula",
    } <= between
    assert (found["between"], found["rules"]) == (len(between), len(RULES))


def test_factors_by_hand(recorded: Recorded) -> None:
    """{sky, sea} and the five labels around it: 1 * 1/4 from the small set, 2/5 * 1 from the large one."""
    found = factors(0, 6)
    assert (found["similarity_up"], found["dissimilarity_up"], found["weight_up"]) == (1, 0.25, 0.25)
    assert (found["similarity_down"], found["dissimilarity_down"]) == (pytest.approx(0.4), 1)
    assert found["weight_down"] == pytest.approx(0.4)
    seen = directions(recorded)
    assert (seen["seen"], seen["back"]) == ("subset", "superset")


def test_weights_on_the_run(recorded: Recorded) -> None:
    """Mean weight of the anchor's pairs by relation, from the two sets of each."""
    sets, found, by = label_sets(recorded), on_the_run(recorded), {}
    own = sets[recorded.anchor]
    for row, other in enumerate(sets):
        if row != recorded.anchor:
            weight = len(own & other) / len(own) / (1 + len(other - own))
            by.setdefault(reference.relation(own, other), []).append(weight)
    for code, name in ((1, "disjoint"), (2, "equal"), (3, "overlap"), (4, "superset"), (5, "subset")):
        assert found[name] == pytest.approx(np.mean(by[code]) if code in by else 0), name
    assert str(found["anchor"]).startswith(recorded.watched_items.names[recorded.anchor].split(" ")[0])


def test_inside_is_a_constant(recorded: Recorded) -> None:
    """Inside the logarithm no force differs, on the example and on the run; outside, and by the divisor, they do."""
    found = placement_numbers(recorded)
    assert found["inside"] == found["run_inside"] == 0
    assert found["outside"] > 0.1
    assert found["run_outside"] > 0.1
    assert found["divided"] > 0.1
    assert difference(None, "outside", "count") == found["outside"]
    items = int(recorded.watched_items.labels.any(1).sum())
    assert found["pairs"] == items * (items - 1)
    # the value is another one: each positive's log w is in it
    batch, values = example("nested"), {}
    for rule in ("similarity_dissimilarity", "any_shared"):
        loss = Method(rule, placement="inside", normalise="count").loss()
        values[rule] = float(loss(torch.from_numpy(batch.z), torch.from_numpy(batch.labels)))
    assert values["similarity_dissimilarity"] > values["any_shared"] + 0.1


@pytest.mark.parametrize("at", ["first", "middle", "last"])
def test_cosines_are_the_engines(recorded: Recorded, at: str) -> None:
    """Mean cosines of both runs, by going over all pairs; how far they lie apart; where the runs differ most."""
    found = cosines(recorded, at)
    assert found["steps"] == recorded.step(at)
    by_loops = {}
    for letter, rule in (("a", "similarity_dissimilarity"), ("b", "any_shared")):
        by_loops[letter] = mean_cosines(recorded, at, rule)
        for kind, value in by_loops[letter].items():
            assert found[f"{letter}_{kind}"] == pytest.approx(value, abs=2e-3)
        apart = max(by_loops[letter].values()) - min(by_loops[letter].values())
        assert found[f"{letter}_spread"] == pytest.approx(apart, abs=4e-3)
    if at == "first":
        assert found["a_spread"] < 0.01
    else:
        assert max(abs(found[f"a_{kind}"] - found[f"b_{kind}"]) for kind in watch.KINDS) > 0.05
    if at == "last":
        end = watch.end(recorded)
        gaps = {kind: abs(by_loops["a"][kind] - by_loops["b"][kind]) for kind in watch.KINDS}
        assert end["kind"] == max(gaps, key=lambda kind: gaps[kind])
        assert (end["a_kind"], end["b_kind"]) == (found[f"a_{end['kind']}"], found[f"b_{end['kind']}"])


def test_both_runs_began_alike(recorded: Recorded) -> None:
    """One configuration but for the rule and the name, one seed of the batches, the same first frame to the bit."""
    configs = [json.loads((run.path / "config.json").read_text()) for run in recorded.runs.values()]
    assert {config["loss"].pop("rule") for config in configs} == set(recorded.runs)
    assert configs[0] == configs[1]
    first = [recorded.frame(0, rule) for rule in recorded.runs]
    assert np.array_equal(first[0].z, first[1].z)


def test_scores_are_the_probes(recorded: Recorded) -> None:
    """mAP and macro-F1 as the finished runs wrote them, on test items, the untrained network's once for both."""
    found = watch.scores(recorded)
    for letter, run in zip("ab", recorded.runs.values(), strict=True):
        lines = [json.loads(line) for line in (run.path / "events.jsonl").read_text().splitlines()]
        (end,) = [line for line in lines if line["event"] == "finished"]
        assert (found[f"{letter}_map"], found[f"{letter}_f"]) == (end["test"]["map"], end["test"]["macro_f1"])
        assert found["untrained"] == end["untrained"]["map"]
    assert found["gap"] == pytest.approx(abs(found["a_map"] - found["b_map"]))


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


def test_nearest_option() -> None:
    """The closest guess is the right one; of two as close, the first."""
    assert nearest((0.05, 0.2, 0.4), 0.29) == 1
    assert nearest((0.0, 0.5), 0.25) == 0


def test_names_of_the_anchor_are_inert(recorded: Recorded, tmp_path: Path) -> None:
    """Names are shown and do not act as markup."""
    assert "\\(" in recorded.named(recorded.anchor) or "(" not in recorded.watched_items.names[recorded.anchor]
