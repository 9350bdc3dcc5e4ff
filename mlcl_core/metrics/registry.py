"""What each number means and which way is better, as the dashboard and the command line show it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MetricRecord:
    """One number; ``direction`` is ``up`` or ``down`` where that is better, else ``none``; its range."""

    name: str
    title: str
    summary: str
    direction: str
    low: int | float | None = None
    high: int | float | None = None


_RECORDS = (
    MetricRecord(
        "micro_f1", "Micro-F1", "F1 over all (item, label) decisions; a frequent label weighs more.", "up", 0, 1
    ),
    MetricRecord(
        "macro_f1", "Macro-F1", "Mean of each label's F1; a rare label weighs as much as a frequent one.", "up", 0, 1
    ),
    MetricRecord("map", "mAP", "Mean average precision: how well scores rank the items of each label.", "up", 0, 1),
    MetricRecord("hamming_loss", "Hamming loss", "Share of wrong (item, label) decisions.", "down", 0, 1),
    MetricRecord("subset_accuracy", "Subset accuracy", "Share of items whose whole label set is right.", "up", 0, 1),
    MetricRecord(
        "loss",
        "Loss of the watched items",
        "The training's loss, here over the watched items taken as one batch; the batch just trained on has its own.",
        "down",
    ),
    MetricRecord("cosine_equal", "Cosine: equal", "Mean cosine of pairs with the same labels.", "up", -1, 1),
    MetricRecord(
        "cosine_nested", "Cosine: nested", "Mean cosine of pairs where one label set contains the other.", "none", -1, 1
    ),
    MetricRecord(
        "cosine_overlap",
        "Cosine: overlap",
        "Mean cosine of pairs that share some labels, not all of either.",
        "none",
        -1,
        1,
    ),
    MetricRecord("cosine_disjoint", "Cosine: disjoint", "Mean cosine of pairs without a shared label.", "down", -1, 1),
    MetricRecord("alignment", "Alignment", "Mean squared distance of positive pairs on the unit sphere.", "down", 0, 4),
    MetricRecord(
        "uniformity",
        "Uniformity",
        "How evenly items cover the sphere: 0 when all coincide, lower is more even.",
        "down",
        -8,
        0,
    ),
    MetricRecord(
        "rank_correlation",
        "Rank correlation",
        "Spearman correlation of label overlap and cosine over pairs.",
        "up",
        -1,
        1,
    ),
    MetricRecord(
        "knn_macro_f1",
        "kNN macro-F1",
        "Macro-F1 when items get the labels of their nearest training items; tied ones share the places left.",
        "up",
        0,
        1,
    ),
)
METRICS: dict[str, MetricRecord] = {record.name: record for record in _RECORDS}
