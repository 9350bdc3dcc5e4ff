"""Scores of labels against how often they were trained on: a point a label, a line for the mean of each band."""

from typing import TYPE_CHECKING, Any

from dashboard.figures.formatting import chart_text
from dashboard.figures.study_bands import BANDS
from dashboard.figures.study_style import framed, marks_of, plotly_mark

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from mlcl_core.runs.evaluations import Evaluation

HEIGHT = 300


def by_frequency(evaluation: "Evaluation") -> "go.Figure":
    """F1 of each label that a test item carries; hovering shows its name, which may be text of users, and counts."""
    import plotly.graph_objects as go

    table, figure = evaluation.per_label, go.Figure()
    marks = marks_of(BANDS)
    for band in BANDS:
        rows = [row for row, value in enumerate(table.f1) if value is not None and table.band[row] == band]
        if not rows:
            continue
        counts = [max(1, table.train_count[row]) for row in rows]
        figure.add_scatter(
            x=counts,
            y=[table.f1[row] for row in rows],
            name=band,
            mode="markers",
            marker=plotly_mark(marks[band]),
            customdata=[[_told(evaluation, row)] for row in rows],
            hovertemplate="%{customdata[0]}<extra></extra>",
        )
        mean = evaluation.bands.get(band, {}).get("macro_f1")
        if mean is not None:
            figure.add_scatter(
                x=[min(counts) / 1.15, max(counts) * 1.15],
                y=[mean, mean],
                mode="lines",
                line={"color": marks[band][0], "width": 2, "dash": "dot"},
                hovertemplate=f"{band}: macro-F1 {mean:.3f}<extra></extra>",
                showlegend=False,
            )
    figure.update_xaxes(title="training items of the label", type="log", dtick=1, zeroline=False)
    figure.update_yaxes(title="F1", range=[-0.03, 1.03], zeroline=False)
    framed(figure, height=HEIGHT, showlegend=True)
    # above, where the title of the axis is not
    return figure.update_layout(legend={"y": 1.02, "yanchor": "bottom"}, margin={"t": 36})


def frequency_words(evaluation: "Evaluation") -> str:
    """The plot in words."""
    means = {band: evaluation.bands.get(band, {}).get("macro_f1") for band in BANDS}
    said = ", ".join(f"{band} {mean:.3f}" for band, mean in means.items() if mean is not None)
    return f"F1 of each label against its training items. Macro-F1 by band: {said or 'none'}."


def metric_rows(evaluation: "Evaluation", titles: dict[str, str]) -> list[dict[str, Any]]:
    """A row a metric: its value, the ends of its interval, the untrained encoder's, that of the items as given."""
    given = evaluation.items_as_given
    return [
        {
            "test": titles.get(name, name),
            "trained": one.value,
            "low": one.low,
            "high": one.high,
            "untrained": evaluation.untrained.get(name),
            **({} if given is None else {"as given": given.get(name)}),
        }
        for name, one in evaluation.metrics.items()
    ]


def label_rows(evaluation: "Evaluation") -> list[dict[str, Any]]:
    """A row a label, the most frequent first."""
    table = evaluation.per_label
    columns: dict[str, list[Any]] = {
        "label": table.name,
        "band": table.band,
        "train": table.train_count,
        "test": table.test_positives,
        "predicted": table.predicted,
        "precision": table.precision,
        "recall": table.recall,
        "F1": table.f1,
        "AP": table.ap,
    }
    order = sorted(range(len(table.name)), key=lambda row: -table.train_count[row])
    return [{title: column[row] for title, column in columns.items()} for row in order]


def _told(evaluation: "Evaluation", row: int) -> str:
    table = evaluation.per_label
    counts = f"{table.train_count[row]:,} to train on, {table.test_positives[row]:,} to test on"
    return f"<b>{chart_text(table.name[row])}</b><br>F1 {table.f1[row]:.3f}<br>{counts}"


__all__ = ["by_frequency", "frequency_words", "label_rows", "metric_rows"]
