"""Lesson 4: factors and weights of its pairs by hand, mean weights of the run from the sets of each pair."""

import numpy as np
import pytest
import torch

from dashboard.lessons import Recorded
from dashboard.lessons.two_factors import KINDS, both_ways, factors, heavier, heaviest, on_the_run, right
from mlcl_core.pairs import RULES
from tests import reference
from tests.dashboard.lesson_numbers import label_sets

OF_A_PAIR = ("similarity", "dissimilarity", "weight")

PROVES = {
    "test_factors_by_hand": (
        "Item {anchor} has S = {anchor_set}.",
        "Item {crossing}, T = {crossing_set}, shares {crossing_shared} of these {anchor_size}: Kˢ = "
        "{crossing_similarity:.2f}.",
        "The anchor is item {anchor}, {anchor_set}.",
        "Item {inside} has {inside_shared} of its labels and none besides.",
        "Item {outside} has all of them and {outside_extra} besides.",
        "Item {inside}: {inside_similarity:.2f} · {inside_dissimilarity:.2f} = **{inside_weight:.2f}**.",
        "Item {outside}: {outside_similarity:.2f} · {outside_dissimilarity:.2f} = **{outside_weight:.2f}**.",
        "The one that has all labels of the anchor: its Kˢ is the larger one.",
        "A nested pair: item {one} has {small}, item {other} has {large}.",
        "Anchor {one}: {similarity_up:.2f} · {dissimilarity_up:.2f} = **{weight_up:.2f}**.",
        "Anchor {other}: {similarity_down:.2f} · {dissimilarity_down:.2f} = **{weight_down:.2f}**.",
        "Or the smaller one, all of whose labels are shared; but from its side the other has many labels besides.",
    ),
    "test_one_label_more_halves_the_weight_at_least": (
        "The dissimilarity factor **Kᵈ = 1 / (1 + |T∖S|)** falls with each label of T that S lacks.",
    ),
    "test_weights_on_the_run": (
        "On a trained space: the anchor is {anchor}.",
        "Of its positives, {superset_count} have fewer labels (inside the anchor's set), {subset_count} more "
        "(containing it), and {overlap_count} share some.",
        "Fewer labels: **{superset:.2f}**, more labels: {subset:.2f}, some shared: {overlap:.2f}; the same "
        "labels: {equal:.2f}.",
    ),
}


def test_factors_by_hand(recorded: Recorded) -> None:
    """{sky, sea, boat} as anchor of three others; {sky, sea} with the five labels around it: 1/4 and 2/5."""
    found = factors(anchor=2, crossing=4, inside=0, outside=6)
    assert (found["anchor"], found["anchor_set"], found["anchor_size"]) == ("3", "\\{sky, sea, boat\\}", 3)
    assert (found["crossing_shared"], found["crossing_extra"], found["inside_shared"]) == (1, 1, 2)
    assert (found["crossing_similarity"], found["crossing_weight"]) == (pytest.approx(1 / 3), pytest.approx(1 / 6))
    assert (found["inside_extra"], found["outside_extra"], found["outside_shared"]) == (0, 2, 3)
    assert [found[f"inside_{name}"] for name in OF_A_PAIR] == pytest.approx([2 / 3, 1, 2 / 3])
    assert [found[f"outside_{name}"] for name in OF_A_PAIR] == pytest.approx([1, 1 / 3, 1 / 3])
    assert heavier(found) == 0
    assert heavier({"inside_weight": 0.2, "outside_weight": 0.3}) == 1
    assert heavier({"inside_weight": 0.5, "outside_weight": 0.5}) == 2
    nested = both_ways(recorded)
    assert (nested["one"], nested["other"], nested["small"]) == ("1", "7", "\\{sky, sea\\}")
    assert [nested[f"{name}_up"] for name in OF_A_PAIR] == [1, 0.25, 0.25]
    assert [nested[f"{name}_down"] for name in OF_A_PAIR] == pytest.approx([0.4, 1, 0.4])
    assert right(nested) == 1


def test_one_label_more_halves_the_weight_at_least() -> None:
    """K of {1..n} with itself is 1, with one more label 1/2; without one of its labels (n - 1) / n, never less."""
    for n in range(2, 6):
        y = torch.tensor([[c < size for c in range(n + 1)] for size in (n, n + 1, n - 1)])
        weight = RULES["similarity_dissimilarity"].weights(y[:1], y, self_index=torch.tensor([-1])).attract[0]
        assert weight.tolist() == pytest.approx([1, 0.5, (n - 1) / n])


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
        assert found[f"{name}_count"] == len(by.get(code, []))
    assert list(KINDS)[heaviest(found)] == max(KINDS, key=lambda name: found[name])
    assert str(found["anchor"]).startswith(recorded.watched_items.names[recorded.anchor].split(" ")[0])
