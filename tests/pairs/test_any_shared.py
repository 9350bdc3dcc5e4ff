"""any_shared by hand, and its edge case."""

from mlcl_core.pairs import RULES
from tests import reference
from tests.cases import labels

RULE = RULES["any_shared"]


@reference.rule(normalise="count")
def any_shared(S, T, available, options):
    """ANY: 1[S and T share a label]."""
    positive = len(S & T) > 0
    return float(positive), positive


def test_by_hand():
    """{a, b} attracts its twin, {a} and {b, c} alike, and not {c}."""
    weights = RULE.weights(labels("110"), labels("110", "100", "011", "001"))
    assert weights.attract.tolist() == [[1, 1, 1, 0]]
    assert weights.positive.tolist() == [[True, True, True, False]]


def test_an_item_without_labels_has_no_positives():
    """Edge case: an item without labels has no positives and is not a positive of another."""
    y = labels("000", "111", "000")
    weights = RULE.weights(y, y)
    assert weights.attract.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert RULE.weights(y, y, empty_match=True).attract.tolist() == [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
