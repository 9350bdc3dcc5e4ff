"""A metric of items that are drawn again is that of the items literally repeated."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcl_core.metrics import FINAL_METRICS, Conventions, Predictions, resampled
from mlcl_core.metrics.record import FinalMetric
from tests.cases import CASES

CONVENTIONS = st.builds(
    Conventions,
    absent=st.sampled_from(["left_out", "scikit_learn", "torchmetrics"]),
    zero_division=st.sampled_from([0, 1]),
    ties=st.sampled_from(["scikit_learn", "mean", "by_column"]),
)


@st.composite
def drawn(draw) -> tuple[Predictions, np.ndarray]:
    """Predictions with ties, absent labels and empty rows, and some counts of the items."""
    n, c, seed = draw(st.integers(1, 9)), draw(st.integers(1, 5)), draw(st.integers(0, 999))
    rng = np.random.default_rng(seed)
    labels = rng.random((n, c)) < draw(st.sampled_from([0.0, 0.2, 0.6, 1.0]))
    labels[:, rng.random(c) < 0.2] = False
    threshold = draw(st.sampled_from([0.0, 0.4, 1.1])) if draw(st.booleans()) else rng.random(c).round(1)
    predictions = Predictions(labels, rng.random((n, c)).round(1), threshold, draw(CONVENTIONS))
    counts = rng.multinomial(n, np.full(n, 1 / n), size=3).astype(np.int32)
    return predictions, np.concatenate([counts, np.ones((1, n), np.int32)])


@pytest.mark.parametrize("name", FINAL_METRICS)
@given(drawn())
def test_equals_the_items_literally_repeated(name, case) -> None:
    """By the measure that scikit-learn's equality is tested on; the last row of counts, of ones, is the measure."""
    predictions, counts = case
    metric = FINAL_METRICS[name]
    measure = metric.measure
    expected = [measure(predictions.of_items(np.repeat(np.arange(len(row)), row))) for row in counts]
    assert expected[-1] == measure(predictions)
    if metric.sums is not None:
        totals = metric.sums(predictions).sum(0)
        assert metric.of_sums(totals, predictions.conventions) == pytest.approx(expected[-1], abs=1e-12)
    np.testing.assert_allclose(resampled(metric, predictions, counts), expected, atol=1e-12)


@pytest.mark.parametrize("name", FINAL_METRICS)
def test_blocks_change_nothing(name, monkeypatch) -> None:
    """One resample at a time, or all at once; no resamples; no items."""
    rng = np.random.default_rng(1)
    predictions = Predictions(rng.random((20, 4)) < 0.3, rng.random((20, 4)).round(1), 0.5)
    counts = rng.multinomial(20, np.full(20, 0.05), size=7)
    at_once = resampled(FINAL_METRICS[name], predictions, counts)
    for module in ("resampling", "item_order"):
        monkeypatch.setattr(f"mlcl_core.metrics.{module}.NUMBERS", 1)
    np.testing.assert_allclose(resampled(FINAL_METRICS[name], predictions, counts), at_once, rtol=1e-12)
    assert resampled(FINAL_METRICS[name], predictions, counts[:0]).shape == (0,)
    nothing = Predictions(CASES["no_items"].numpy(), np.zeros((0, 4)), 0.5)
    assert resampled(FINAL_METRICS[name], nothing, np.zeros((2, 0), np.int64)).tolist() == [0, 0]


def test_labels_of_a_band_are_resampled_alone() -> None:
    """Columns with their thresholds, under the same conventions."""
    rng = np.random.default_rng(2)
    predictions = Predictions(rng.random((9, 3)) < 0.5, rng.random((9, 3)), rng.random(3), Conventions(zero_division=1))
    part = predictions.of_labels(np.array([2, 0]))
    np.testing.assert_array_equal(part.predicted, predictions.predicted[:, [2, 0]])
    assert part.conventions == predictions.conventions
    assert predictions.of_items(np.array([1, 1])).predicted.shape == (2, 3)


def test_a_metric_without_a_way_says_so() -> None:
    """Neither sums nor weights."""
    plain = replace(FINAL_METRICS["map"], weighted=None)
    assert isinstance(plain, FinalMetric)
    with pytest.raises(TypeError, match="map has neither sums nor weights"):
        resampled(plain, Predictions(np.ones((1, 1), bool), np.ones((1, 1)), 0.5), np.ones((1, 1), int))
