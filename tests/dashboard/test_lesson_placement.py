"""Lesson 5: what a weight inside the logarithm changes, under each divisor, by the engine and by hand."""

import numpy as np
import pytest
import torch

from dashboard.figures.methods import Method
from dashboard.figures.placed import anchor_sum
from dashboard.lessons import Recorded
from dashboard.lessons import placement as placed
from dashboard.lessons.recorded import example, under
from mlcl_core.losses import NORMALISATIONS
from tests import reference

PROVES = {
    "test_inside_is_a_constant": (
        "A weight inside the logarithm is a constant: it reaches the forces through the divisor or not at all.",
        "So *force A* and *force B* differ, by up to **{outside:.3f}** on this batch.",
        "Largest difference inside: **{inside:.3g}**; outside it was {outside:.3f}.",
        "This is not special to this batch: over all {pairs:,} pairs of the recorded run's icons it is "
        "**{run_inside:.3g}** inside and {run_outside:.3g} outside.",
        "So log *w* is a constant: it changes the **value** of the loss but none of its **slopes**, and forces are "
        "slopes.",
    ),
    "test_parts_of_an_anchors_loss": (
        "The table splits the loss of the anchor {anchor}: the term of log share is the same for A and B.",
        "The anchor {anchor} has {positives} positives under both; their weights add up to {a_sum:.2f} under A and "
        "{b_sum:.2f} under B, and the same slopes are divided by them.",
    ),
    "test_the_divisor_alone_brings_them_back": ("**The sum of the weights**: forces differ by up to {divided:.3f}.",),
}


def test_inside_is_a_constant(recorded: Recorded) -> None:
    """Inside the logarithm no force differs, on the example and on the run; outside, and by the divisor, they do."""
    found = placed.numbers(recorded)
    assert found["inside"] == found["run_inside"] == 0
    assert found["outside"] > 0.1
    assert found["run_outside"] > 0.1
    assert placed.difference(None, "outside", "count") == found["outside"]
    items = int(recorded.watched_items.labels.any(1).sum())
    assert found["pairs"] == items * (items - 1)
    # the value is another one: each positive's log w is in it
    batch, values = example("nested"), {}
    for rule in ("similarity_dissimilarity", "any_shared"):
        loss = Method(rule, placement="inside", normalise="count").loss()
        values[rule] = float(loss(torch.from_numpy(batch.z), torch.from_numpy(batch.labels)))
    assert values["similarity_dissimilarity"] > values["any_shared"] + 0.1


def test_the_divisor_alone_brings_them_back(recorded: Recorded) -> None:
    """Every normalisation of the engine: outside all differ; inside, those that know no weights, to the last digit."""
    found = placed.differences()
    assert set(found) == set(NORMALISATIONS) - {"rule"}
    assert all(both["outside"] > 0.1 for both in found.values())
    assert {name for name, both in found.items() if both["inside"]} == {"weight_sum"}
    numbers = placed.divisors(recorded)
    assert list(found)[numbers["differing"]] == "weight_sum"
    assert numbers["divided"] == found["weight_sum"]["inside"] > 0.1
    # the methods' own normalisation, which pages call "rule", is the count here
    own = [placed.difference(None, place, "rule") for place in placed.PLACES]
    assert own == [placed.difference(None, place, "count") for place in placed.PLACES]


@pytest.mark.parametrize("normalise", placed.DIVISORS)
@pytest.mark.parametrize("place", placed.PLACES)
def test_parts_of_an_anchors_loss(normalise: str, place: str, recorded: Recorded) -> None:
    """By numpy: positives, weights, divisor, and both terms of {sky}'s loss under both methods."""
    batch, row = example("nested"), placed.PAIR[0]
    z = batch.z.astype(float)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    others = np.arange(len(z)) != row
    share = np.exp(z @ z[row] / 0.1) * others
    share /= share.sum()
    for rule in placed.RULES:
        w, _, positive = reference.weights(rule, batch.labels, batch.labels, np.arange(len(z)))
        of, weights = positive[row].astype(bool), w[row][positive[row].astype(bool)]
        divisor = {"count": of.sum(), "labels": batch.labels[row].sum(), "weight_sum": weights.sum(), "none": 1}
        found = anchor_sum(under(batch, rule, placement=place, normalise=normalise), row)
        assert found is not None
        assert (found.positives, found.weights) == (of.sum(), pytest.approx(weights.sum(), rel=1e-5))
        assert found.divisor == pytest.approx(divisor[normalise], rel=1e-5)
        inside = place == "inside"
        constant = -np.log(weights).sum() / divisor[normalise] if inside else 0
        terms = -np.log(share[of]) * (1 if inside else weights)
        assert found.constant == pytest.approx(constant, rel=1e-4, abs=1e-6)
        assert found.shares == pytest.approx(terms.sum() / divisor[normalise], rel=1e-4)
        assert found.value == pytest.approx(found.constant + found.shares)
    numbers = placed.divisors(recorded)
    a, b = (anchor_sum(under(batch, rule, placement=place, normalise=normalise), row) for rule in placed.RULES)
    assert a is not None
    assert b is not None
    assert (numbers["a_sum"], numbers["b_sum"]) == (a.weights, b.weights)
    assert numbers["positives"] == a.positives == b.positives
    if place == "inside" and normalise == "count":
        assert a.shares == pytest.approx(b.shares)


def test_an_anchor_without_a_positive_has_no_sum() -> None:
    """{people} shares its label with one other item; under ALL with none."""
    assert anchor_sum(under(example("nested"), "all_equal"), 5) is None
