"""Scores of a study as pages show them: marks, intervals, tables, and cells; on invented results."""

from pathlib import Path

import pandas as pd
import pytest

from dashboard import loaders
from dashboard.figures.study_cells import cells_table, fitting
from dashboard.figures.study_scores import LEGEND, MARKS, Score, forest_rows, gains_table, scores_table, signed
from dashboard.figures.study_words import axis_title, grid_words, is_numeric, listed, progress_words
from mlcl_core.studies.folder import StudyStatus
from tests.studies.made import SKILL, made_file, made_study

PROVES = {
    "test_marks": (
        "{…} best mean; {…} not distinguishable from it (p of at least .05, by Holm over the methods of the table); "
        "{…} nothing can be said (fewer than 3 seeds in common).",
    ),
}
TITLES = {"macro_f1": "Macro-F1", "map": "mAP"}


@pytest.mark.parametrize(
    ("seeds", "stands"), [([0, 1, 2], ["", "best", "close"]), ([0, 1], ["open", "best", "open"])], ids=["3", "2"]
)
def test_marks(tmp_path: Path, seeds: list[int], stands: list[str]) -> None:
    """Two methods with the same scores, one that is far below: the table's own p decides; with 2 seeds nothing does."""
    methods = ["bce", "similarity_dissimilarity", {"name": "twin", "loss.rule": "similarity_dissimilarity"}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SKILL, "twin", 1.1)
        folder = made_study(tmp_path, file=made_file(grid={"data": ["icons"], "method": methods}, seeds=seeds))
    scores = loaders.study_scores(folder, "icons", ("macro_f1",), (), "whole")
    assert [of["macro_f1"].stands for of in scores.values()] == stands
    table = loaders.method_table(folder, "icons", "macro_f1", (), "whole")
    for row, mark in zip(table.rows, stands, strict=True):
        assert (row.p is None) == (mark in ("best", "open"))
        assert row.p is None or (row.p >= 0.05) == (mark == "close")
    assert all(MARKS[mark] in LEGEND for mark in ("best", "close", "open"))  # type: ignore[index]
    shown = scores_table(scores, ("macro_f1",), TITLES, "these models")
    assert [cell.rpartition(" ")[2] in set(MARKS.values()) - {""} for cell in shown["Macro-F1"]] == [
        bool(mark) for mark in stands
    ]


def test_what_is_not_computed_yet_is_left_out(tmp_path: Path) -> None:
    """At once there are means and gains; with the resampled items intervals and marks; these stay."""
    folder = made_study(tmp_path)
    first = loaders.study_scores(folder, "icons", ("macro_f1",), (), "known")
    assert all(of["macro_f1"].intervals == {} and of["macro_f1"].over_items is not None for of in first.values())
    assert "being computed" in loaders.study_note(folder, "icons", "macro_f1", "the method", (), "known")
    assert loaders.study_answer(folder, "icons", (), "known") is None
    whole = loaders.study_scores(folder, "icons", ("macro_f1",), (), "whole")
    assert all(set(of["macro_f1"].intervals) == {"the method", "these models"} for of in whole.values())
    assert loaders.study_scores(folder, "icons", ("macro_f1",), (), "known") == whole
    note = loaders.study_note(folder, "icons", "macro_f1", "these models")
    assert note == (
        "Intervals hold 95 %, of these models, for other test items (BCa of 10,000 resamples of 60 test items); not "
        "adjusted for the number of comparisons."
    )
    bands = loaders.study_bands(folder, "icons", "macro_f1", (), "bce", "whole")
    assert {point.method for point in bands.points} == {"any_shared", "similarity_dissimilarity"}
    assert [point.labels for point in bands.points] == [1, 1, 2, 2, 1, 1]
    ranks = loaders.study_ranks(folder, "macro_f1")
    assert list(ranks.ranks) == ["similarity_dissimilarity", "any_shared", "bce"]
    assert ranks.words[0].startswith("Over 2 data sets Wilcoxon's test gives no p below .5")


