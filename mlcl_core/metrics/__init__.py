"""Numbers about the space and about predictions. To add one: its file, one line here, its test."""

import math
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from mlcl_core.metrics.alignment import alignment
from mlcl_core.metrics.bands import BAND_METRICS, Bands, band_metrics, bands
from mlcl_core.metrics.conventions import LAB, Conventions, conventions_in_words
from mlcl_core.metrics.cosine_by_relation import mean_cosine_by_relation
from mlcl_core.metrics.cosine_change import cosine_change
from mlcl_core.metrics.drift import drift, moves, relative_drift
from mlcl_core.metrics.health import (
    HEALTH,
    anchor_alignment,
    effective_positives,
    effective_rank,
    force_shares,
    mean_cosine,
    prototype_visitors,
    weight_evenness,
)
from mlcl_core.metrics.knn import knn_macro_f1
from mlcl_core.metrics.label_sets_mixed import MixedSets, label_sets_mixed
from mlcl_core.metrics.neighbour_changes import NeighbourChanges, neighbour_changes
from mlcl_core.metrics.neighbour_ndcg import neighbour_ndcg
from mlcl_core.metrics.neighbour_overlap import chance_overlap, neighbour_overlap
from mlcl_core.metrics.neighbours import NEIGHBOURS, Neighbours, nearest_neighbours
from mlcl_core.metrics.optimistic import PUBLISHED_CONVENTIONS, PUBLISHED_METRICS, OptimisticOnTest, optimistic_on_test
from mlcl_core.metrics.per_label import Covered, covered_labels, per_label
from mlcl_core.metrics.purity import purity
from mlcl_core.metrics.rank_correlation import rank_correlation
from mlcl_core.metrics.record import FinalMetric, LiveMetric, MetricRecord, Predictions, WatchedFrame
from mlcl_core.metrics.resampling import resampled
from mlcl_core.metrics.space import SPACE_METRICS, SpaceMetric, space_metrics
from mlcl_core.metrics.thresholds import Thresholds, thresholds_on_validation
from mlcl_core.metrics.uniformity import uniformity
from mlcl_core.registry import records_in

# Pages and run files list the metrics in this order.
# isort: off
from mlcl_core.metrics.macro_f1 import MACRO_F1
from mlcl_core.metrics.micro_f1 import MICRO_F1
from mlcl_core.metrics.mean_average_precision import MEAN_AVERAGE_PRECISION
from mlcl_core.metrics.subset_accuracy import SUBSET_ACCURACY
from mlcl_core.metrics.hamming import HAMMING_LOSS, HAMMING_ACCURACY
from mlcl_core.metrics.samples_f1 import SAMPLES_F1, EXAMPLE_F1
from mlcl_core.metrics.auroc import MACRO_AUROC, MICRO_AUROC
from mlcl_core.metrics.ranking_loss import RANKING_LOSS
from mlcl_core.metrics.coverage_error import COVERAGE_ERROR
from mlcl_core.metrics.lrap import LRAP
from mlcl_core.metrics.precision_at_k import PRECISION_AT_1, PRECISION_AT_3, PRECISION_AT_5
from mlcl_core.metrics.ndcg_at_k import NDCG_AT_1, NDCG_AT_3, NDCG_AT_5
from mlcl_core.metrics.watched_loss import WATCHED_LOSS
from mlcl_core.metrics.knn import KNN_MACRO_F1
from mlcl_core.metrics.rank_correlation import RANK_CORRELATION
from mlcl_core.metrics.alignment import ALIGNMENT
from mlcl_core.metrics.uniformity import UNIFORMITY
from mlcl_core.metrics.cosine_by_relation import COSINE_EQUAL, COSINE_NESTED, COSINE_OVERLAP, COSINE_DISJOINT
# isort: on

LIVE_METRICS = records_in(globals(), LiveMetric)
FINAL_METRICS = records_in(globals(), FinalMetric)
RUN_METRICS = {name: record for name, record in FINAL_METRICS.items() if record.of_runs}
METRICS: dict[str, MetricRecord] = {**FINAL_METRICS, **LIVE_METRICS}
HEADLINE = next(record for record in LIVE_METRICS.values() if record.headline)


def measure_frame(frame: WatchedFrame) -> dict[str, float]:
    """The live metrics of a frame, by name; those that it does not have are left out."""
    found = {name: float(record.measure(frame)) for name, record in LIVE_METRICS.items()}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def measure_predictions(
    y_true: Bool[Tensor, "n c"] | Bool[np.ndarray, "n c"],
    scores: Float[Tensor, "n c"] | Float[np.ndarray, "n c"],
    threshold: float,
) -> dict[str, float]:
    """The final metrics that each run measures, of predicted label sets, by name: in [0, 1], never NaN.

    Args:
        y_true: Which of the ``c`` labels each item has.
        scores: Higher is likelier; any scale.
        threshold: A label is predicted where its score reaches it; one for all labels, on the scale of ``scores``.

    Example:
        >>> y = torch.tensor([[True, False], [True, True]])
        >>> measure_predictions(y, torch.tensor([[0.9, 0.1], [0.8, 0.3]]), 0.5)["subset_accuracy"]
        0.5
    """
    predictions = Predictions(_array(y_true), _array(scores).astype(np.float64), threshold)
    return {name: float(record.measure(predictions)) for name, record in RUN_METRICS.items()}


def evaluate_predictions(predictions: Predictions, conventions: Conventions | None = None) -> dict[str, float]:
    """All final metrics by name, under other conventions than those of the predictions where they are given."""
    if conventions is not None:
        predictions = replace(predictions, conventions=conventions)
    return {name: float(record.measure(predictions)) for name, record in FINAL_METRICS.items()}


def _array(values: Tensor | np.ndarray) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else values


__all__ = [
    "BAND_METRICS",
    "FINAL_METRICS",
    "HEADLINE",
    "HEALTH",
    "LAB",
    "LIVE_METRICS",
    "METRICS",
    "NEIGHBOURS",
    "PUBLISHED_CONVENTIONS",
    "PUBLISHED_METRICS",
    "RUN_METRICS",
    "SPACE_METRICS",
    "Bands",
    "Conventions",
    "Covered",
    "FinalMetric",
    "LiveMetric",
    "MetricRecord",
    "MixedSets",
    "NeighbourChanges",
    "Neighbours",
    "OptimisticOnTest",
    "Predictions",
    "SpaceMetric",
    "Thresholds",
    "WatchedFrame",
    "alignment",
    "anchor_alignment",
    "band_metrics",
    "bands",
    "chance_overlap",
    "conventions_in_words",
    "cosine_change",
    "covered_labels",
    "drift",
    "effective_positives",
    "effective_rank",
    "evaluate_predictions",
    "force_shares",
    "knn_macro_f1",
    "label_sets_mixed",
    "mean_cosine",
    "mean_cosine_by_relation",
    "measure_frame",
    "measure_predictions",
    "moves",
    "nearest_neighbours",
    "neighbour_changes",
    "neighbour_ndcg",
    "neighbour_overlap",
    "optimistic_on_test",
    "per_label",
    "prototype_visitors",
    "purity",
    "rank_correlation",
    "relative_drift",
    "resampled",
    "space_metrics",
    "thresholds_on_validation",
    "uniformity",
    "weight_evenness",
]
