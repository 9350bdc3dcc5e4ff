"""Curves, timeline, table and words, as data."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dashboard.figures.anchor import anchor_pairs
from dashboard.figures.curves import MAX_POINTS, cosine_options, metric_options
from dashboard.figures.formatting import ago, duration, escaped, label_set
from dashboard.figures.pair_table import pair_table
from dashboard.figures.timeline import MAX_MARKS, MIN_MOVED, best_mark, movers_mark, timeline_payload
from mlcl_core.losses import build_loss
from mlcl_core.maps.movement import MODEL_MOVED
from mlcl_core.metrics import HEADLINE
from tests.made_runs import made_data


def frames(count: int) -> list[dict]:
    """Frame events with a loss and one cosine."""
    return [
        {"event": "frame", "step": 10 * i, "metrics": {"loss": 3.0 - i / 100, "cosine_equal": 0.5}}
        for i in range(count)
    ]


def test_cosine_curves_mark_the_step_looked_at() -> None:
    """Four lines named at their ends, colours of the relations, a dashed line at the step."""
    options = cosine_options(frames(5), now=20)
    assert [line["name"] for line in options["series"]] == ["same labels", "nested", "some shared", "none shared"]
    assert options["series"][0]["lineStyle"]["color"] == "#009E73"
    assert options["series"][0]["markLine"]["data"] == [{"xAxis": 20}]
    assert len({line["symbol"] for line in options["series"]}) == 4
    assert "markLine" not in cosine_options(frames(5), now=None)["series"][0]


@pytest.mark.parametrize("count", [0, 1, 7, MAX_POINTS, MAX_POINTS + 1, 5 * MAX_POINTS + 3])
def test_long_curves_are_thinned_and_keep_their_ends(count: int) -> None:
    """For runs of any length a line has at most 401 points, with the first and the newest."""
    points = metric_options(frames(count), "loss", "Loss", None)["series"][0]["data"]
    assert len(points) <= MAX_POINTS + 1
    if count:
        assert points[0][0] == 0
        assert points[-1][0] == 10 * (count - 1)


def test_timeline_marks_interventions() -> None:
    """Changes, pauses and resumes are marked at their steps, in words."""
    events = [
        {"event": "step", "step": 1},
        {"event": "acknowledged", "action": "set", "step": 7, "settings": {"loss.temperature": 0.2}},
        {"event": "acknowledged", "action": "pause", "step": 9},
        {"event": "resumed", "step": 8},
    ]
    payload = timeline_payload("r", [0, 10], None, events, growing=True)
    assert [(mark["step"], mark["kind"]) for mark in payload["marks"]] == [(7, "set"), (9, "pause"), (8, "resumed")]
    assert payload["marks"][0]["text"] == "temperature 0.2 at step 7"
    assert [mark["brief"] for mark in payload["marks"]] == ["temperature 0.2", "paused", "continued"]


def test_a_mark_says_from_when_a_change_holds() -> None:
    """The rule at once, the batch size with the next epoch; a refused change says why."""
    asked = {"event": "acknowledged", "action": "set", "step": 6}
    settings = {"loss.rule": "any_shared", "loss.rule_params": {}, "training.batch_size": 8}
    first = {"loss.rule": 7, "loss.rule_params": 7, "training.batch_size": 9}
    events = [
        {**asked, "settings": settings, "from_step": first, "from_epoch": 3},
        {**asked, "result": "refused: loss.temperature is -1"},
    ]
    assert [mark["text"] for mark in timeline_payload("r", [0], None, events, growing=True)["marks"]] == [
        "rule any-shared, parameters of the rule as by default at step 6; batch size 8 from epoch 3, step 9, on",
        "change refused: loss.temperature is -1 at step 6",
    ]


def test_timeline_marks_the_best_score() -> None:
    """The first frame with the highest kNN macro-F1; two frames at least, and frames without the score don't count."""

    def scored(*values: float | None) -> list[dict]:
        return [
            {"event": "frame", "step": 10 * i, "metrics": {} if value is None else {"knn_macro_f1": value}}
            for i, value in enumerate(values)
        ]

    mark = best_mark(scored(0.1, None, 0.625, 0.5, 0.625), HEADLINE)
    assert mark is not None
    assert (mark["step"], mark["text"]) == (20, "best kNN macro-F1: 0.62 at step 20")
    assert best_mark([], HEADLINE) is None
    assert best_mark(scored(0.5), HEADLINE) is None
    assert best_mark(scored(None, 0.5, None), HEADLINE) is None
    lowest = best_mark(scored(0.5, 0.125, 0.25), replace(HEADLINE, direction="down"))
    assert lowest is not None
    assert lowest["step"] == 10
    assert best_mark(scored(0.1, 0.2), None) is None


