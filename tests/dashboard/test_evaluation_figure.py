"""The plot of labels by training count: a point for each label that has an F1, a line for each band, text inert."""

import plotly.graph_objects as go

from dashboard.figures.evaluation import by_frequency, frequency_words, label_rows, metric_rows
from mlcl_core.runs.evaluations import Evaluation, Measured, PerLabel


def evaluation():
    """Four labels; no test item carries the last one, and no label is medium."""
    table = PerLabel(
        name=["<b>sea</b>", "sun", "rare", "absent"],
        train_count=[200, 150, 3, 0],
        test_positives=[20, 15, 1, 0],
        predicted=[18, 0, 1, 2],
        precision=[0.5, None, 1.0, 0.0],
        recall=[0.4, 0.0, 1.0, None],
        f1=[0.44, 0.0, 1.0, None],
        ap=[0.5, 0.2, 1.0, None],
        band=["head", "head", "tail", "tail"],
    )
    bands = {"head": {"macro_f1": 0.22}, "medium": {"macro_f1": None}, "tail": {"macro_f1": 1.0}}
    measured = Measured(value=0.5, low=0.4, high=0.6, method="percentile", resamples=100)
    return Evaluation.model_construct(
        per_label=table,
        bands=bands,
        metrics={"macro_f1": measured},
        untrained={"macro_f1": 0.3},
        items_as_given={"macro_f1": 0.7},
    )


def test_points_and_lines():
    """Places are counts and F1; the mean of a band is a line over its labels; what has no F1 is left out."""
    points, line, tail, tail_line = by_frequency(evaluation()).data
    assert isinstance(points, go.Scatter)
    assert (list(points.x), list(points.y)) == ([200, 150], [0.44, 0.0])
    assert list(line.y) == [0.22, 0.22]
    assert (list(tail.x), list(tail.y), list(tail_line.y)) == ([3], [1.0], [1.0, 1.0])
    assert "<b>sea</b>" not in points.customdata[0][0].removeprefix("<b>")
    assert frequency_words(evaluation()).endswith("head 0.220, tail 1.000.")


def test_rows():
    """Metrics by their titles with both other columns, the last only where there is one; labels by training count."""
    found = evaluation()
    row = {"test": "Macro", "trained": 0.5, "low": 0.4, "high": 0.6, "untrained": 0.3, "as given": 0.7}
    assert metric_rows(found, {"macro_f1": "Macro"}) == [row]
    assert "as given" not in metric_rows(found.model_copy(update={"items_as_given": None}), {})[0]
    assert [row["label"] for row in label_rows(found)] == ["<b>sea</b>", "sun", "rare", "absent"]
