"""The metrics of two runs side by side, each with its range over the seeds of its configuration."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mlcl_core.metrics import METRICS
from mlcl_core.metrics.watched_loss import WATCHED_LOSS

Scores = Mapping[str, float]


@dataclass(frozen=True)
class SeedScores:
    """The metrics of a run by name, at the step that is shown and, where it has finished, of its linear probe.

    Attributes:
        own: Those of the run.
        others: Those of each run that differs from it in the seed alone.
    """

    own: Scores
    others: tuple[Scores, ...]

    def values(self, name: str) -> list[float]:
        """The values of a metric over the seeds, the run's own first."""
        return [float(scores[name]) for scores in (self.own, *self.others) if name in scores]


def over_seeds(values: Sequence[float]) -> str:
    """Mean and range in words: "0.431 (0.412 to 0.447, n 3)"; empty for fewer than two.

    Example:
        >>> over_seeds([0.5, 0.25])
        '0.375 (0.250 to 0.500, n 2)'
    """
    if len(values) < 2:
        return ""
    return f"{sum(values) / len(values):.3f} ({min(values):.3f} to {max(values):.3f}, n {len(values)})"


def score_table(a: SeedScores, b: SeedScores, *, one_loss: bool) -> pd.DataFrame:
    """One line a metric that both runs have: both values, B less A, both ranges over the seeds.

    ``one_loss``: whether both train with one loss; else its values are on two scales, and have no difference.
    """
    rows: list[dict[str, Any]] = []
    for name, record in METRICS.items():
        if name not in a.own or name not in b.own:
            continue
        comparable = one_loss or name != WATCHED_LOSS.name
        first, second = float(a.own[name]), float(b.own[name])
        rows.append(
            {
                "metric": record.title,
                "A": first,
                "B": second,
                "B − A": second - first if comparable else math.nan,
                "better": {"up": "higher", "down": "lower", "none": "neither"}[record.direction] if comparable else "",
                "A over its seeds": over_seeds(a.values(name)),
                "B over its seeds": over_seeds(b.values(name)),
            }
        )
    return pd.DataFrame(rows, columns=["metric", "A", "B", "B − A", "better", "A over its seeds", "B over its seeds"])