def test_tables_by_hand() -> None:
    """Means with ends and marks; a metric that a method lacks is a dash; gains are numbers, missing ones empty."""
    scores = {
        "a": {"macro_f1": Score(0.5, 3, {"the method": (0.4, 0.6)}, 0.2, None, "best"), "map": Score(0.25, 3, {})},
        "b": {"macro_f1": Score(0.4, 2, {}, 0.1, -0.05, "open")},
    }
    table = scores_table(scores, ("macro_f1", "map"), TITLES, "the method")
    assert table.to_dict("list") == {
        "method": ["a", "b"],
        "seeds": [3, 2],
        "Macro-F1": ["0.500 [0.400, 0.600] ★", "0.400 ?"],
        "mAP": ["0.250", "–"],
    }
    gains = gains_table(scores, ("macro_f1",), TITLES)
    assert gains["Macro-F1 − untrained"].tolist() == [0.2, 0.1]
    assert gains["Macro-F1 − items as given"].isna().tolist() == [True, False]
    rows, marked = forest_rows(scores, "macro_f1", "the method")
    assert [(row.name, row.value, row.low, row.note) for row in rows] == [
        ("a", 0.5, 0.4, "3 seeds"),
        ("b", 0.4, None, "2 seeds"),
    ]
    assert marked == {"untrained": pytest.approx(0.3), "items as given": pytest.approx(0.45)}
    assert forest_rows(scores, "map", "the method")[0][1].value is None
    assert [signed(0.0124), signed(-0.1), signed(None), signed(float("nan"))] == ["+0.012", "-0.100", "–", "–"]


def test_cells_by_hand() -> None:
    """Axes by their names, what came of a cell, and both times together; a column that no row has is empty."""
    rows = pd.DataFrame(
        {
            "data": ["icons", "digits"],
            "method": ["a", "b"],
            "loss.temperature": [0.1, 0.2],
            "seed": [1, 2],
            "macro_f1": [0.5, None],
            "state": ["ok", "failed"],
            "error": ["", "nan"],
            "train_seconds": [2.0, None],
            "evaluate_seconds": [0.5, None],
        }
    )
    table = cells_table(rows, ["loss.temperature"], ["macro_f1"], TITLES)
    assert list(table.columns) == [
        *("data", "method", "temperature", "seed", "Macro-F1", "state", "error", "seconds", "device", "run")
    ]
    assert table["seconds"].tolist()[0] == 2.5
    assert (table["error"].tolist(), table["run"].tolist()) == (["", "nan"], ["", ""])
    assert len(fitting(rows, data="icons", method=None, failed=False)) == 1
    assert len(fitting(rows, data=None, method="a", failed=True)) == 0


def test_words() -> None:
    """What an axis is called, what is crossed, how far a study is."""
    assert [axis_title(axis) for axis in ("loss.temperature", "model.feature_dim", "my axis")] == [
        *("temperature", "feature dim", "my axis")
    ]
    axes = {"data": ["icons"], "method": ["a", "b"], "loss.temperature": list(range(14)), "one": ["x"]}
    named = ", ".join(map(str, range(12)))
    assert grid_words(axes, [0]) == (
        f"1 data set (icons) × 2 methods (a, b) × 14 values of temperature ({named}, 2 more) × 1 seed"
    )
    assert [is_numeric(values) for values in ([1, 2.5], [1, 1], [1, "a"], [True, False], [])] == [True, *[False] * 4]
    status = StudyStatus("running", 3, 1, 12, eta=61.0, current="icons, a")
    assert progress_words(status) == "icons, a · 3 of 12 cells, 1 failed · 1 min 1 s left"
    queued = StudyStatus("queued", 0, 0, 1, waiting_for="a run")
    assert progress_words(queued) == "queued behind a run · 0 of 1 cell"
    assert listed("S", None, 0.0) == "S · cannot be read"
