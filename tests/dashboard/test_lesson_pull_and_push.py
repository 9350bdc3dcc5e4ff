"""Lesson 1: its counts, cosines, forces and shares of the push are what slow loops find."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.lessons import Recorded
from dashboard.lessons import pull_and_push as pull
from dashboard.lessons.few import few, few_rows
from dashboard.lessons.recorded import example, under
from tests import reference
from tests.dashboard.lesson_numbers import label_sets, mean_cosines

PROVES = {
    "test_the_start": (
        "Its place comes from a network that has learnt **nothing yet**.",
        "An icon has a *set* of labels: the ringed one, {anchor}, is the **anchor**, with which all others "
        "are compared.",
        "Of the other {others} icons: same labels {equal}, fewer labels {superset}, more labels {subset}, "
        "some shared {overlap}, none shared {disjoint}.",
    ),
    "test_what_training_moved": (
        "Before training, pairs with the same labels have a mean cosine of {equal_before:.2f}.",
        "After {steps:,} steps of training, the mean cosine of pairs with the same labels is …",
        "The untrained network places all icons close together, and training spreads them.",
        "Pairs that share no label went much farther: from {strangers_before:.2f} to {strangers_after:.2f}.",
        "What counts is the gap between the two: {gap_before:.2f} before, **{gap_after:.2f}** now.",
        "Let them look at the first step: {equal_before:.2f} leaves hardly any room above.",
    ),
    "test_cosines_of_directions": (
        "Nearness is measured by the **cosine**: one for the same direction, zero for a right angle.",
    ),
    "test_forces_of_the_anchor": (
        "The anchor is {anchor}.",
        "All its pulls together make **{pulls:+.3f}**.",
        "**{pushes:+.3f}**: pulls and pushes together make {total:.3f}.",
        "More, because most icons share no label with the anchor; or less, because the loss wants positives near.",
    ),
    "test_temperature_turns_the_push_to_the_nearest": (
        "Large: all get about the same.",
        "Six of them share no label with it, so the loss pushes them away, each by its share of the push.",
        "The nearest of the {strangers} gets **{near_low:.0%}** of the push at {low} and {near_high:.0%} at "
        "{high}; the farthest {far_low:.0%} and {far_high:.0%}.",
        "A low temperature pushes those that are too near and forgets the rest; a high one pushes all of them"
        " more evenly.",
        "The farthest one's, or that temperature only scales all forces.",
    ),
}


def test_the_start(recorded: Recorded) -> None:
    """The first frame is that of step 0; relations of the named anchor to the others, by their sets."""
    assert recorded.step("first") == 0
    sets, found = label_sets(recorded), pull.start(recorded)
    own = sets.pop(recorded.anchor)
    assert found["others"] == len(sets)
    assert found["equal"] == sum(s == own for s in sets)
    assert found["superset"] == sum(s < own and bool(s) for s in sets)
    assert found["subset"] == sum(s > own for s in sets)
    assert found["disjoint"] == sum(not s & own for s in sets)
    kinds = ("equal", "superset", "subset", "overlap", "disjoint")
    assert sum(found[kind] for kind in kinds) == len(sets)
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
    assert before["disjoint"] - after["disjoint"] > 2 * (before["equal"] - after["equal"])  # much farther
    assert pull.rises(found) == 2


@pytest.mark.parametrize(("after", "option"), [(0.9, 0), (0.81, 1), (0.79, 1), (0.7, 2)])
def test_a_change_is_a_rise_a_fall_or_none(after: float, option: int) -> None:
    """From 0.8: two hundredths and less are no change."""
    assert pull.rises({"equal_before": 0.8, "equal_after": after}) == option


def test_cosines_of_directions() -> None:
    """The same direction at twice the length: one; a right angle: zero."""
    batch = example("nested")
    z = np.eye(len(batch), dtype=np.float32)
    z[1] = 2 * z[0]
    terms = under(replace(batch, z=z), "any_shared").terms
    assert terms is not None
    assert terms.cosine[0, :3].tolist() == [1, 1, 0]


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
    assert pull.larger(found) == 1
    assert pull.larger({"pulls": -1.0, "pushes": 0.9}) == 0
    assert pull.larger({"pulls": -0.9, "pushes": 1.0}) == 2


def test_temperature_turns_the_push_to_the_nearest(recorded: Recorded) -> None:
    """Of nine icons: two positives, six strangers from the nearest to the farthest of all; shares by numpy."""
    rows, sets = few_rows(recorded), label_sets(recorded)
    z = recorded.frame(recorded.step("last")).z.astype(float)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    cosine = z @ z[recorded.anchor]
    assert rows[0] == recorded.anchor
    assert list(cosine[rows[1:]]) == sorted(cosine[rows[1:]], reverse=True)
    own = sets[recorded.anchor]
    strangers = [row for row in rows if not sets[row] & own]
    everyone = [row for row, labels in enumerate(sets) if not labels & own]
    assert len(strangers) == len(rows) - 3 == 6
    assert cosine[strangers[0]] == cosine[everyone].max()
    assert cosine[strangers[-1]] == cosine[everyone].min()
    assert sorted(reference.relation(own, sets[row]) for row in rows[1:] if row not in strangers) == [2, 4]
    found = pull.temperatures(recorded)
    assert found["strangers"] == 6
    for name in ("low", "high"):
        push = np.exp(cosine[strangers] / found[name])
        assert found[f"near_{name}"] == pytest.approx(push[0] / push.sum(), rel=1e-3)
        assert found[f"far_{name}"] == pytest.approx(push[-1] / push.sum(), rel=1e-3, abs=1e-9)
    assert pull.sharper(found) == 0
    assert pull.sharper({"near_low": 0.1, "near_high": 0.5, "far_low": 0.5, "far_high": 0.1}) == 2
    assert pull.sharper({"near_low": 0.3, "near_high": 0.3, "far_low": 0.1, "far_high": 0.1}) == 1


def test_the_batch_of_a_few_is_the_runs(recorded: Recorded) -> None:
    """Names, label sets and embeddings of those rows at the last step, no label that none of them has."""
    batch, rows, watched = few(recorded), few_rows(recorded), recorded.watched_items
    assert batch.names == tuple(watched.names[row] for row in rows)
    assert batch.step == recorded.step("last")
    for row, labels in zip(rows, batch.labels, strict=True):
        found = {name for name, on in zip(batch.label_names, labels, strict=True) if on}
        assert found == {name for name, on in zip(watched.label_names, watched.labels[row], strict=True) if on}
    assert batch.labels.any(0).all()
    z = recorded.frame(batch.step).z[rows].astype(float)
    np.testing.assert_allclose(batch.z, z / np.linalg.norm(z, axis=1, keepdims=True), atol=1e-6)
