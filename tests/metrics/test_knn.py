"""knn_macro_f1: against loops, ties, by hand, edge cases."""

import pytest
import torch
from hypothesis import given, strategies

from mlcl_core.metrics import knn_macro_f1
from mlcl_core.metrics.cosines import TIE
from mlcl_core.metrics.knn import TILE
from tests import reference
from tests.cases import embeddings, labels, random_labels

# features on a small grid: copies, equal cosines and rows of zeros are common
ROW = strategies.tuples(*[strategies.sampled_from([-1.0, 0.0, 0.0, 1.0])] * 2)
ROWS = strategies.lists(ROW, min_size=1, max_size=9).map(torch.tensor)
K = strategies.integers(1, 7)
SEED = strategies.integers(0, 1000)


def check(h_train, y_train, h_test, y_test, k) -> float:
    """The score, which must be that of the loops."""
    found = knn_macro_f1(h_train, y_train, h_test, y_test, k)
    arrays = (one.numpy() for one in (h_train, y_train, h_test, y_test))
    assert found == pytest.approx(reference.knn_macro_f1(*arrays, k, TIE))
    return found


@pytest.mark.parametrize("k", [1, 3, 5, 10])
def test_equals_loops(k):
    """Random embeddings and labels, more test items than go through at once."""
    h, y = embeddings(TILE + 40, 4), random_labels(TILE + 40, 6, 0.3, 0)
    check(h[:25], y[:25], h[25:], y[25:], k)


@given(ROWS, ROWS, K, SEED)
def test_ties_equal_loops(h_train, h_test, k, seed):
    """However many are tied: votes are the mean over all ways to choose the k nearest."""
    y = random_labels(len(h_train) + len(h_test), 3, 0.4, seed)
    check(h_train, y[: len(h_train)], h_test, y[len(h_train) :], k)


@given(ROWS, ROWS, K, SEED, strategies.randoms(use_true_random=False))
def test_no_order_of_rows_counts(h_train, h_test, k, seed, random):
    """Training items permuted, or test items: the same number."""
    y = random_labels(len(h_train) + len(h_test), 3, 0.4, seed)
    y_train, y_test = y[: len(h_train)], y[len(h_train) :]
    one, other = (random.sample(range(len(h)), len(h)) for h in (h_train, h_test))
    found = knn_macro_f1(h_train[one], y_train[one], h_test[other], y_test[other], k)
    assert found == pytest.approx(knn_macro_f1(h_train, y_train, h_test, y_test, k))


@pytest.mark.parametrize("flipped", [False, True])
def test_copies_vote_as_one_by_hand(flipped):
    """Forty training items on one spot, a quarter of them with label 0, the others with label 1: ten are asked.

    Each takes a quarter of a place: 2.5 votes for label 0, 7.5 for label 1, so that only 1 is given, whichever stand
    first. The one test item carries both: F1 is 0 and 1.
    """
    y = labels(*(["10"] * 10 + ["01"] * 30))
    h = torch.ones(40, 3)
    assert knn_macro_f1(h, y.flip(0) if flipped else y, h[:1], labels("11"), 10) == 0.5


def test_a_whole_share_is_not_lost_to_rounding():
    """Exactly 30 % of the places, put together from thirds: the label is given."""
    h = torch.ones(30, 2)
    assert knn_macro_f1(h, labels(*(["1"] * 9 + ["0"] * 21)), h[:1], labels("1"), 10) == 1


def test_items_without_direction():
    """As training items they are no neighbours; as test items they have none and get no label."""
    h, y = torch.eye(3), labels("10", "01", "11")
    more = torch.cat([torch.zeros(5, 3), h])
    assert knn_macro_f1(more, torch.cat([labels(*["11"] * 5), y]), h, y, 1) == 1
    assert knn_macro_f1(h, y, torch.zeros(3, 3), y, 1) == 0
    assert knn_macro_f1(torch.zeros(3, 3), y, h, y, 1) == 0


def test_length_does_not_count():
    """Rows too short for float32 to square have a direction all the same."""
    h, y = torch.eye(3), labels("10", "01", "11")
    assert knn_macro_f1(1e-25 * h, y, 1e25 * h, y, 1) == 1


def test_perfect():
    """Test items on top of their twins."""
    h, y = torch.eye(4), labels("10", "01", "11", "10")
    assert knn_macro_f1(h, y, 3 * h, y, 1) == 1


def test_more_neighbours_than_items():
    """All training items vote: each label that 30 % of them carry goes to every test item."""
    h, y = torch.eye(2), labels("10", "11")
    assert knn_macro_f1(h, y, h, y, 10) == pytest.approx((1 + 2 / 3) / 2)


def test_nothing_to_ask_or_to_find():
    """No training items, no test items, or no label among them: 0."""
    h, y = torch.eye(2), labels("10", "11")
    assert knn_macro_f1(h[:0], y[:0], h, y, 3) == 0
    assert knn_macro_f1(h, y, h[:0], y[:0], 3) == 0
    assert knn_macro_f1(h, y, h, torch.zeros_like(y), 3) == 0
