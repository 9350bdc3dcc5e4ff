"""Lesson 2: the relations of its example by hand, and their shares among the icons by their sets."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from dashboard.lessons import Recorded
from dashboard.lessons import five_relations as five
from dashboard.lessons.five_relations import directions
from dashboard.lessons.recorded import example, under

PROVES = {
    "test_kinds_and_directions": (
        "With label **sets** there is more: the anchor, item {one} with the set S = {small}, meets {kinds} relations.",
        "Item {other} has {other_words}.",
        "Its set T contains S: S is a **{other_name}** of T.",
        "Item {inside} has {inside_words}.",
        "Its T lies inside S: S is a **{inside_name}** of T.",
        "Now item {other} becomes the anchor: S = {large}.",
        "The other item is item {one}: T = {small}.",
        "S = {large} is a **{seen}** of T = {small}.",
        "With item {one} as anchor it was a **{back}**.",
        "The matrix shows all pairs: each row is an anchor, each column another item.",
    ),
    "test_a_toggle_changes_one_row_and_one_column": (
        "Toggle a label of an item: cells change in its row and its column only.",
    ),
    "test_relation_shares_of_the_icons": (
        "Now real data: icons with {cardinality:.1f} labels each on average, out of {labels}.",
        "Take any two of {pairs_of:,} icons and compare their sets.",
        "Some labels are shared by {overlap:.1%}.",
        "Nested pairs make up {superset:.1%} seen from the larger set and {subset:.1%} seen from the smaller "
        "one, equal sets {equal:.2%}.",
    ),
}


def test_kinds_and_directions(recorded: Recorded) -> None:
    """Item 1 {sky, sea} meets all five; {sky, sea, boat} contains it, {sky} lies inside: subset and superset."""
    found = five.relations_of_one(recorded)
    assert found["kinds"] == 5
    assert (found["one"], found["small"]) == ("1", "\\{sky, sea\\}")
    assert (found["other"], found["other_words"], found["other_name"]) == ("3", "more labels", "subset")
    assert (found["inside"], found["inside_words"], found["inside_name"]) == ("4", "fewer labels", "superset")
    seen = directions(recorded)
    assert (seen["one"], seen["other"], seen["seen"], seen["back"]) == ("1", "3", "superset", "subset")
    assert (seen["small"], seen["large"]) == ("\\{sky, sea\\}", "\\{sky, sea, boat\\}")


def test_a_toggle_changes_one_row_and_one_column() -> None:
    """On the example, each toggle of each item leaves every pair without it as it was."""
    batch = example("relations")
    before = under(batch, "any_shared").terms.relation
    for item, label in product(range(len(batch)), range(len(batch.label_names))):
        labels = batch.labels.copy()
        labels[item, label] ^= True
        after = under(replace(batch, labels=labels), "any_shared").terms.relation
        others = [row for row in range(len(batch)) if row != item]
        assert torch.equal(before[others][:, others], after[others][:, others])


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
    assert found["subset"] == pytest.approx(found["superset"], abs=1e-12)
    assert (found["cardinality"], found["labels"]) == (pytest.approx(y.sum() / len(y)), y.shape[1])
