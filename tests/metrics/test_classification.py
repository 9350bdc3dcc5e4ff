"""The final metrics against loops and by hand, and their conventions."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score

from mlcl_core.metrics import FINAL_METRICS, RUN_METRICS, Predictions, evaluate_predictions, measure_predictions
from tests.cases import CASES, labels, random_labels


def by_loops(y: np.ndarray, scores: np.ndarray, threshold: float) -> dict[str, float]:
    """The five numbers, counted one item and label at a time."""
    n, c = y.shape
    true_positive, wrong, predicted_all, f1, precisions = 0, 0, 0, [], []
    for label in range(c):
        tp = fp = fn = 0
        for i in range(n):
            guess = scores[i, label] >= threshold
            tp += guess and y[i, label]
            fp += guess and not y[i, label]
            fn += not guess and y[i, label]
        true_positive, wrong, predicted_all = true_positive + tp, wrong + fp + fn, predicted_all + tp + fp
        if tp + fn:
            f1.append(2 * tp / (2 * tp + fp + fn))
            # precision at each distinct score, weighted by the recall gained there
            total, seen = 0.0, 0.0
            for cut in sorted(set(scores[:, label]), reverse=True):
                above = scores[:, label] >= cut
                recall = (above & y[:, label]).sum() / y[:, label].sum()
                total += (recall - seen) * (above & y[:, label]).sum() / above.sum()
                seen = recall
            precisions.append(total)
    whole = sum(all((scores[i] >= threshold) == y[i]) for i in range(n))
    denominator = predicted_all + y.sum()
    return {
        "micro_f1": 2 * true_positive / denominator if denominator else 0.0,
        "macro_f1": float(np.mean(f1)) if f1 else 0.0,
        "map": float(np.mean(precisions)) if precisions else 0.0,
        "hamming_loss": wrong / (n * c),
        "subset_accuracy": whole / n,
    }


@pytest.mark.parametrize("case", [name for name, y in CASES.items() if y.numel()])
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.6, 1.1])
def test_equals_loops(case, threshold):
    """Every awkward label matrix, with ties among the scores."""
    y = CASES[case]
    scores = (torch.rand(y.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64) * 5).round() / 5
    assert measure_predictions(y, scores, threshold) == pytest.approx(by_loops(y.numpy(), scores.numpy(), threshold))


@given(n=st.integers(1, 12), c=st.integers(1, 5), share=st.sampled_from([0.0, 0.2, 0.7, 1.0]), seed=st.integers(0, 99))
def test_bounded(n, c, share, seed):
    """Never NaN, always in [0, 1]."""
    scores = torch.rand(n, c, generator=torch.Generator().manual_seed(seed))
    found = measure_predictions(random_labels(n, c, share, seed), scores, 0.5)
    assert all(0 <= value <= 1 for value in found.values())


def test_perfect():
    """The truth as scores: everything right."""
    y = labels("110", "011", "100")
    found = measure_predictions(y, y.float(), 0.5)
    assert found == {"micro_f1": 1, "macro_f1": 1, "map": 1, "hamming_loss": 0, "subset_accuracy": 1}


def test_labels_that_nobody_carries():
    """Convention: such a label is left out of macro-F1 and mAP; predicting it costs the others."""
    y = labels("10", "10")
    right, eager = torch.tensor([[0.9, 0.1]] * 2), torch.tensor([[0.9, 0.9]] * 2)
    assert measure_predictions(y, right, 0.5)["macro_f1"] == 1
    found = measure_predictions(y, eager, 0.5)
    assert (found["macro_f1"], found["map"]) == (1, 1)
    assert found["hamming_loss"] == 0.5
    assert found["micro_f1"] == pytest.approx(2 / 3)


def test_nobody_carries_anything():
    """Convention: no label anywhere gives 0, not NaN; saying so is still right for every item."""
    found = measure_predictions(labels("00", "00"), torch.zeros(2, 2), 0.5)
    assert found == {"micro_f1": 0, "macro_f1": 0, "map": 0, "hamming_loss": 0, "subset_accuracy": 1}


def test_no_items():
    """Nothing to judge: all 0."""
    assert set(measure_predictions(CASES["no_items"], torch.zeros(0, 4), 0.5).values()) == {0.0}


def test_arrays_are_fine():
    """numpy in, the same numbers out."""
    y, scores = random_labels(20, 3, 0.4, 0), torch.rand(20, 3)
    assert measure_predictions(y.numpy(), scores.numpy(), 0.5) == measure_predictions(y, scores, 0.5)


def test_each_run_measures_five_and_an_evaluation_all() -> None:
    """By name, in the order of the registry; the five are part of the contract of ``mlcl train --json``."""
    y, scores = labels("10", "11"), torch.ones(2, 2)
    found = measure_predictions(y, scores, 0.5)
    assert list(found) == list(RUN_METRICS) == ["macro_f1", "micro_f1", "map", "subset_accuracy", "hamming_loss"]
    every = evaluate_predictions(Predictions(y.numpy(), scores.double().numpy(), 0.5))
    assert list(every) == list(FINAL_METRICS)
    assert {name: every[name] for name in found} == found


@given(n=st.integers(1, 30), c=st.integers(1, 6), share=st.sampled_from([0.0, 0.1, 0.5]), seed=st.integers(0, 99))
def test_values_keep_their_bits(n, c, share, seed) -> None:
    """Equal to scikit-learn's numbers of one label after the other, to the last bit."""
    y = random_labels(n, c, share, seed).numpy()
    scores = np.random.default_rng(seed).random((n, c)).round(1)
    found, carried = measure_predictions(y, scores, 0.5), np.flatnonzero(y.any(0))
    f1 = [f1_score(y[:, label], scores[:, label] >= 0.5, zero_division=0) for label in carried]
    precision = [average_precision_score(y[:, label], scores[:, label]) for label in carried]
    assert found["macro_f1"] == (np.mean(f1) if f1 else 0)
    assert found["map"] == (np.mean(precision) if precision else 0)
    assert found["micro_f1"] == f1_score(y.ravel(), scores.ravel() >= 0.5, zero_division=0)
