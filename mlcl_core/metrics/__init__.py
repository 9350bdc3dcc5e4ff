"""Numbers about predictions and about the space. To add one: its file, one line in ``METRICS``, its test."""

from mlcl_core.metrics.classification import classification_metrics
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
from mlcl_core.metrics.rank_correlation import rank_correlation
from mlcl_core.metrics.registry import METRICS, MetricRecord
from mlcl_core.metrics.space import alignment, mean_cosine_by_relation, uniformity

__all__ = [
    "HEALTH",
    "METRICS",
    "MetricRecord",
    "alignment",
    "anchor_alignment",
    "classification_metrics",
    "effective_positives",
    "effective_rank",
    "force_shares",
    "knn_macro_f1",
    "mean_cosine",
    "mean_cosine_by_relation",
    "prototype_visitors",
    "rank_correlation",
    "uniformity",
    "weight_evenness",
]
