"""knn_macro_f1: against loops, by hand, edge cases."""

import pytest
import torch

from mlcl_core.metrics import knn_macro_f1
from tests.cases import embeddings, labels, random_labels


def by_loops(h_train, y_train, h_test, y_test, k) -> float:
    """One test item and one label at a time."""
    f1 = []
    for label in range(y_test.shape[1]):
        tp = fp = fn = 0
        for i in range(len(h_test)):
            cosine = [float(h_test[i] @ h / (h_test[i].norm() * h.norm())) for h in h_train]
            nearest = sorted(range(len(h_train)), key=lambda j, cosine=cosine: -cosine[j])[:k]
            guess = sum(bool(y_train[j, label]) for j in nearest) >= 0.3 * k
            true = bool(y_test[i, label])
            tp, fp, fn = tp + (guess and true), fp + (guess and not true), fn + (true and not guess)
        if tp + fn:
            f1.append(2 * tp / (2 * tp + fp + fn))
    return sum(f1) / len(f1)


@pytest.mark.parametrize("k", [1, 3, 5, 10])
def test_equals_loops(k):
    """Random embeddings and labels."""
    h, y = embeddings(40, 4), random_labels(40, 6, 0.3, 0)
    found = knn_macro_f1(h[:25], y[:25], h[25:], y[25:], k)
    assert found == pytest.approx(by_loops(h[:25], y[:25], h[25:], y[25:], k))


def test_perfect():
    """Test items on top of their twins."""
    h, y = torch.eye(4), labels("10", "01", "11", "10")
    assert knn_macro_f1(h, y, 3 * h, y, 1) == 1


def test_more_neighbours_than_items():
    """Everybody is asked: each label that 30 % carry goes to everyone."""
    h, y = torch.eye(2), labels("10", "11")
    assert knn_macro_f1(h, y, h, y, 10) == pytest.approx((1 + 2 / 3) / 2)


def test_nothing_to_ask_or_to_find():
    """No training items, no test items, or no label among them: 0."""
    h, y = torch.eye(2), labels("10", "11")
    assert knn_macro_f1(h[:0], y[:0], h, y, 3) == 0
    assert knn_macro_f1(h, y, h[:0], y[:0], 3) == 0
    assert knn_macro_f1(h, y, h, torch.zeros_like(y), 3) == 0
