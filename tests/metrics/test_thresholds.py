"""Thresholds: the optimistic ones against the published formulas, the honest ones against every one of the grid."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcl_core.metrics import (
    FINAL_METRICS,
    PUBLISHED_CONVENTIONS,
    PUBLISHED_METRICS,
    Predictions,
    evaluate_predictions,
    optimistic_on_test,
    thresholds_on_validation,
)

SIZES = {"n": st.integers(1, 12), "c": st.integers(1, 5), "seed": st.integers(0, 999)}


def drawn(n: int, c: int, seed: int) -> Predictions:
    """Probabilities of two digits without ties within an item; some labels on no item."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n, c)) < rng.choice([0, 0.3, 0.7], c)
    scores = np.argsort(rng.random((n, 99)), axis=1)[:, :c] / 100 + 0.01
    return Predictions(labels, scores, 0.5)


def published(y: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """The formulas of MulSupCon's script, the largest of each over its thresholds."""
    best: dict[str, float] = {}
    for threshold in [tenth / 10 for tenth in range(1, 10)]:
        guess = scores >= threshold
        tp, fp, fn = (y & guess).sum(0), (~y & guess).sum(0), (y & ~guess).sum(0)
        total = y.sum(1) + guess.sum(1)
        items = 2 * (y & guess).sum(1)[total > 0] / total[total > 0]
        decisions = 2 * tp.sum() + fp.sum() + fn.sum()
        found = {
            "hamming_accuracy": 1 - (y ^ guess).mean(),
            "example_f1": items.mean() if len(items) else 0,
            "micro_f1": 2 * tp.sum() / decisions if decisions else 0,
            "macro_f1": (2 * tp / (2 * tp + fp + fn + 1e-6)).mean(),
            "precision_at_1": np.mean([row[order[::-1][0]] for row, order in zip(y, scores.argsort(1), strict=True)]),
        }
        best = {name: max(value, best.get(name, 0)) for name, value in found.items()}
    return best


@settings(max_examples=3)
@given(**SIZES)
def test_optimistic_scores_are_those_of_the_published_formulas(n, c, seed) -> None:
    """Each metric at a threshold of its own; the script's 1e-6 in a denominator is the difference."""
    case = drawn(n, c, seed)
    found = optimistic_on_test(case)
    assert found.values == pytest.approx(published(case.labels, case.scores), abs=2e-6)
    for name, threshold in found.thresholds.items():
        at = replace(case, threshold=threshold, conventions=PUBLISHED_CONVENTIONS)
        assert PUBLISHED_METRICS[name].measure(at) == found.values[name]


def test_optimistic_says_so() -> None:
    """In words; and no threshold of the grid, chosen beforehand, reaches more on the same items."""
    case = drawn(12, 4, 5)
    found = optimistic_on_test(case)
    assert found.words.startswith("Optimistic: the best of the thresholds .1 to .9 on the test items themselves")
    honest = thresholds_on_validation(drawn(12, 4, 6), grid=np.arange(1, 10) / 10).on(case)
    numbers = evaluate_predictions(honest, PUBLISHED_CONVENTIONS)
    assert all(numbers[name] <= value for name, value in found.values.items())
    assert len(set(found.thresholds.values())) > 1


def f1(case: Predictions, name: str, threshold: float) -> float:
    """One of the two F1 at a threshold, from its sums: several times faster than by scikit-learn."""
    metric = FINAL_METRICS[name]
    return float(metric.of_sums(metric.sums(replace(case, threshold=threshold)).sum(0)))


@given(**SIZES)
def test_one_threshold_has_the_best_sum(n, c, seed) -> None:
    """Of micro-F1 and macro-F1, by the final metrics at each of the grid; the middle one of equals."""
    case, grid = drawn(n, c, seed), np.arange(1, 20) / 20

    each = [round(f1(case, "micro_f1", at) + f1(case, "macro_f1", at), 9) for at in grid.tolist()]
    best = [threshold for threshold, value in zip(grid.tolist(), each, strict=True) if value == max(each)]
    assert thresholds_on_validation(case, grid=grid).value == best[len(best) // 2]


@given(**SIZES)
def test_each_label_has_its_best_f1(n, c, seed) -> None:
    """A label that no validation item carries takes the one threshold of all, and words say so."""
    case, grid = drawn(n, c, seed), np.arange(1, 20) / 20
    found, one = thresholds_on_validation(case, "per_label", grid), thresholds_on_validation(case, grid=grid)
    assert found.on(case).threshold is found.value
    absent = 0
    for label in range(c):
        alone = case.of_labels(np.array([label]))
        each = [f1(alone, "macro_f1", at) for at in grid.tolist()]
        if case.labels[:, label].any():
            best = [threshold for threshold, value in zip(grid.tolist(), each, strict=True) if value == max(each)]
            assert found.value[label] == best[len(best) // 2]
        else:
            absent += 1
            assert found.value[label] == one.value
    told = f" {absent} label{'s' * (absent != 1)} without a validation item"
    assert (told in found.words) == (absent > 0)


def test_nothing_to_choose_by() -> None:
    """No validation item with a label: all thresholds are as good, the middle one is taken; tiles change nothing."""
    nothing = Predictions(np.zeros((3, 2), bool), np.full((3, 2), 0.3), 0.5)
    assert thresholds_on_validation(nothing).value == 0.5
    assert thresholds_on_validation(nothing, "per_label").value.tolist() == [0.5, 0.5]


def test_tiles_change_nothing(monkeypatch) -> None:
    """One item at a time."""
    case = drawn(12, 4, 7)
    whole = thresholds_on_validation(case, "per_label").value
    monkeypatch.setattr("mlcl_core.metrics.thresholds.NUMBERS", 1)
    assert thresholds_on_validation(case, "per_label").value.tolist() == whole.tolist()
