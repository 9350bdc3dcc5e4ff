"""Metrics of rankings and of items against scikit-learn, all orders of ties, and hand-worked numbers."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import sklearn.metrics as by_scikit_learn
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.metrics import FINAL_METRICS, Conventions, Predictions, evaluate_predictions

PROVES = {
    "test_by_hand": (
        "How many labels, from the highest score on, it takes to have all labels of an item.",
        "Share of the 3 labels with the highest scores that the item has.",
        "Share of the 5 labels with the highest scores that the item has.",
        "How high the item's labels stand among the 3 with the highest scores.",
        "How high the item's labels stand among the 5 with the highest scores.",
    ),
    "test_example_f1_leaves_empty_items_out": (
        "Samples-F1 without the items that have no label and get none, as MulSupCon's published script has it.",
    ),
    "test_at_one_precision_and_ndcg_are_one_number": (
        "Share of items that have the label with the highest score: the same as precision@1.",
    ),
}
SIZES = {"n": st.integers(1, 8), "c": st.integers(2, 6), "share": st.sampled_from([0.0, 0.2, 0.6, 1.0])}
OF_ITEMS = (
    "ranking_loss",
    "coverage_error",
    "lrap",
    "precision_at_1",
    "precision_at_3",
    "ndcg_at_1",
    "ndcg_at_3",
    "ndcg_at_5",
)


def drawn(n: int, c: int, share: float, seed: int) -> Predictions:
    """Scores with many ties, rows without labels, labels without items."""
    rng = np.random.default_rng(seed)
    return Predictions(rng.random((n, c)) < share, rng.integers(0, 4, (n, c)) / 4, 0.5)


def measured(name: str, predictions: Predictions, **switches) -> float:
    """One metric under some conventions."""
    return FINAL_METRICS[name].measure(replace(predictions, conventions=Conventions(**switches)))


@given(**SIZES, seed=st.integers(0, 999))
def test_equal_scikit_learn(n, c, share, seed) -> None:
    """Ties, empty rows and absent labels included."""
    case = drawn(n, c, share, seed)
    y, scores = case.labels.astype(int), case.scores
    expected = {
        "ranking_loss": by_scikit_learn.label_ranking_loss(y, scores),
        "coverage_error": by_scikit_learn.coverage_error(y, scores),
        "lrap": by_scikit_learn.label_ranking_average_precision_score(y, scores),
        "samples_f1": by_scikit_learn.f1_score(y, case.predicted, average="samples", zero_division=0),
        **{f"ndcg_at_{k}": by_scikit_learn.ndcg_score(y, scores, k=k) for k in (1, 3, 5)},
        "hamming_accuracy": 1 - by_scikit_learn.hamming_loss(y, case.predicted),
    }
    assert {name: measured(name, case) for name in expected} == pytest.approx(expected, abs=1e-12)
    empty_is_right = by_scikit_learn.f1_score(y, case.predicted, average="samples", zero_division=1)
    assert measured("samples_f1", case, zero_division=1) == pytest.approx(empty_is_right)


@given(n=st.integers(2, 12), c=st.integers(1, 5), share=st.sampled_from([0.1, 0.5, 0.9]), seed=st.integers(0, 999))
def test_auroc_is_the_share_of_pairs_in_order(n, c, share, seed) -> None:
    """Counted pair by pair, ties by a half; equal to scikit-learn where it has a number."""
    case = drawn(n, c, share, seed)
    y, scores = case.labels, case.scores

    def pairs(hits: np.ndarray, others: np.ndarray) -> float:
        return float(np.mean([(a > b) + (a == b) / 2 for a in hits for b in others]))

    known = [label for label in range(c) if 0 < y[:, label].sum() < n]
    each = [pairs(scores[y[:, label], label], scores[~y[:, label], label]) for label in known]
    assert measured("macro_auroc", case) == pytest.approx(np.mean(each) if each else 0)
    assert measured("macro_auroc", case, absent="scikit_learn") == pytest.approx(np.mean(each) if each else 0)
    assert measured("macro_auroc", case, absent="torchmetrics") == pytest.approx(np.sum(each) / c)
    mixed = 0 < y.sum() < y.size
    assert measured("micro_auroc", case) == pytest.approx(pairs(scores[y], scores[~y]) if mixed else 0)
    if len(known) == c > 1:
        assert measured("macro_auroc", case) == pytest.approx(by_scikit_learn.roc_auc_score(y, scores))


@given(c=st.integers(1, 4), share=st.sampled_from([0.3, 0.7]), seed=st.integers(0, 999))
def test_mean_of_all_orders(c, share, seed) -> None:
    """Under the convention ``mean`` each metric is its mean over all orders of the columns, ties broken by column."""
    case = drawn(1, c, share, seed)
    orders = np.array(list(permutations(range(c))))
    # an order of the columns is an item
    every = Predictions(case.labels[0][orders], case.scores[0][orders], 0.5)
    for name in OF_ITEMS:
        assert measured(name, case, ties="mean") == pytest.approx(measured(name, every, ties="by_column")), name


def test_by_hand() -> None:
    """Labels a and c of four; scores .9 .8 .8 .1: c is tied with b, which the item lacks."""
    case = Predictions(np.array([[True, False, True, False]]), np.array([[0.9, 0.8, 0.8, 0.1]]), 0.5)
    half = {"ties": "mean"}
    # pairs: a above b and d, c above d; c and b are tied
    assert measured("ranking_loss", case) == 1 / 4
    assert measured("ranking_loss", case, **half) == 1 / 8
    assert measured("coverage_error", case) == 3
    assert measured("coverage_error", case, **half) == 2.5
    # of a: 1 of 1; of c: 2 of 3 where it stands last in its group, 2 of 2 where first
    assert measured("lrap", case) == pytest.approx((1 + 2 / 3) / 2)
    assert measured("lrap", case, **half) == pytest.approx((1 + (2 / 3 + 1) / 2) / 2)
    assert measured("precision_at_1", case) == 1
    assert measured("precision_at_3", case) == pytest.approx(2 / 3)
    assert measured("precision_at_5", case) == 2 / 4
    second, third = 1 / np.log2(3), 1 / np.log2(4)
    for name in ("ndcg_at_3", "ndcg_at_5"):
        assert measured(name, case) == pytest.approx((1 + (second + third) / 2) / (1 + second))
    # three are predicted, two of them right
    assert measured("samples_f1", case) == pytest.approx(4 / 5)


@given(**SIZES, seed=st.integers(0, 99))
def test_at_one_precision_and_ndcg_are_one_number(n, c, share, seed) -> None:
    """The first place has one label, whose gain needs no discount; under each treatment of ties."""
    case = drawn(n, c, share, seed)
    for ties in ("scikit_learn", "mean", "by_column"):
        assert measured("ndcg_at_1", case, ties=ties) == pytest.approx(measured("precision_at_1", case, ties=ties))


def test_one_label() -> None:
    """scikit-learn refuses most of these or takes the column for two classes; by definition they have values."""
    case = Predictions(np.array([[True], [False]]), np.array([[0.9], [0.8]]), 0.5)
    found = evaluate_predictions(case)
    assert found["macro_f1"] == found["micro_f1"] == pytest.approx(2 / 3)
    assert found["macro_auroc"] == found["micro_auroc"] == found["map"] == 1
    assert found["ranking_loss"] == 0
    assert found["lrap"] == 1
    assert found["coverage_error"] == found["precision_at_5"] == found["ndcg_at_3"] == 0.5
    assert found["samples_f1"] == 0.5


def test_nothing_predicted() -> None:
    """Scores of 0 everywhere: F1 is 0, or 1 for items without labels under the other convention; ranks are ties."""
    case = Predictions(np.array([[True, False], [False, False]]), np.zeros((2, 2)), 0.5)
    found, other = evaluate_predictions(case), evaluate_predictions(case, Conventions(zero_division=1, ties="mean"))
    assert (found["samples_f1"], other["samples_f1"]) == (0, 0.5)
    assert found["example_f1"] == other["example_f1"] == 0
    assert (found["ranking_loss"], other["ranking_loss"]) == (0.5, 0.25)
    assert (found["coverage_error"], other["coverage_error"]) == (1, 0.75)
    assert found["macro_auroc"] == found["precision_at_1"] / 0.25 * 0.5 == 0.5
    assert found["hamming_accuracy"] == 0.75


def test_example_f1_leaves_empty_items_out() -> None:
    """As the published script does: of an item found and one that is rightly left empty, the first alone."""
    case = Predictions(np.array([[True, False], [False, False]]), np.array([[0.9, 0.1], [0.1, 0.1]]), 0.5)
    assert measured("example_f1", case) == 1
    assert measured("samples_f1", case) == 0.5
    assert measured("example_f1", case.of_items(np.array([1]))) == 0


def test_tiles_change_nothing(monkeypatch) -> None:
    """An item at a time."""
    case = drawn(9, 4, 0.4, 3)
    at_once = evaluate_predictions(case)
    case = replace(case)  # nothing that is computed once
    monkeypatch.setattr("mlcl_core.metrics.label_order.NUMBERS", 1)
    assert evaluate_predictions(case) == at_once
