"""statistics: counts by hand, and ready for JSON."""

import json

import numpy as np
import pytest

from mlcl_core.data import LabelMatrix, MultiLabelData, load_data, statistics
from mlcl_core.pairs import RULES
from tests.cases import labels
from tests.data.test_multilabel import tiny


def by_hand() -> MultiLabelData:
    """Six items, four of them for training: {a}, {a}, {a, b} and one without labels."""
    return tiny(
        items=tiny().items.new_zeros(6, 2),
        labels=LabelMatrix.of(labels("100", "100", "110", "000", "010", "001")),
        split=np.array(["train"] * 4 + ["validation", "test"]),
        item_names=tuple("uvwxyz"),
    )


def test_by_hand():
    """Sizes, frequencies and shares of six items."""
    found = statistics(by_hand(), batch_size=4)
    assert (found["items"], found["labels"], found["shape"]) == (6, 3, [2])
    assert found["splits"] == {"train": 4, "validation": 1, "test": 1}
    assert found["cardinality"] == pytest.approx(1.0)
    assert found["label_sets"] == 5
    assert found["items_without_label"] == 1
    assert found["label_counts"] == {"a": 3, "b": 2, "c": 1}
    assert found["most_frequent"] == [["a", 3], ["b", 2], ["c", 1]]


def test_relation_shares_by_hand():
    """Of 30 ordered pairs: equal 2 ({a}, {a}), superset 3 ({a, b} to {a}, {a}, {b}), subset 3, the rest disjoint."""
    shares = statistics(by_hand())["relation_shares"]
    want = {"disjoint": 22 / 30, "equal": 2 / 30, "overlap": 0, "superset": 3 / 30, "subset": 3 / 30}
    assert shares == pytest.approx(want)


def test_anchors_without_positive_by_hand():
    """Of four training items the empty one has no positive; under all_equal {a, b} has none either."""
    found = statistics(by_hand(), batch_size=4)["anchors_without_positive"]
    assert found["any_shared"] == pytest.approx(1 / 4)
    assert found["all_equal"] == pytest.approx(2 / 4)
    assert set(found) == set(RULES)


def test_plain_and_repeatable():
    """For a shipped set, JSON preserves the numbers, two calls are equal, and shares add up to 1."""
    data = load_data("digits", scenes=200)
    found = statistics(data, batch_size=32, sample=100)
    assert json.loads(json.dumps(found)) == found == statistics(data, batch_size=32, sample=100)
    assert sum(found["relation_shares"].values()) == pytest.approx(1)
    assert found["pairs_of"] == 100
