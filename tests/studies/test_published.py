"""Scores under thresholds from validation and from the test items."""

from pathlib import Path

import pytest
from sklearn.metrics import f1_score

from mlcl_core.studies.published import published_thresholds
from tests.studies.made import METHODS, made_study


def test_the_threshold_is_all_that_differs(tmp_path: Path) -> None:
    """Means over seeds by scikit-learn; looking at the test items never costs, and precision@1 has no threshold."""
    folder = made_study(tmp_path, failed=[4])
    found = published_thresholds(folder)
    assert {(row.data, row.method) for row in found} == {(d, m) for d in ("icons", "digits") for m in METHODS}
    assert sorted({row.seeds for row in found}) == [2, 3]
    rows = folder.rows()
    for row in found:
        # the grid of the script has the study's threshold, so the best of it is as good at least
        assert row.optimistic >= row.honest
        assert row.metric != "precision_at_1" or row.optimistic == row.honest
    one = next(row for row in found if row.metric == "macro_f1" and row.seeds == 3)
    cells = rows[(rows.data == one.data) & (rows.method == one.method)].cell
    given = [folder.predictions(cell) for cell in cells]
    for name, thresholds in (("honest", [0.5]), ("optimistic", [k / 10 for k in range(1, 10)])):
        best = [max(_macro(p.labels, p.scores >= t) for t in thresholds) for p in given]
        assert getattr(one, name) == pytest.approx(sum(best) / 3)


def _macro(labels, predicted) -> float:
    return f1_score(labels, predicted, average="macro", zero_division=0)
