"""How sure a number is, on plain arrays: intervals, p values, ranks. ``docs/statistics.md`` has the formulas."""

from mlcl_core.statistics.differences import (
    compare_items,
    compare_method,
    method_difference,
    p_improvement,
    share_ahead,
)
from mlcl_core.statistics.enough import needed
from mlcl_core.statistics.intervals import interval_items, interval_method, interval_seeds, p_items, p_method
from mlcl_core.statistics.multiple import holm
from mlcl_core.statistics.ranks import Ranks, cliques, rank_methods, smallest_p
from mlcl_core.statistics.record import ALPHA, MIN_SEEDS, Difference, Interval, Needed, Resampled
from mlcl_core.statistics.resample import (
    MAX_BCA,
    RESAMPLES,
    by_sums,
    count_chunks,
    mean_of,
    minus,
    resample,
    resample_counts,
)

__all__ = [
    "ALPHA",
    "MAX_BCA",
    "MIN_SEEDS",
    "RESAMPLES",
    "Difference",
    "Interval",
    "Needed",
    "Ranks",
    "Resampled",
    "by_sums",
    "cliques",
    "compare_items",
    "compare_method",
    "count_chunks",
    "holm",
    "interval_items",
    "interval_method",
    "interval_seeds",
    "mean_of",
    "method_difference",
    "minus",
    "needed",
    "p_improvement",
    "p_items",
    "p_method",
    "rank_methods",
    "resample",
    "resample_counts",
    "share_ahead",
    "smallest_p",
]
