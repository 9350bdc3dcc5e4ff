"""What is known of each method on a data set, metric by metric, and the table of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from dashboard.figures.forest import ForestRow
from dashboard.figures.study_style import interval_words
from dashboard.figures.study_words import LOWER

Ends = tuple[float, float]
Stands = Literal["", "best", "close", "open"]
MARKS: dict[Stands, str] = {"": "", "best": "★", "close": "≈", "open": "?"}
ABOUT = ("the method", "these models")  # what an interval is about
UNKNOWN = "–"
LEGEND = (
    f"{MARKS['best']} best mean; {MARKS['close']} not distinguishable from it (p of at least .05, by Holm over the "
    f"methods of the table); {MARKS['open']} nothing can be said (fewer than 3 seeds in common). "
    f"{LOWER}: lower is better."
)


@dataclass(frozen=True)
class Score:
    """A metric of a method on a data set.

    Attributes:
        mean: Over the seeds.
        seeds: How many there are.
        intervals: By what they are about; without one: missing.
        over_untrained, over_items: The mean less that of the untrained encoder, and of the items as given; None: there
            is no such number.
        stands: ``best`` of the methods, ``close``: not distinguishable from the best, ``open``: nothing can be said.
    """

    mean: float
    seeds: int
    intervals: Mapping[str, Ends]
    over_untrained: float | None = None
    over_items: float | None = None
    stands: Stands = ""

    def interval(self, about: str) -> str:
        """The interval in words; empty where there is none."""
        ends = self.intervals.get(about)
        return "" if ends is None else interval_words(*ends)

    def words(self, about: str) -> str:
        """ "0.431 [0.402, 0.460]"."""
        return f"{self.mean:.3f} {self.interval(about)}".rstrip()


Scores = Mapping[str, Mapping[str, Score]]  # by method, then by metric


def scores_table(scores: Scores, metrics: Sequence[str], titles: Mapping[str, str], about: str) -> pd.DataFrame:
    """One line a method: seeds, then for each metric the mean with its interval and its mark.

    The mark stands behind the numbers, so that a click on a heading sorts by them.
    """
    rows: list[dict[str, Any]] = []
    for method, of in scores.items():
        seeds = sorted({of[name].seeds for name in metrics if name in of})
        row: dict[str, Any] = {"method": method, "seeds": seeds[0] if len(seeds) == 1 else None}
        for name in metrics:
            score = of.get(name)
            row[titles[name]] = UNKNOWN if score is None else f"{score.words(about)} {MARKS[score.stands]}".rstrip()
        rows.append(row)
    return pd.DataFrame(rows, columns=["method", "seeds", *(titles[name] for name in metrics)])


def gains_table(scores: Scores, metrics: Sequence[str], titles: Mapping[str, str]) -> pd.DataFrame:
    """One line a method: for each metric the gain over the untrained encoder, and over the items as given."""
    rows: list[dict[str, Any]] = []
    for method, of in scores.items():
        row: dict[str, Any] = {"method": method}
        for name in metrics:
            score = of.get(name)
            row[f"{titles[name]} − untrained"] = None if score is None else score.over_untrained
            row[f"{titles[name]} − items as given"] = None if score is None else score.over_items
        rows.append(row)
    table = pd.DataFrame(rows)
    return table.astype(dict.fromkeys(table.columns[1:], float))


def signed(value: float | None) -> str:
    """ "+0.012"; a dash where there is no number."""
    return UNKNOWN if value is None or value != value else f"{value:+.3f}"


def forest_rows(scores: Scores, metric: str, about: str) -> tuple[list[ForestRow], dict[str, float]]:
    """The lines of a forest plot, and what methods have to beat: the untrained encoder, the items as given."""
    rows, marked = [], {}
    for method, of in scores.items():
        if metric not in of:
            rows.append(ForestRow(method, None, note="no result yet"))
            continue
        score = of[metric]
        low, high = score.intervals.get(about, (None, None))
        seeds = "1 seed" if score.seeds == 1 else f"{score.seeds} seeds"
        rows.append(ForestRow(method, score.mean, low, high, note=seeds))
        for name, gain in (("untrained", score.over_untrained), ("items as given", score.over_items)):
            if gain is not None:
                marked[name] = score.mean - gain
    return rows, marked