def test_timeline_marks_the_largest_move() -> None:
    """The mark is between the frames where most neighbours changed; a still space has none, NaN is skipped."""
    mark = movers_mark([(0, 10, 0.3), (10, 20, float("nan")), (20, 40, 0.62), (40, 60, 0.1)])
    assert mark is not None
    assert mark["step"] == 40
    assert "62 % of all nearest neighbours changed from step 20 to 40" in mark["text"]
    assert movers_mark([]) is None
    assert MIN_MOVED == MODEL_MOVED
    assert movers_mark([(0, 10, 0.09), (10, 20, float("nan"))]) is None


def test_timeline_marks_alarms() -> None:
    """An alarm names its reason and step; best and largest move remain among any number of marks."""
    events = [{"event": "acknowledged", "action": "pause", "step": i} for i in range(300)]
    events += [{"event": "alarm", "step": 7, "text": "The space has collapsed."}, *frames(2)]
    events[-1]["metrics"]["knn_macro_f1"] = events[-2]["metrics"]["knn_macro_f1"] = 0.5
    more = {"moved": [(0, 10, 0.5)], "headline": HEADLINE}
    marks = timeline_payload("r", [0, 10], None, events, growing=False, **more)["marks"]
    assert [mark["kind"] for mark in marks[-3:]] == ["alarm", "best", "moved"]
    assert marks[-3]["text"] == "The space has collapsed. (step 7)"
    assert len(marks) == MAX_MARKS + 2


def test_pair_table_holds_the_strongest() -> None:
    """At most ``shown`` pulls and pushes, strongest first, numbers unrounded."""
    y = made_data().labels.dense().numpy()
    z = torch.nn.functional.normalize(torch.randn(40, 6, generator=torch.Generator().manual_seed(1)), dim=1).numpy()
    pairs = anchor_pairs(build_loss("weighted_supcon"), z, y, 4)
    table = pair_table(pairs, np.arange(40), [""] * 40, y, made_data().label_names, shown=6)
    force = table["force"].to_numpy()
    assert (force < 0).sum() == (force > 0).sum() == 6
    assert (np.diff(np.abs(force)) <= 0).all()
    assert abs(force[force < 0]).max() == -pairs.force.min()
    assert table["item"][0] == f"item {table['row'][0]}"


def test_a_held_order_stays() -> None:
    """With a line selected, rows keep their order and get the new numbers."""
    y = made_data().labels.dense().numpy()
    z = torch.nn.functional.normalize(torch.randn(40, 6, generator=torch.Generator().manual_seed(2)), dim=1).numpy()
    pairs = anchor_pairs(build_loss("weighted_supcon"), z, y, 4)
    table = pair_table(pairs, np.arange(40), [""] * 40, y, made_data().label_names, held=[9, 3, 30])
    assert table["row"].tolist() == [9, 3, 30]
    assert table["force"].tolist() == pairs.force[[9, 3, 30]].tolist()


def test_words() -> None:
    """Durations, ages, sets; user text cannot act as markup."""
    assert [duration(s) for s in (None, 4.6, 100, 3700)] == ["–", "5 s", "1 min 40 s", "1 h 1 min"]
    assert ago(0.21) == "0.2 s ago"
    assert label_set(["a", "b"]) == "{a, b}"
    assert escaped("<b>*x*</b> $y$ [z](w)") == r"\<b\>\*x\*\</b\> \$y\$ \[z\]\(w\)".replace("</b", r"</b")
